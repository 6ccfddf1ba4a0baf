/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "commands/commands.hpp"
#include "commands/text_file.hpp"
#include "explain/engine.hpp"
#include "explain/html.hpp"
#include "explain/svg.hpp"
#include "explain/text.hpp"
#include "refused.hpp"
#include "terminal.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

constexpr std::uint64_t kDefaultSize = 256 * 1024;
constexpr std::uint64_t kMostPages = 4096;
constexpr unsigned kRows = 16;

/* Opened before anything is run: a name that cannot be written to is found out first. */
class Output {
 public:
  explicit Output(const std::string& file) : file_(file) {
    if (file.empty()) return;
    errno = 0;
    stream_.open(file, std::ios::binary | std::ios::trunc);
    if (!stream_) refuse();
  }

  void write(const std::string& text) {
    errno = 0;
    if (!(stream_ << text << std::flush)) refuse();
  }

  explicit operator bool() const { return !file_.empty(); }

 private:
  [[noreturn]] void refuse() const {
    throw Refused(errno == 0 ? EIO : errno, "output", "cannot be written", fmt::format("explain: {}", file_));
  }

  std::string file_;
  std::ofstream stream_;
};

struct Explain {
  std::vector<std::string> words;
  bool list = false;
  std::string svg, html, file, page_engine, placement;
  std::optional<std::uint64_t> size;

  void run(Session& session) const {
    if (list) return show_list(session);
    const Scenario scenario = chosen();
    Output picture(svg), page(html);
    const MapStyle style{terminal_columns(), kRows, terminal_has_unicode(), terminal_has_colours()};
    const bool speak = !session.json;
    const Outcome outcome = run_scenario(scenario, [&](const Story& so_far, std::size_t step) {
      if (!speak) return;
      Session::show(step == kBeginning ? beginning_text(so_far, style) : step_text(so_far, step, style));
      std::fflush(stdout);
    });
    const Story& story = outcome.story;
    if (session.json) Session::show(as_json(story));
    if (picture) picture.write(story_svg(story));
    if (page) page.write(story_html(story));
    if (outcome.ending) throw *outcome.ending;
    if (!story.holds())
      throw Refused(EUCLEAN, "unexpected", "it did not come out as the example says; see the lines with '!'",
                    fmt::format("explain {}", scenario.name));
  }

 private:
  static void show_list(const Session& session) {
    if (session.json) {
      Json names = Json::array();
      for (const Scenario& scenario : scenarios()) names.add(Json{{"name", scenario.name}, {"title", scenario.title}});
      return Session::show(Json{{"scenarios", names}});
    }
    Table table({"scenario", "what it shows"});
    for (const Scenario& scenario : scenarios()) table.row({scenario.name, scenario.title});
    Session::show(table.text());
  }

  /* One word is a scenario's name, more are commands. */
  Scenario chosen() const {
    const bool one_word = words.size() == 1 && words[0].find_first_of(" ;\n") == std::string::npos;
    if (!file.empty() && !words.empty()) throw misused("a scenario or commands, or --file: one of them");
    if (!file.empty()) return of_ones_own(content());
    if (one_word) return by_name(words[0]);
    if (words.empty()) throw misused(fmt::format("a scenario is missing: {}", names()));
    return of_ones_own(fmt::format("{}", fmt::join(words, " ")));
  }

  static UsageError misused(const std::string& what) {
    return UsageError(fmt::format("explain: {}; see 'minimm explain --help'", what));
  }

  static std::string names() {
    std::vector<std::string> all;
    for (const Scenario& scenario : scenarios()) all.push_back(scenario.name);
    return fmt::format("{}", fmt::join(all, ", "));
  }

  Scenario by_name(const std::string& name) const {
    for (const Scenario& scenario : scenarios()) {
      if (scenario.name != name) continue;
      if (size || !page_engine.empty() || !placement.empty())
        throw misused("--size, --page-engine and --placement are for commands of your own");
      return scenario;
    }
    throw misused(fmt::format("there is no scenario '{}'; there are {}", name, names()));
  }

  Scenario of_ones_own(const std::string& text) const {
    Scenario scenario;
    scenario.title = "Step by step";
    scenario.size = size.value_or(kDefaultSize);
    scenario.page_engine = page_engine;
    scenario.placement = placement;
    scenario.halves_have_names = true;
    scenario.steps = steps_from(text);
    if (scenario.steps.empty()) throw misused("there are no commands to explain");
    if (scenario.size > kMostPages * 4096)
      throw misused(fmt::format("--size: at most {}: of more there is no picture", "16M"));
    return scenario;
  }

  std::string content() const {
    if (file == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
    return read_text_file(file, "explain:");
  }
};

}  // namespace

void add_explain(Command root) {
  auto [command, explain] =
      root.leaf<Explain>("explain", "tell step by step what the allocators do, in the textbooks' worked examples");
  command.words("SCENARIO", explain.words, "one of --list, or commands of your own after '--', with ';' between");
  command.flag("--list", explain.list, "the scenarios that there are");
  command.option("--svg", "FILE", explain.svg, "write all steps as a picture, too");
  command.option("--html", "FILE", explain.html, "write a page in which steps can be walked forward and back, too");
  command.option("--file", "FILE", explain.file, "take your own commands from a file; '-' is standard input");
  command.size("--size", explain.size, "of the segment, for your own commands; 256K if not given");
  command.option("--page-engine", "ENGINE", explain.page_engine, "for your own commands");
  command.option("--placement", "PLACEMENT", explain.placement, "for your own commands");
  command.footer(
      "Each runs live in an arena of its own, which goes away at the end.\n"
      "Examples:\n"
      "  minimm explain buddy-21k\n"
      "  minimm explain tcb --html tcb.html\n"
      "  minimm explain -- '$x = page alloc --size 21K; page alloc --order 0; page free $x'\n"
      "Commands leave --arena out. $page_5 is the handle of the block at page 5, $2 those that the second command\n"
      "made, $x_0 the first of $x. In a file, comments are the sentence of the step that follows them.");
}

}  // namespace minimm

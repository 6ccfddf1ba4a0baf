/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iostream>

#include "commands/commands.hpp"
#include "refused.hpp"
#include "report.hpp"
#include "text/script.hpp"

namespace minimm {
namespace {

class Script {
 public:
  Script(Session& session, std::string name) : session_(session), name_(std::move(name)), json_(session.json) {}

  void run(std::istream& lines) {
    std::string line;
    for (std::size_t number = 1; std::getline(lines, line); number++) {
      const std::string place = fmt::format("{}:{}", name_, number);
      session_.json = json_;
      try {
        run_line(line, place);
      } catch (const UsageError& error) {
        throw UsageError(fmt::format("{}: {}", place, error.what()));
      } catch (Refused& refused) {
        refused.at(place);
        throw;
      }
      std::fflush(stdout);
    }
    if (lines.bad()) throw Refused(errno, MINI_MM_WHY_NONE, fmt::format("run {}", name_));
  }

 private:
  void run_line(const std::string& text, const std::string& place) {
    const ScriptLine line = parse_script_line(text);
    if (line.words.empty()) return;
    const std::vector<std::string> words = expand(line.words, variables_);
    try {
      if (!words.empty() && words[0] == "echo")
        echo({words.begin() + 1, words.end()});
      else
        run_command_line(words, session_);
    } catch (Refused& refused) {
      if (!line.go_on) throw;
      refused.at(place);
      report(refused, session_.json, "; going on");
    }
    if (session_.interrupted) throw Refused(EINTR, MINI_MM_WHY_INTERRUPTED, words[0]);
    if (!line.variable.empty()) assign(line.variable);
  }

  void assign(const std::string& name) {
    if (!session_.made) throw UsageError(fmt::format("${} cannot be set: the command makes no handles", name));
    std::vector<std::string>& values = variables_[name];
    values.clear();
    for (const std::uint64_t handle : *session_.made) values.push_back(std::to_string(handle));
  }

  void echo(const std::vector<std::string>& words) {
    session_.made.reset();
    const std::string text = fmt::format("{}", fmt::join(words, " "));
    if (session_.json)
      Session::show(Json{{"echo", text}});
    else
      Session::show(text + '\n');
  }

  Session& session_;
  std::string name_;
  bool json_;
  Variables variables_;
};

struct Run {
  std::string file;
  bool keep = false;

  void run(Session& session) const {
    if (session.in_script) throw UsageError("run: a script cannot run another; use the shell for that");
    session.in_script = true;
    session.keep = keep;
    if (file == "-") return Script(session, "stdin").run(std::cin);
    errno = 0;
    std::ifstream lines(file);
    if (!lines) throw Refused(errno, MINI_MM_WHY_NONE, fmt::format("run {}", file));
    Script(session, file).run(lines);
  }
};

}  // namespace

void add_run(Command root) {
  auto [command, run] = root.leaf<Run>("run", "run a script of these commands in one process");
  command.positional("FILE", run.file, "the script; '-' is standard input");
  command.flag("--keep", run.keep, "what the script makes stays after its end");
  command.footer(
      "A script has a command a line, without 'minimm'; quotes as in a shell, comments after '#'.\n"
      "  $x = page alloc --order 3 --count 2    $x stands for the handles made\n"
      "  -page free 1                           '-' in front: go on if refused\n"
      "  echo held: $x\n"
      "What the script made goes away at its end. It stops at the first error.");
}

}  // namespace minimm

/* SPDX-License-Identifier: GPL-2.0 */
#include "command_line.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

namespace minimm {
namespace {

/* What is said of a command line that makes no sense; none of these gets as far as the device. */
std::string complaint(const std::vector<std::string>& words) {
  Session session;
  try {
    run_command_line(words, session);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "none";
}

std::string output_of(const std::vector<std::string>& words) {
  testing::internal::CaptureStdout();
  Session session;
  run_command_line(words, session);
  std::fflush(stdout);
  return testing::internal::GetCapturedStdout();
}

std::string complaint_about_script(const std::string& text) {
  const std::string file = testing::TempDir() + "minimm-script-" + std::to_string(::getpid());
  std::ofstream(file) << text;
  std::string what = complaint({"run", file});
  std::remove(file.c_str());
  if (what.starts_with(file)) what.erase(0, file.size());
  return what;
}

std::string content_of(const std::string& file) {
  std::ifstream stream(std::filesystem::path(__FILE__).parent_path().parent_path() / file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

const std::vector<std::string> kCommands = {
    "info",          "arena",       "arena create",  "arena list", "arena compact", "arena drain",
    "arena tune",    "arena reset", "arena destroy", "page",       "page alloc",    "page range",
    "page free",     "cache",       "cache create",  "cache list", "cache shrink",  "cache tune",
    "cache destroy", "obj",         "obj alloc",     "obj free",   "kmalloc",       "vmalloc",
    "free",          "fill",        "check",         "dump",       "handles",       "buddyinfo",
    "slabinfo",      "map",         "log",           "explain",    "run",           "stress"};

std::string help_of(const std::string& command) {
  std::istringstream stream(command);
  std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
  words.emplace_back("--help");
  return output_of(words);
}

TEST(CommandLine, help_is_there_for_every_command) {
  for (const std::string& command : kCommands)
    EXPECT_NE(help_of(command).find("Usage: minimm " + command), std::string::npos) << command;
  EXPECT_NE(output_of({"--help"}).find("Examples:"), std::string::npos);
  EXPECT_TRUE(output_of({"--version"}).starts_with("minimm "));
}

TEST(Documentation, has_every_command_and_option) {
  const std::string page = content_of("minimm.1"), completion = content_of("completion/minimm");
  for (const std::string& command : kCommands) {
    const bool group = help_of(command).find("Subcommands:") != std::string::npos;
    EXPECT_TRUE(group || page.find(".It Ic " + command) != std::string::npos) << command << " is not in the man page";
    EXPECT_NE(completion.find(command.substr(command.find(' ') + 1)), std::string::npos) << command;
    const std::string help = help_of(command);
    const std::regex option("--([a-z-]+)");
    for (std::sregex_iterator i(help.begin(), help.end(), option), end; i != end; ++i) {
      const std::string name = (*i)[1];
      EXPECT_NE(page.find("Fl -" + name), std::string::npos) << command << "'s --" << name << " is not in the man page";
      EXPECT_NE(completion.find("--" + name), std::string::npos) << command << "'s --" << name << " is not completed";
    }
  }
}

TEST(CommandLine, sizes_to_allocate_are_numbers_with_a_suffix) {
  EXPECT_EQ(complaint({"kmalloc"}), "kmalloc: SIZE is missing; see 'minimm kmalloc --help'");
  EXPECT_TRUE(complaint({"kmalloc", "1T"}).starts_with("kmalloc: SIZE: '1T' is not a number"));
  EXPECT_TRUE(complaint({"vmalloc", "-1"}).starts_with("vmalloc: SIZE: '-1' is not a number from 0 up"));
  EXPECT_TRUE(complaint({"vmalloc", "99999999999G"}).starts_with("vmalloc: SIZE: '99999999999G' is too large"));
  EXPECT_EQ(complaint({"free"}), "free: HANDLE is missing; see 'minimm free --help'");
}

TEST(CommandLine, a_flag_that_caches_have_not_is_answered_with_those_they_have) {
  const std::string there_are =
      "is no flag; there are hwcache_align, typesafe_by_rcu and reclaim_account, with ',' between them; see "
      "'minimm cache create --help'";
  EXPECT_EQ(complaint({"cache", "create", "foo", "--size", "64", "--flags", "hwcache_align,panic"}),
            "cache create: --flags: 'panic' " + there_are);
  EXPECT_EQ(complaint({"cache", "create", "foo", "--size", "64", "--flags", "hwcache_align,"}),
            "cache create: --flags: '' " + there_are);
}

TEST(CommandLine, a_missing_command_is_answered_with_those_there_are) {
  EXPECT_EQ(complaint({"page"}), "page: a command is missing: alloc, range, free; see 'minimm page --help'");
  EXPECT_TRUE(complaint({}).starts_with("a command is missing: info, arena, page"));
}

TEST(CommandLine, unknown_words_are_named) {
  EXPECT_EQ(complaint({"pages"}), "unknown command 'pages'; see 'minimm --help'");
  EXPECT_EQ(complaint({"page", "list"}), "page: unknown command 'list'; see 'minimm page --help'");
  EXPECT_EQ(complaint({"info", "--frob"}), "info: unknown option '--frob'; see 'minimm info --help'");
  EXPECT_EQ(complaint({"info", "more"}), "info: unexpected 'more'; see 'minimm info --help'");
  EXPECT_EQ(complaint({"page", "alloc", "--order", "1", "--ordr", "3"}),
            "page alloc: unknown option '--ordr'; see 'minimm page alloc --help'");
}

TEST(CommandLine, missing_values_are_named) {
  EXPECT_EQ(complaint({"page", "alloc"}), "page alloc: --order is missing, or --size; see 'minimm page alloc --help'");
  EXPECT_TRUE(complaint({"page", "alloc", "--order"}).starts_with("page alloc: --order needs a value, N"));
  EXPECT_TRUE(complaint({"page", "alloc", "--order", "-1"}).starts_with("page alloc: --order"));
  EXPECT_TRUE(
      complaint({"page", "alloc", "--order", "1", "--order", "2"}).starts_with("page alloc: --order is given twice"));
  EXPECT_TRUE(complaint({"page", "free"}).starts_with("page free: HANDLE is missing"));
  EXPECT_TRUE(complaint({"fill", "1"}).starts_with("fill: BYTE is missing"));
  EXPECT_TRUE(complaint({"cache", "create", "foo"}).starts_with("cache create: --size is missing"));
  EXPECT_TRUE(complaint({"arena", "create", "--size", "1M"}).starts_with("arena create: NAME is missing"));
}

TEST(CommandLine, malformed_numbers_are_named) {
  EXPECT_TRUE(complaint({"page", "alloc", "--order", "x"}).starts_with("page alloc: --order: 'x' is not a number"));
  EXPECT_TRUE(
      complaint({"page", "alloc", "--order=-1"}).starts_with("page alloc: --order: '-1' is not a number from 0 up"));
  EXPECT_TRUE(complaint({"page", "alloc", "--order", "4294967296"}).find("is too large: at most 4294967295") !=
              std::string::npos);
  EXPECT_TRUE(complaint({"page", "alloc", "--order", "0", "--count", "1.5"}).starts_with("page alloc: --count: '1.5'"));
  EXPECT_TRUE(complaint({"page", "free", "1", "0xg"}).starts_with("page free: HANDLE: '0xg' is not a number"));
  EXPECT_TRUE(complaint({"page", "free", ""}).starts_with("page free: HANDLE: '' is not a number"));
  EXPECT_TRUE(complaint({"fill", "1", "256"}).starts_with("fill: BYTE: '256' is too large: at most 255"));
  EXPECT_TRUE(complaint({"fill", "1", "-1"}).starts_with("fill: BYTE: '-1' is not a number from 0 up"));
  EXPECT_TRUE(complaint({"fill", "1", "2", "-3"}).starts_with("fill: '-3' is not a number from 0 up"));
  EXPECT_TRUE(complaint({"arena", "create", "t", "--size", "64MB"}).starts_with("arena create: --size: '64MB'"));
  EXPECT_TRUE(
      complaint({"cache", "create", "c", "--size", "4G"}).starts_with("cache create: --size: '4G' is too large"));
}

TEST(CommandLine, flags_take_no_value) {
  EXPECT_TRUE(complaint({"--json=3", "info"}).starts_with("--json takes no value"));
  EXPECT_TRUE(
      complaint({"page", "alloc", "--order", "1", "--zero=no"}).starts_with("page alloc: --zero takes no value"));
}

TEST(CommandLine, options_of_stress_are_checked) {
  EXPECT_TRUE(complaint({"stress", "--seconds", "0"}).starts_with("stress: --seconds has to be 1 or more"));
  EXPECT_TRUE(complaint({"stress", "--threads", "0"}).starts_with("stress: --threads has to be 1 or more"));
  EXPECT_TRUE(
      complaint({"stress", "--threads", "1000"}).starts_with("stress: --threads: '1000' is too large: at most 256"));
  EXPECT_TRUE(complaint({"stress", "--batch", "3"}).starts_with("stress: --batch has to be 4 or more"));
  EXPECT_TRUE(
      complaint({"stress", "--batch", "16385"}).starts_with("stress: --batch: '16385' is too large: at most 16384"));
  EXPECT_TRUE(complaint({"stress", "--verify", "most"}).starts_with("stress: --verify is 'ends' or 'full'"));
}

TEST(CommandLine, page_alloc_takes_an_order_or_a_size) {
  EXPECT_EQ(complaint({"page", "alloc", "--order", "1", "--size", "21K"}),
            "page alloc: --order and --size exclude each other; see 'minimm page alloc --help'");
  EXPECT_TRUE(complaint({"page", "alloc", "--size", "0"}).starts_with("page alloc: --size has to be 1 or more"));
  EXPECT_TRUE(complaint({"page", "alloc", "--size", "21X"}).starts_with("page alloc: --size: '21X' is not a number"));
}

TEST(CommandLine, words_behind_two_dashes_are_for_explain_alone) {
  EXPECT_EQ(complaint({"page", "free", "--", "17"}), "page free: unexpected '--'; see 'minimm page free --help'");
  EXPECT_TRUE(complaint({"explain", "--list", "--json", "--frob"}).starts_with("explain: unknown option '--frob'"));
  /* It looks like an option, and is a scenario's name here. */
  EXPECT_TRUE(complaint({"explain", "--", "--frob"}).starts_with("explain: there is no scenario '--frob'"));
}

TEST(Explain, an_unknown_scenario_is_answered_with_those_there_are) {
  EXPECT_TRUE(complaint({"explain", "nope"})
                  .starts_with("explain: there is no scenario 'nope'; there are buddy-21k, two-pages, free-0-then-1,"));
  EXPECT_TRUE(complaint({"explain"}).starts_with("explain: a scenario is missing: buddy-21k, two-pages,"));
}

TEST(Explain, what_makes_no_sense_is_said_before_anything_is_run) {
  EXPECT_TRUE(complaint({"explain", "tcb", "--size", "1M"}).starts_with("explain: --size, --page-engine and"));
  EXPECT_TRUE(complaint({"explain", "--file", "x", "tcb"}).starts_with("explain: a scenario or commands, or --file"));
  EXPECT_TRUE(complaint({"explain", "--", ";", ";"}).starts_with("explain: there are no commands to explain"));
  EXPECT_TRUE(
      complaint({"explain", "--size", "1G", "--", "page", "alloc"}).starts_with("explain: --size: at most 16M"));
}

TEST(Explain, lists_its_scenarios_without_a_module) {
  EXPECT_TRUE(output_of({"explain", "--list"}).starts_with("scenario "));
  EXPECT_TRUE(output_of({"explain", "--list", "--json"}).starts_with(R"({"scenarios":[{"name":"buddy-21k","title":)"));
}

TEST(CommandLine, json_is_known_even_when_the_line_makes_no_sense) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--json", "page", "alloc"},
                                                {"page", "--json", "alloc"},
                                                {"page", "alloc", "--json"}}) {
    Session session;
    EXPECT_THROW(run_command_line(words, session), UsageError);
    EXPECT_TRUE(session.json);
  }
}

TEST(RunCommand, mistakes_are_named_with_their_line) {
  EXPECT_EQ(complaint_about_script("# comment\n\npage alloc\n"),
            ":3: page alloc: --order is missing, or --size; see 'minimm page alloc --help'");
  EXPECT_TRUE(complaint_about_script("page-alloc").starts_with(":1: unknown command 'page-alloc'"));
  EXPECT_EQ(complaint_about_script("page free $x"), ":1: $x has no value yet");
  EXPECT_EQ(complaint_about_script("echo 'a"), ":1: a ' without its end");
  EXPECT_EQ(complaint_about_script("run -"), ":1: run: a script cannot run another; use the shell for that");
}

TEST(RunCommand, a_minus_forgives_refusals_not_mistakes) {
  EXPECT_TRUE(complaint_about_script("-nonsense").starts_with(":1: unknown command 'nonsense'"));
}

TEST(RunCommand, a_variable_is_set_only_by_what_makes_handles) {
  EXPECT_EQ(complaint_about_script("$x = echo"), ":1: $x cannot be set: the command makes no handles");
}

}  // namespace
}  // namespace minimm

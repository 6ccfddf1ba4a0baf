/* SPDX-License-Identifier: GPL-2.0 */
#include "text/script.hpp"

#include <gtest/gtest.h>

#include "text/numbers.hpp"

namespace minimm {
namespace {

using Words = std::vector<std::string>;

const Variables kVariables = {{"x", {"17"}}, {"many", {"1", "2", "3"}}, {"none", {}}};

Words words_of(std::string_view line) { return expand(parse_script_line(line).words, kVariables); }

std::string complaint(std::string_view line) {
  try {
    words_of(line);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "none";
}

TEST(Script, words_are_apart_by_blanks) {
  EXPECT_EQ(words_of("page alloc --order 3"), (Words{"page", "alloc", "--order", "3"}));
  EXPECT_EQ(words_of("  page\t alloc \r"), (Words{"page", "alloc"}));
}

TEST(Script, comments_begin_where_a_word_would) {
  EXPECT_EQ(words_of("# nothing"), Words{});
  EXPECT_EQ(words_of(""), Words{});
  EXPECT_EQ(words_of("info # and more"), Words{"info"});
  EXPECT_EQ(words_of("echo a#b '#c'"), (Words{"echo", "a#b", "#c"}));
}

TEST(Script, quotes_are_a_shells) {
  EXPECT_EQ(words_of("echo 'a b' \"c d\" e\\ f"), (Words{"echo", "a b", "c d", "e f"}));
  EXPECT_EQ(words_of("echo '$x' \"$x\" \\$x"), (Words{"echo", "$x", "17", "$x"}));
  EXPECT_EQ(words_of("echo \"\\\"\\\\\" '\\'"), (Words{"echo", "\"\\", "\\"}));
  EXPECT_EQ(words_of("echo '' \"\""), (Words{"echo", "", ""}));
  EXPECT_EQ(words_of("a'b'\"c\"d"), Words{"abcd"});
}

TEST(Script, a_variable_alone_is_a_word_a_handle) {
  EXPECT_EQ(words_of("page free $many"), (Words{"page", "free", "1", "2", "3"}));
  EXPECT_EQ(words_of("page free ${many} $x"), (Words{"page", "free", "1", "2", "3", "17"}));
  EXPECT_EQ(words_of("echo $none ."), (Words{"echo", "."}));
}

TEST(Script, a_variable_in_a_word_stays_in_it) {
  EXPECT_EQ(words_of("echo held:$many. \"$many\""), (Words{"echo", "held:1 2 3.", "1 2 3"}));
  EXPECT_EQ(words_of("echo ${x}0"), (Words{"echo", "170"}));
}

TEST(Script, an_assignment_names_its_variable) {
  const ScriptLine line = parse_script_line("$new = page alloc --order 1");
  EXPECT_EQ(line.variable, "new");
  EXPECT_FALSE(line.go_on);
  EXPECT_EQ(expand(line.words, kVariables), (Words{"page", "alloc", "--order", "1"}));
}

TEST(Script, an_equals_sign_elsewhere_is_a_word) {
  EXPECT_EQ(parse_script_line("echo = $x").variable, "");
  EXPECT_EQ(words_of("'$x' = a"), (Words{"$x", "=", "a"}));
}

TEST(Script, a_minus_means_go_on) {
  EXPECT_TRUE(parse_script_line("-page free 1").go_on);
  EXPECT_TRUE(parse_script_line(" - page free 1").go_on);
  const ScriptLine both = parse_script_line("-$x = page alloc --order 9");
  EXPECT_TRUE(both.go_on);
  EXPECT_EQ(both.variable, "x");
  EXPECT_FALSE(parse_script_line("--json info").go_on);
  EXPECT_EQ(words_of("--json info"), (Words{"--json", "info"}));
}

TEST(Script, what_makes_no_sense_is_said) {
  EXPECT_EQ(complaint("echo 'a"), "a ' without its end");
  EXPECT_EQ(complaint("echo \"a"), "a \" without its end");
  EXPECT_EQ(complaint("echo \\"), "a backslash at the line's end escapes nothing");
  EXPECT_EQ(complaint("echo $"), "a $ without a name; write '$' or \\$ for the character");
  EXPECT_EQ(complaint("echo ${x"), "${x without its }");
  EXPECT_EQ(complaint("echo $y"), "$y has no value yet");
  EXPECT_EQ(complaint("$y ="), "the command is missing");
  EXPECT_EQ(complaint("-"), "the command is missing");
}

}  // namespace
}  // namespace minimm

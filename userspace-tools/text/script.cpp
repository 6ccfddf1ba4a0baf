/* SPDX-License-Identifier: GPL-2.0 */
#include "text/script.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "text/numbers.hpp"

namespace minimm {
namespace {

constexpr std::string_view kBlanks = " \t\r";

bool of_a_name(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Reads a line from its start to its end, a word a call. */
class Tokeniser {
 public:
  explicit Tokeniser(std::string_view line) : rest_(line) {}

  bool at_end() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
    return rest_.empty() || rest_.front() == '#';
  }

  /* A '-' in front of a command; two of them begin an option. */
  bool take_go_on() {
    if (at_end() || !rest_.starts_with('-') || rest_.starts_with("--")) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /* Not at_end(). */
  ScriptWord word() {
    ScriptWord word;
    while (!rest_.empty() && kBlanks.find(rest_.front()) == std::string_view::npos) {
      const char c = next();
      if (c == '\'') {
        single_quoted(word);
      } else if (c == '"') {
        double_quoted(word);
      } else if (c == '$') {
        word.push_back({variable_name(), true, false});
      } else {
        add(word, c == '\\' ? escaped() : c, false);
      }
    }
    return word;
  }

 private:
  char next() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  char escaped() {
    if (rest_.empty()) throw UsageError("a backslash at the line's end escapes nothing");
    return next();
  }

  static void add(ScriptWord& word, char c, bool quoted) {
    if (word.empty() || word.back().variable || word.back().quoted != quoted) word.push_back({"", false, quoted});
    word.back().text += c;
  }

  void single_quoted(ScriptWord& word) {
    const std::size_t end = rest_.find('\'');
    if (end == std::string_view::npos) throw UsageError("a ' without its end");
    word.push_back({std::string(rest_.substr(0, end)), false, true});
    rest_.remove_prefix(end + 1);
  }

  void double_quoted(ScriptWord& word) {
    word.push_back({"", false, true});
    while (!rest_.empty()) {
      const char c = next();
      if (c == '"') return;
      if (c == '$') {
        word.push_back({variable_name(), true, true});
      } else {
        add(word, c == '\\' ? escaped() : c, true);
      }
    }
    throw UsageError("a \" without its end");
  }

  std::string variable_name() {
    const bool braces = !rest_.empty() && rest_.front() == '{';
    if (braces) rest_.remove_prefix(1);
    std::size_t length = 0;
    while (length < rest_.size() && of_a_name(rest_[length])) length++;
    std::string name(rest_.substr(0, length));
    rest_.remove_prefix(length);
    if (name.empty()) throw UsageError("a $ without a name; write '$' or \\$ for the character");
    if (braces && (rest_.empty() || next() != '}')) throw UsageError(fmt::format("${{{} without its }}", name));
    return name;
  }

  std::string_view rest_;
};

bool is_bare_variable(const ScriptWord& word) { return word.size() == 1 && word[0].variable && !word[0].quoted; }

bool is_equals_sign(const ScriptWord& word) {
  return word.size() == 1 && !word[0].variable && !word[0].quoted && word[0].text == "=";
}

}  // namespace

ScriptLine parse_script_line(std::string_view line) {
  Tokeniser tokeniser(line);
  ScriptLine result;
  result.go_on = tokeniser.take_go_on();
  while (!tokeniser.at_end()) result.words.push_back(tokeniser.word());
  if (result.words.size() >= 2 && is_bare_variable(result.words[0]) && is_equals_sign(result.words[1])) {
    result.variable = result.words[0][0].text;
    result.words.erase(result.words.begin(), result.words.begin() + 2);
  }
  if (result.words.empty() && (result.go_on || !result.variable.empty())) throw UsageError("the command is missing");
  return result;
}

std::vector<std::string> expand(const std::vector<ScriptWord>& words, const Variables& variables) {
  std::vector<std::string> result;
  const auto values_of = [&](const std::string& name) -> const std::vector<std::string>& {
    const auto found = variables.find(name);
    if (found == variables.end()) throw UsageError(fmt::format("${} has no value yet", name));
    return found->second;
  };
  for (const ScriptWord& word : words) {
    if (is_bare_variable(word)) {
      const auto& values = values_of(word[0].text);
      result.insert(result.end(), values.begin(), values.end());
      continue;
    }
    std::string text;
    for (const ScriptPiece& piece : word)
      text += piece.variable ? fmt::format("{}", fmt::join(values_of(piece.text), " ")) : piece.text;
    result.push_back(std::move(text));
  }
  return result;
}

}  // namespace minimm

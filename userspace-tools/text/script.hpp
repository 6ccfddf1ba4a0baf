/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The language of 'minimm run': a command a line, words apart by blanks.
 *
 *   # a comment, to the line's end, where a word would start
 *   'all literally'   "with $x, \" and \\"   one\ word
 *   $x = page alloc --order 2 --count 3      the handles made are $x from here on
 *   page free $x                             one word a handle; inside a larger word, with blanks between
 *   -page free 17                            a refusal does not end the script
 *
 * Errors are UsageErrors; the caller knows the line's number.
 */
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace minimm {

struct ScriptPiece {
  std::string text; /* or the name of a variable */
  bool variable = false;
  bool quoted = false;
};
using ScriptWord = std::vector<ScriptPiece>;

struct ScriptLine {
  bool go_on = false;   /* when refused */
  std::string variable; /* that takes the handles, or "" */
  std::vector<ScriptWord> words;
};

using Variables = std::map<std::string, std::vector<std::string>, std::less<>>;

/* A line without words is blank, or a comment. */
ScriptLine parse_script_line(std::string_view line);

std::vector<std::string> expand(const std::vector<ScriptWord>& words, const Variables& variables);

}  // namespace minimm

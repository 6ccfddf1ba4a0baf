/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A table for a terminal: columns as wide as their widest cell, two blanks apart, no trailing blanks. A
 * column whose heading starts with '>' is aligned to the right. A table without headings has only rows.
 */
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace minimm {

class Table {
 public:
  explicit Table(const std::vector<std::string>& headings);

  /* As many cells as there are headings. */
  void row(std::vector<std::string> cells);

  std::string text() const;

 private:
  std::vector<bool> to_the_right_;
  std::vector<std::vector<std::string>> rows_;
};

/* Columns that UTF-8 text takes on a terminal: code points, without colour sequences. */
std::size_t display_width(std::string_view text);

}  // namespace minimm

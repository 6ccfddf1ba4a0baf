/* SPDX-License-Identifier: GPL-2.0 */
#include "text/table.hpp"

#include <algorithm>
#include <cassert>

namespace minimm {

Table::Table(const std::vector<std::string>& headings) {
  std::vector<std::string> names;
  for (const std::string& heading : headings) {
    const bool right = heading.starts_with('>');
    to_the_right_.push_back(right);
    names.push_back(right ? heading.substr(1) : heading);
  }
  if (std::any_of(names.begin(), names.end(), [](const std::string& name) { return !name.empty(); }))
    rows_.push_back(std::move(names));
}

void Table::row(std::vector<std::string> cells) {
  assert(cells.size() == to_the_right_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<std::size_t> widths(to_the_right_.size());
  for (const auto& cells : rows_)
    for (std::size_t i = 0; i < cells.size(); i++) widths[i] = std::max(widths[i], display_width(cells[i]));

  std::string text;
  for (const auto& cells : rows_) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); i++) {
      const std::string padding(widths[i] - display_width(cells[i]), ' ');
      if (i != 0) line += "  ";
      line += to_the_right_[i] ? padding + cells[i] : cells[i] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\033') {
      const std::size_t end = text.find('m', i);
      i = end == std::string_view::npos ? text.size() : end;
    } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      width++;
    }
  }
  return width;
}

}  // namespace minimm

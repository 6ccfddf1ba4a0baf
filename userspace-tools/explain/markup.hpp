/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text as SVG and HTML, and the few shapes that pictures are made of. All numbers are in pixels of the picture's
 * own coordinates.
 */
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace minimm {

/* &, <, > and quotes as entities; control characters as '?'. */
std::string escaped(std::string_view text);

/* The same, with the L of A_L below the line. */
std::string svg_text(std::string_view text);
std::string html_text(std::string_view text);

/* Lines of at most @letters, broken at blanks. */
std::vector<std::string> lines_of(std::string_view text, std::size_t letters);

struct Box {
  double x = 0, y = 0, width = 0, height = 0;

  double middle() const { return x + width / 2; }
};

class Canvas {
 public:
  /* @classes: what the style sheet says of it. */
  void rectangle(const Box& box, std::string_view classes);
  void line(double x1, double y1, double x2, double y2, std::string_view classes);
  /* @y: the base line. @classes say the size, and whether @x is the start or the middle. */
  void text(double x, double y, std::string_view text, std::string_view classes);

  const std::string& markup() const { return markup_; }

 private:
  std::string markup_;
};

}  // namespace minimm

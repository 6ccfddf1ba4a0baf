/* SPDX-License-Identifier: GPL-2.0 */
#include "explain/markup.hpp"

#include <fmt/format.h>

#include <cctype>

#include "text/table.hpp"

namespace minimm {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? '?' : c;
    }
  }
  return result;
}

namespace {

/* A block's name, such as A_L, at @at: it is a word of its own. */
bool name_at(std::string_view text, std::size_t at) {
  const auto of_a_word = [&](std::size_t i) {
    return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) != 0 || text[i] == '_');
  };
  return at + 2 < text.size() && text[at] >= 'A' && text[at] <= 'Z' && text[at + 1] == '_' &&
         (text[at + 2] == 'L' || text[at + 2] == 'R') && !of_a_word(at + 3) && (at == 0 || !of_a_word(at - 1));
}

/* @above and @below: what goes around a part on the line and a part below it. */
std::string with_names(std::string_view text, const std::pair<std::string, std::string>& above,
                       const std::pair<std::string, std::string>& below) {
  std::string result, plain;
  bool first = true;
  const auto flush = [&] {
    if (!plain.empty()) result += first ? escaped(plain) : above.first + escaped(plain) + above.second;
    first = false;
    plain.clear();
  };
  for (std::size_t at = 0; at < text.size(); at++) {
    plain += text[at];
    if (!name_at(text, at)) continue;
    flush();
    result += below.first + text[at + 2] + below.second;
    at += 2;
  }
  flush();
  return result;
}

}  // namespace

std::string svg_text(std::string_view text) {
  return with_names(text, {R"(<tspan dy="-4">)", "</tspan>"}, {R"(<tspan dy="4" font-size="75%">)", "</tspan>"});
}

std::string html_text(std::string_view text) { return with_names(text, {"", ""}, {"<sub>", "</sub>"}); }

std::vector<std::string> lines_of(std::string_view text, std::size_t letters) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && display_width(line) + 1 + display_width(word) > letters) {
      lines.push_back(line);
      line.clear();
    }
    line += (line.empty() ? "" : " ") + std::string(word);
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

void Canvas::rectangle(const Box& box, std::string_view classes) {
  markup_ += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"{}\"/>\n", box.x,
                         box.y, box.width, box.height, classes);
}

void Canvas::line(double x1, double y1, double x2, double y2, std::string_view classes) {
  markup_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2,
                         y2, classes);
}

void Canvas::text(double x, double y, std::string_view text, std::string_view classes) {
  markup_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n", x, y, classes, svg_text(text));
}

}  // namespace minimm

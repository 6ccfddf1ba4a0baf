/* SPDX-License-Identifier: GPL-2.0 */
#include "figures/drawing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace minimm {
namespace {

/* Colours that can be told apart by those who see fewer, on white and on near-black. */
constexpr const char* kChartStyle =
    "text{font:13px system-ui,sans-serif;fill:#222}"
    ".title{font-size:17px;font-weight:600}.panel{font-weight:600}.small{font-size:11px;fill:#666}"
    ".ground{fill:#fff}.bar{fill:#2a6fb0}.other{fill:#d98c00}.grid{stroke:#ddd}.whisker{stroke:#222;stroke-width:1.5}"
    ".p50{fill:#2a6fb0}.p99{fill:#d98c00}.max{fill:#b0303a}.range{stroke:#999;stroke-width:2}"
    "@media(prefers-color-scheme:dark){text{fill:#e4e4e4}.small{fill:#a0a0a0}.ground{fill:#16181c}"
    ".bar,.p50{fill:#5aa2e6}.other{fill:#f0b040}.grid{stroke:#3a3d44}.whisker{stroke:#e4e4e4}.p99{fill:#f0b040}.max{"
    "fill:#f06a74}"
    ".range{stroke:#777}}";

}  // namespace

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<')
      safe += "&lt;";
    else if (c == '&')
      safe += "&amp;";
    else if (c == '"')
      safe += "&quot;";
    else
      safe += c;
  }
  return safe;
}

std::string text_at(double x, double y, const std::string& words, const char* style, const char* anchor) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\" text-anchor=\"{}\">{}</text>\n", x, y, style, anchor,
                     escaped(words));
}

std::string line_at(double x1, double y1, double x2, double y2, const char* style) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2, y2,
                     style);
}

std::string rectangle(double x, double y, double width, double height, const char* style) {
  return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"2\" class=\"{}\"/>\n", x,
                     y, std::max(width, 0.0), height, style);
}

std::string circle(double x, double y, const char* style) {
  return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\" class=\"{}\"/>\n", x, y, style);
}

std::string short_figure(double value) {
  if (value == 0) return "0";
  if (value >= 1e6) return fmt::format("{:.1f}M", value / 1e6);
  if (value >= 1e4) return fmt::format("{:.0f}k", value / 1e3);
  return value >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.1f}", value);
}

double round_up(double value) {
  if (value <= 0) return 1;
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0})
    if (step * power >= value) return step * power;
  return 10 * power;
}

std::string chart(double width, double height, const std::string& title, const std::string& subtitle,
                  const std::string& drawn) {
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
             "height=\"{1:.0f}\" role=\"img\">\n<title>{2}</title>\n<style>{3}</style>\n",
             width, height, escaped(title), kChartStyle) +
         rectangle(0, 0, width, height, "ground") + text_at(16, 28, title, "title") +
         text_at(16, 48, subtitle, "small") + drawn + "</svg>\n";
}

}  // namespace minimm

/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/report.hpp"
#include "figures/drawing.hpp"
#include "text/numbers.hpp"

namespace minimm {
namespace {

constexpr double kHalf = kBar / 2 + 1;
constexpr double kTop = 66;

bool drawn(const Line& line) { return line.measured(); }

/* Bars on a logarithmic scale, for the slowest work takes thousands of times what the quickest does. */
class Scale {
 public:
  explicit Scale(const std::vector<Line>& lines) {
    for (const Line& line : lines) {
      if (!drawn(line)) continue;
      for (const Side* side : {&line.ours, &line.kernel})
        if (!side->figures.empty()) {
          low_ = std::min(low_, std::floor(std::log10(std::max(side->spread().low, 1.0))));
          high_ = std::max(high_, std::ceil(std::log10(std::max(side->spread().high, 1.0))));
        }
    }
    low_ = std::min(low_, high_ - 1);
  }

  double place(double value) const { return kBars * (std::log10(std::max(value, 1.0)) - low_) / (high_ - low_); }
  int low() const { return static_cast<int>(low_); }
  int high() const { return static_cast<int>(high_); }

 private:
  double low_ = 9;
  double high_ = 1;
};

std::string bar(const Side& side, const Scale& scale, double x, double y, const char* style) {
  if (side.figures.empty()) return "";
  const Spread spread = side.spread();
  return rectangle(x, y, scale.place(spread.median), kHalf - 1, style) +
         line_at(x + scale.place(spread.low), y + kHalf / 2, x + scale.place(spread.high), y + kHalf / 2, "whisker");
}

}  // namespace

std::string svg_chart(const BenchReport& report) {
  double labels = 110;
  for (const Line& line : report.lines)
    labels = std::max(labels, 26 + kLetter * static_cast<double>(line.work.name.size()));
  const Scale scale(report.lines);
  const auto count = std::count_if(report.lines.begin(), report.lines.end(), drawn);
  const double first = kTop + 30;
  const double bottom = first + kLine * static_cast<double>(count);

  std::string svg =
      rectangle(labels, kTop, kBar, kHalf - 1, "bar") + text_at(labels + 22, kTop + 8, "mini_mm", "small") +
      rectangle(labels + 100, kTop, kBar, kHalf - 1, "other") + text_at(labels + 122, kTop + 8, "kernel", "small");
  for (int power = scale.low(); power <= scale.high(); power++) {
    const double value = std::pow(10, power);
    const double x = labels + scale.place(value);
    svg += line_at(x, first, x, bottom, "grid") + text_at(x, bottom + 14, short_figure(value), "small", "middle");
  }
  double y = first;
  for (const Line& line : report.lines) {
    if (!drawn(line)) continue;
    const double middle = y + kLine / 2;
    svg += text_at(labels - 10, middle + 4, line.work.name, "", "end");
    svg += bar(line.ours, scale, labels, middle - kHalf, "bar") + bar(line.kernel, scale, labels, middle, "other");
    svg += text_at(labels + kBars + 12, middle + 4, line.verdict(), "small");
    y += kLine;
  }
  return chart(
      labels + kBars + kBehind, bottom + 34, "mini_mm beside the kernel's own allocators",
      fmt::format("{} for an allocation and its free, logarithmic; {}, {}, {}", unit_name(report.settings.unit),
                  report.release, count_text(report.cpus, "CPU"), count_text(report.settings.repeats, "repeat")),
      svg);
}

}  // namespace minimm

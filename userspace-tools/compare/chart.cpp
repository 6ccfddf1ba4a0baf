/* SPDX-License-Identifier: GPL-2.0 */
#include "compare/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "figures/drawing.hpp"
#include "text/numbers.hpp"
#include "version.hpp"

namespace minimm {
namespace {

class Picture {
 public:
  explicit Picture(const Comparison& comparison) {
    for (const Summary& line : comparison.lines) {
      (line.measured() ? lines_ : absent_).push_back(&line);
      labels_ = std::max(labels_, 26 + kLetter * static_cast<double>(line.label().size()));
    }
  }

  double width() const { return labels_ + kBars + kBehind; }

  /* Bars from 0 to @end; @draw a line's, given where 0 is, a unit's width, and its middle. */
  void bars(const std::string& title, double end, const std::string& unit,
            const std::function<double(const Summary&)>& value, const std::function<std::string(const Summary&)>& words,
            bool whiskers = false) {
    heading(title);
    const double scale = kBars / end;
    const double top = y_;
    const double bottom = y_ + kLine * static_cast<double>(lines_.size());
    for (int i = 0; i <= 4; i++) {
      const double x = labels_ + kBars * i / 4;
      svg_ += line_at(x, top, x, bottom, "grid");
      svg_ += text_at(x, bottom + 14, short_figure(end * i / 4) + unit, "small", "middle");
    }
    for (const Summary* of : lines_) {
      const Summary& line = *of;
      const double middle = label(line);
      const double length = value(line) * scale;
      svg_ += rectangle(labels_, middle - kBar / 2, length, kBar, "bar");
      double reach = length;
      if (whiskers) {
        const double low = labels_ + line.ns.low * scale;
        const double high = labels_ + line.ns.high * scale;
        svg_ += line_at(low, middle, high, middle, "whisker");
        svg_ += line_at(low, middle - 5, low, middle + 5, "whisker");
        svg_ += line_at(high, middle - 5, high, middle + 5, "whisker");
        reach = std::max(reach, high - labels_);
      }
      svg_ += text_at(labels_ + reach + 8, middle + 4, words(line), "small");
    }
    y_ = bottom + 34;
  }

  void latencies() {
    double low = 1e300, high = 0;
    for (const Summary* of : lines_) {
      const Summary& line = *of;
      if (!line.timed) continue;
      low = std::min(low, line.p50);
      high = std::max(high, line.max);
    }
    if (high <= 0) return;
    heading("Single operations, ns (logarithmic): ");
    double x = labels_ + 200;
    for (const auto& [style, name] : {std::pair{"p50", "median"}, {"p99", "99%"}, {"max", "slowest"}}) {
      svg_ += circle(x, y_ - 16, style) + text_at(x + 9, y_ - 12, name, "small");
      x += 75;
    }
    const double first = std::floor(std::log10(std::max(low, 1.0)));
    const double last = std::max(std::ceil(std::log10(high)), first + 1);
    const auto place = [&](double ns) {
      return labels_ + kBars * (std::log10(std::max(ns, 1.0)) - first) / (last - first);
    };
    const double bottom = y_ + kLine * static_cast<double>(lines_.size());
    for (int i = 0; i <= static_cast<int>(last - first); i++) {
      const double power = first + i;
      const double at = place(std::pow(10, power));
      svg_ += line_at(at, y_, at, bottom, "grid");
      svg_ += text_at(at, bottom + 14, short_figure(std::pow(10, power)), "small", "middle");
    }
    for (const Summary* of : lines_) {
      const Summary& line = *of;
      const double middle = label(line);
      if (!line.timed) continue;
      svg_ += line_at(place(line.p50), middle, place(line.max), middle, "range");
      svg_ += circle(place(line.max), middle, "max") + circle(place(line.p99), middle, "p99") +
              circle(place(line.p50), middle, "p50");
      svg_ += text_at(
          labels_ + kBars + 12, middle + 4,
          fmt::format("{} / {} / {}", short_figure(line.p50), short_figure(line.p99), short_figure(line.max)), "small");
    }
    y_ = bottom + 34;
  }

  void absent() {
    if (absent_.empty()) return;
    heading("Without figures");
    for (const Summary* line : absent_)
      svg_ += text_at(labels_ + 8, label(*line) + 4, line->absent.empty() ? "not run" : line->absent, "small");
    y_ += 8;
  }

  std::string finish(const std::string& title, const std::string& subtitle) const {
    return chart(width(), y_, title, subtitle, svg_);
  }

 private:
  void heading(const std::string& title) {
    svg_ += text_at(16, y_ + 14, title, "panel");
    y_ += 26;
  }

  /* Writes a line's label and goes on to the next; gives its middle. */
  double label(const Summary& line) {
    const double middle = y_ + kLine / 2;
    svg_ += text_at(labels_ - 10, middle + 4, line.label(), "", "end");
    y_ += kLine;
    return middle;
  }

  std::vector<const Summary*> lines_; /* those with figures */
  std::vector<const Summary*> absent_;
  double labels_ = 110; /* how wide they are */
  std::string svg_;
  double y_ = 66;
};

std::string title_of(const Comparison& comparison) {
  return fmt::format("mini_mm: {} on {}", comparison.workload, size_text(comparison.size));
}

std::string subtitle_of(const Comparison& comparison) {
  std::string text = fmt::format("seed {}, {}", comparison.seed, count_text(comparison.repeats, "repeat"));
  if (comparison.partial()) text += "; " + comparison.partial_text();
  return text;
}

std::string percent(double share) { return fmt::format("{:.1f}%", share * 100); }

}  // namespace

std::string svg_chart(const Comparison& comparison) {
  double slowest = 0, widest = 0;
  for (const Summary& line : comparison.lines) {
    slowest = std::max(slowest, line.ns.high);
    widest = std::max(widest, line.internal);
  }
  Picture picture(comparison);
  picture.bars(
      "Time an operation, ns: median, and the spread over the repeats", round_up(slowest), "",
      [](const Summary& line) { return line.ns.median; },
      [](const Summary& line) { return fmt::format("{} ns", short_figure(line.ns.median)); }, true);
  picture.latencies();
  picture.bars(
      "Free memory in blocks of 2 MiB, of what there could be", 100, "%",
      [](const Summary& line) { return contiguity(line.free) * 100; },
      [](const Summary& line) { return blocks_text(line.free); });
  if (comparison.compact)
    picture.bars(
        "The same after compaction", 100, "%",
        [](const Summary& line) { return line.compacted ? contiguity(*line.compacted) * 100 : 0; },
        [](const Summary& line) { return line.compacted ? blocks_text(*line.compacted) : "-"; });
  if (widest > 0)
    picture.bars(
        "Internal fragmentation: granted above what was requested", round_up(widest * 100), "%",
        [](const Summary& line) { return line.internal * 100; },
        [](const Summary& line) { return percent(line.internal); });
  picture.absent();
  return picture.finish(title_of(comparison), subtitle_of(comparison));
}

std::string html_page(const Comparison& comparison) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n"
      "<style>body{{max-width:{:.0f}px;margin:1em auto;padding:0 1em;font:15px system-ui,sans-serif}}"
      "svg{{max-width:100%;height:auto}}pre{{overflow-x:auto}}</style></head><body>\n{}<pre>{}</pre>\n"
      "<p>minimm compare, version {}</p>\n</body></html>\n",
      escaped(title_of(comparison)), 1000.0, svg_chart(comparison), escaped(table_text(comparison, 200)), kVersion);
}

}  // namespace minimm

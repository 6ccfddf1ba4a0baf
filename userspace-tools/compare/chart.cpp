/* SPDX-License-Identifier: GPL-2.0 */
#include "compare/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "text/numbers.hpp"
#include "version.hpp"

namespace minimm {
namespace {

constexpr double kLetter = 7.6; /* about as wide as it gets */
constexpr double kBars = 420;
constexpr double kBehind = 170; /* room for what is written behind the bars */
constexpr double kLine = 26;
constexpr double kBar = 14;

/* Colours that can be told apart by those who see fewer, on white and on near-black. */
constexpr const char* kStyle =
    "text{font:13px system-ui,sans-serif;fill:#222}"
    ".title{font-size:17px;font-weight:600}.panel{font-weight:600}.small{font-size:11px;fill:#666}"
    ".ground{fill:#fff}.bar{fill:#2a6fb0}.grid{stroke:#ddd}.whisker{stroke:#222;stroke-width:1.5}"
    ".p50{fill:#2a6fb0}.p99{fill:#d98c00}.max{fill:#b0303a}.range{stroke:#999;stroke-width:2}"
    "@media(prefers-color-scheme:dark){text{fill:#e4e4e4}.small{fill:#a0a0a0}.ground{fill:#16181c}"
    ".bar,.p50{fill:#5aa2e6}.grid{stroke:#3a3d44}.whisker{stroke:#e4e4e4}.p99{fill:#f0b040}.max{fill:#f06a74}"
    ".range{stroke:#777}}";

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

std::string text_at(double x, double y, const std::string& words, const char* style = "",
                    const char* anchor = "start") {
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

/* A round number from @value up: 1, 2 or 5 and zeros. */
double round_up(double value) {
  if (value <= 0) return 1;
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0})
    if (step * power >= value) return step * power;
  return 10 * power;
}

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
    return fmt::format(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
               "height=\"{1:.0f}\" role=\"img\">\n<title>{2}</title>\n<style>{3}</style>\n",
               width(), y_, escaped(title), kStyle) +
           rectangle(0, 0, width(), y_, "ground") + text_at(16, 28, title, "title") +
           text_at(16, 48, subtitle, "small") + svg_ + "</svg>\n";
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

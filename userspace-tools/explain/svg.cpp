/* SPDX-License-Identifier: GPL-2.0 */
#include "explain/svg.hpp"

#include <fmt/format.h>

#include "explain/engine.hpp"
#include "explain/picture.hpp"
#include "explain/words.hpp"
#include "text/numbers.hpp"

namespace minimm {
namespace {

constexpr double kLine = 25;
constexpr std::size_t kLetters = 118; /* in a line of text */

class Sheet {
 public:
  explicit Sheet(const Story& story) : story_(story) {}

  std::string text() {
    y_ = 50;
    const std::string title = story_.title.empty() ? "Step by step" : story_.title;
    canvas_.text(kPictureMargin, y_, title, "large");
    y_ += 40;
    paragraph(story_.introduction, "", kPictureMargin);
    paragraph(fmt::format("A segment of {}, {} of {}; page engine {}, placement {}.",
                          kilobytes(std::uint64_t{story_.pages} * story_.page_size), count_text(story_.pages, "page"),
                          kilobytes(story_.page_size), story_.page_engine, story_.placement),
              "faint", kPictureMargin);
    y_ = draw_picture(canvas_, story_, kBeginning, y_);
    free_blocks(story_.before);
    for (std::size_t i = 0; i < story_.steps.size(); i++) step(i);
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
        "height=\"{1:.0f}\">\n"
        "<title>{2}</title>\n<style>{3}</style>\n"
        "<rect x=\"0\" y=\"0\" width=\"{0:.0f}\" height=\"{1:.0f}\" class=\"paper\"/>\n{4}</svg>\n",
        kPictureWidth, y_ + 10, escaped(title), with_colours(picture_style()), canvas_.markup());
  }

 private:
  /* Not all that show or print a picture know variables. */
  static std::string with_colours(std::string_view style) {
    constexpr std::pair<std::string_view, std::string_view> colours[] = {
        {"var(--paper)", "#ffffff"}, {"var(--ink)", "#1a1a1a"}, {"var(--free)", "#eef1f4"},
        {"var(--pages)", "#2f5d9b"}, {"var(--own)", "#6b6b6b"}, {"var(--changed)", "#e07b00"},
        {"var(--c0)", "#2e7d4f"},    {"var(--c1)", "#8a3f8f"},  {"var(--c2)", "#a23b3b"},
        {"var(--c3)", "#1f7a85"},    {"var(--c4)", "#7a5a00"}};
    std::string result(style);
    for (const auto& [name, colour] : colours)
      for (std::size_t at = result.find(name); at != std::string::npos; at = result.find(name))
        result.replace(at, name.size(), colour);
    return result;
  }

  void paragraph(std::string_view text, std::string_view classes, double x) {
    for (const std::string& line : lines_of(text, kLetters)) {
      canvas_.text(x, y_, line, classes);
      y_ += kLine;
    }
    if (!text.empty()) y_ += 6;
  }

  void step(std::size_t number) {
    const Step& step = story_.steps[number];
    y_ += 14;
    canvas_.line(kPictureMargin, y_, kPictureWidth - kPictureMargin, y_, "branch faint");
    y_ += 34;
    canvas_.text(kPictureMargin, y_, fmt::format("{}.", number + 1), "bold");
    constexpr double indent = kPictureMargin + 34;
    paragraph(step.sentence, "bold", indent);
    for (const std::string& command : step.commands)
      for (const std::string& line : lines_of(command, kLetters)) {
        canvas_.text(indent, y_, line, "mono");
        y_ += kLine;
      }
    y_ += 4;
    for (const std::string& told : step.told) told_line(told, indent);
    if (!step.refused.empty()) told_line(step.refused, indent);
    for (const CheckResult& check : step.checks)
      if (!check.holds())
        told_line(fmt::format("NOT as it should be: {} '{}', expected '{}'", check.what, check.found, check.expected),
                  indent);
    y_ += 2;
    y_ = draw_picture(canvas_, story_, number, y_);
    free_blocks(step.after);
  }

  void told_line(std::string_view told, double x) {
    canvas_.text(x, y_, "\u2022", "");
    for (const std::string& line : lines_of(told, kLetters - 4)) {
      canvas_.text(x + 18, y_, line, "");
      y_ += kLine;
    }
  }

  void free_blocks(const Snapshot& snapshot) {
    constexpr double first = 150, column = 78;
    canvas_.text(kPictureMargin, y_ + 16, "free blocks of", "small faint");
    double x = kPictureMargin + first;
    for (std::size_t order = 0; order < snapshot.free_blocks.size(); order++, x += column) {
      canvas_.text(x, y_ + 16, kilobytes(std::uint64_t{story_.page_size} << order), "small faint middle");
      canvas_.text(x, y_ + 38, std::to_string(snapshot.free_blocks[order]),
                   snapshot.free_blocks[order] == 0 ? "middle faint" : "middle bold");
    }
    canvas_.text(kPictureMargin, y_ + 38, fmt::format("{} free", kilobytes(snapshot.free_pages * story_.page_size)),
                 "small");
    y_ += 48;
  }

  const Story& story_;
  Canvas canvas_;
  double y_ = 0;
};

}  // namespace

std::string story_svg(const Story& story) { return Sheet(story).text(); }

}  // namespace minimm

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts that charts are drawn of, as SVG: self-contained, light or dark as the reader prefers. Styles are the
 * classes of kChartStyle.
 */
#pragma once

#include <string>

namespace minimm {

/* Pixels. */
constexpr double kLetter = 7.6; /* about as wide as it gets */
constexpr double kBars = 420;
constexpr double kBehind = 170; /* room for what is written behind the bars */
constexpr double kLine = 26;
constexpr double kBar = 14;

/* What XML allows. */
std::string escaped(const std::string& text);

std::string text_at(double x, double y, const std::string& words, const char* style = "", const char* anchor = "start");
std::string line_at(double x1, double y1, double x2, double y2, const char* style);
std::string rectangle(double x, double y, double width, double height, const char* style);
std::string circle(double x, double y, const char* style);

/* "12.5", "340", "12k" */
std::string short_figure(double value);
/* A round number from @value up: 1, 2 or 5 and zeros. */
double round_up(double value);

/* The picture of what is in @drawn, with a ground, and @title and @subtitle above @drawn, which begins at y = 66. */
std::string chart(double width, double height, const std::string& title, const std::string& subtitle,
                  const std::string& drawn);

}  // namespace minimm

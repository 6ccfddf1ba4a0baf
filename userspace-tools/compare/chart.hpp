/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A comparison as a picture: bars of time, latency and fragmentation, a line each. Self-contained, light or dark
 * as its reader prefers.
 */
#pragma once

#include <string>

#include "compare/summary.hpp"

namespace minimm {

std::string svg_chart(const Comparison& comparison);
/* The same chart, and the figures as a table. */
std::string html_page(const Comparison& comparison);

}  // namespace minimm

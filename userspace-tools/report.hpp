/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Errors on standard error: one line each, or one JSON document each.
 */
#pragma once

#include <string>

#include "refused.hpp"

namespace minimm {

/* @remark ends the line, such as "; going on". */
void report(const Refused& refused, bool json, const std::string& remark = "");

/* What is not a refusal; @reason is for JSON. */
void report(const std::string& error, const std::string& errno_name, const std::string& reason, bool json);

}  // namespace minimm

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file that the user names, as a text.
 */
#pragma once

#include <string>

namespace minimm {

/* Refused, with @tried in front, when there is none or it cannot be read. */
std::string read_text_file(const std::string& path, const std::string& tried);

}  // namespace minimm

/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>

namespace minimm {

/* The whole of a file of the module below /proc; Refused with what to run if it is not there, or not for us. */
std::string read_proc_file(const std::string& path);

}  // namespace minimm

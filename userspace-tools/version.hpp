/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "mini_mm_version.h"

namespace minimm {

constexpr const char* kVersion = MINI_MM_VERSION;

}  // namespace minimm

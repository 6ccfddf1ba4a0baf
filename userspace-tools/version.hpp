/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

namespace minimm {

constexpr const char* kVersion = "0.1.0";

}  // namespace minimm

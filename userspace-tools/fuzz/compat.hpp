/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ioctl() as a 32-bit process calls it, from a 64-bit one: where the kernel takes such calls.
 */
#pragma once

#include <cstdint>

namespace minimm {

/* Tries it, in a process of its own. */
bool has_compat_calls();

/* As ioctl(): -1 and errno when it fails. */
int compat_ioctl(int fd, std::uint32_t request, std::uint32_t address);

}  // namespace minimm

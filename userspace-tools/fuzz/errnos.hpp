/* SPDX-License-Identifier: GPL-2.0 */
/* Which errnos the ABI has. tests/fuzz/ioctl goes by them, too. */
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>

namespace minimm {

/* A call may end with these and no others. EUCLEAN is not among them: it says that the module found itself damaged. */
inline constexpr std::array kErrnos = {0,       EPERM,    ENOENT,     EINTR,  ENXIO,  EBADF,  ENOMEM,       EACCES,
                                       EFAULT,  EBUSY,    EEXIST,     EINVAL, ENOTTY, ENOSPC, ENAMETOOLONG, ERANGE,
                                       ENODATA, EMSGSIZE, EOPNOTSUPP, EILSEQ, EDQUOT};

constexpr bool is_known_errno(int error) { return std::find(kErrnos.begin(), kErrnos.end(), error) != kErrnos.end(); }

}  // namespace minimm

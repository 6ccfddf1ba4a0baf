/* SPDX-License-Identifier: GPL-2.0 */
#include "commands/proc_file.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>

#include "refused.hpp"

namespace minimm {

std::string read_proc_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (file && (text || file.peek() == std::ifstream::traits_type::eof())) return text.str();
  const int error = errno != 0 ? errno : EIO;
  if (error == ENOENT)
    throw Refused(error, "no-device",
                  "the module is not loaded; as root run 'modprobe mini_mm', or 'insmod mini_mm.ko'", path);
  if (error == EACCES || error == EPERM)
    throw Refused(error, "no-permission", "only root may read it; run minimm as root, or with sudo", path);
  throw Refused(error, MINI_MM_WHY_NONE, path);
}

}  // namespace minimm

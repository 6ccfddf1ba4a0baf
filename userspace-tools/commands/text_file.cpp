/* SPDX-License-Identifier: GPL-2.0 */
#include "commands/text_file.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>

#include "refused.hpp"

namespace minimm {

std::string read_text_file(const std::string& path, const std::string& tried) {
  errno = 0;
  std::ifstream stream(path);
  std::ostringstream text;
  if (stream) text << stream.rdbuf();
  /* A folder can be opened, but not read. */
  if (!stream || errno == EISDIR) throw Refused(errno != 0 ? errno : EIO, MINI_MM_WHY_NONE, tried + " " + path);
  return text.str();
}

}  // namespace minimm

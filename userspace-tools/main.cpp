/* SPDX-License-Identifier: GPL-2.0 */
/*
 * minimm: drives mini_mm through /dev/mini_mm. Exit status 0, 1 (refused), 2 (usage).
 */
#include <cerrno>
#include <cstdio>
#include <exception>

#include "command_line.hpp"
#include "report.hpp"

namespace {

constexpr int kRefused = 1;
constexpr int kUsage = 2;

int run(const std::vector<std::string>& words, minimm::Session& session) {
  try {
    minimm::run_command_line(words, session);
    if (std::fflush(stdout) != 0)
      throw minimm::Refused(errno, "output", "cannot be written to; is the disk full?", "standard output");
    return 0;
  } catch (const minimm::UsageError& error) {
    minimm::report(error.what(), "EINVAL", "usage", session.json);
    return kUsage;
  } catch (const minimm::Refused& refused) {
    minimm::report(refused, session.json);
  } catch (const std::exception& error) {
    minimm::report(error.what(), "EIO", "failed", session.json);
  }
  return kRefused;
}

}  // namespace

int main(int argc, char** argv) {
  minimm::Session session;
  return run({argv + 1, argv + argc}, session);
}

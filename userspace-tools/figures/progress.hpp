/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A line on the terminal, in place, once it takes long.
 */
#pragma once

#include <chrono>
#include <string>

#include "terminal.hpp"

namespace minimm {

class Progress {
 public:
  explicit Progress(std::string command) : command_(std::move(command)) {}
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::size_t done, std::size_t of, const std::string& next);

 private:
  const std::string command_;
  const bool on_terminal_ = terminal_redraws();
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  bool shown_ = false;
};

}  // namespace minimm

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the commands of one process share: the open device, how to print, and whether allocations stay when
 * the process ends.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "device.hpp"
#include "text/json.hpp"

namespace minimm {

class Session {
 public:
  /* Opened when first needed, so that help and usage errors need no module. */
  Device& device();

  /* MINI_MM_KEEP or 0: a flag for whatever is made. */
  std::uint32_t keep_flag() const { return keep ? MINI_MM_KEEP : 0; }

  /* --json: one document on one line. */
  static void show(const Json& document);
  static void show(const std::string& text);
  /* A line for people, on standard error. */
  static void note(const std::string& text);

  /* While one lives, what commands show goes to its text instead; the inner one of two. */
  class Capture {
   public:
    Capture() : outer_(sink_) { sink_ = &text; }
    ~Capture() { sink_ = outer_; }
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;

    std::string text;

   private:
    std::string* outer_;
  };

  bool json = false;
  bool keep = true;
  bool in_script = false;
  bool interrupted = false;
  /* Those that the last command made, even if it was refused; nullopt if it is not a command that makes any. */
  std::optional<std::vector<std::uint64_t>> made;

 private:
  static inline std::string* sink_ = nullptr;
  std::optional<Device> device_;
};

}  // namespace minimm

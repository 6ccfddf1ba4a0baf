/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was refused, and why, in plain words. Exit status 1.
 */
#pragma once

#include <uapi/mini_mm.h>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace minimm {

struct Reason {
  mini_mm_reason why;
  std::string_view name;  /* stable, for --json */
  std::string_view words; /* what is wrong and what to do; {} is Refused::number */
};

/* The entry for @why, or nullptr. */
const Reason* find_reason(std::uint32_t why);

class Refused : public std::exception {
 public:
  /* @tried such as "cache destroy foo"; @number the one that the reason's words mention. */
  Refused(int error, std::uint32_t why, std::string tried, std::uint64_t number = 0);
  /* For what the kernel has no reason for: the caller supplies one, as in Reason. */
  Refused(int error, std::string name, std::string words, std::string tried);

  const char* what() const noexcept override { return line_.c_str(); }
  /* "<tried>: <words> (EBUSY)", or of a script "<file>:<line>: <tried>: ..." */
  const std::string& line() const { return line_; }
  std::string errno_name() const;
  const std::string& reason() const { return name_; }
  int error() const { return error_; }
  std::uint32_t why() const { return why_; }
  std::string json() const;

  /* Puts a script's place in front of the message. */
  void at(const std::string& place);
  /* What there is to choose from, behind the message and before the errno. */
  void explain(const std::string& more);
  /* More refusals that came of the same command. */
  void also(Refused other) { others_.push_back(std::move(other)); }
  const std::vector<Refused>& others() const { return others_; }

 private:
  int error_;
  std::uint32_t why_;
  std::string name_;
  std::string line_;
  std::vector<Refused> others_;
};

/* {"error": ..., "errno": ..., "reason": ...} */
std::string error_json(const std::string& error, const std::string& errno_name, const std::string& reason);

std::string errno_name(int error);

}  // namespace minimm

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file for figures, opened before anything is measured, so that no measurement is lost to a typo. One without a name
 * was not asked for.
 */
#pragma once

#include <fstream>
#include <functional>
#include <string>

namespace minimm {

class Output {
 public:
  /* Refused. */
  explicit Output(const std::string& file);
  /* Writes what @text gives, if it was asked for. */
  void write(const std::function<std::string()>& text);

 private:
  std::string file_;
  std::ofstream stream_;
};

/* A field of a line of CSV, with quotes where it needs them. */
std::string csv_field(const std::string& text);

}  // namespace minimm

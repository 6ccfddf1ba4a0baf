// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the tests and says first which seed the random ones use.
 *
 * RC_PARAMS="seed=N" repeats a run, RC_PARAMS="max_success=N" makes it longer (RapidCheck's own syntax).
 */
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const char* given = std::getenv("RC_PARAMS");
  std::string parameters = given ? given : "";
  if (parameters.find("seed=") == std::string::npos) {
    std::random_device entropy;
    if (!parameters.empty()) parameters += ' ';
    parameters += "seed=" + std::to_string(entropy());
    setenv("RC_PARAMS", parameters.c_str(), 1);
  }
  if (!testing::GTEST_FLAG(list_tests)) std::printf("random tests: RC_PARAMS=\"%s\"\n", parameters.c_str());
  return RUN_ALL_TESTS();
}

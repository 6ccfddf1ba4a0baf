/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A JSON value to print. A thin face of nlohmann's, which only json.cpp sees: it takes seconds to compile.
 *
 *   Json{{"name", name}, {"pages", 17u}, {"free", std::vector<std::uint64_t>{1, 2}}}.line()
 */
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace minimm {

class Json {
 public:
  using Member = std::pair<std::string_view, Json>;

  /* An object; its members keep their order. */
  Json(std::initializer_list<Member> members);
  static Json array();

  Json(bool value);
  Json(double value);
  Json(std::string_view value);
  Json(const std::string& value) : Json(std::string_view(value)) {}
  Json(const char* value) : Json(std::string_view(value)) {}
  Json(const std::vector<std::uint64_t>& values);
  template <std::unsigned_integral Number>
  Json(Number value) : Json(Unsigned{value}) {}

  /* To an object, and to an array. */
  void add(std::string_view name, const Json& value);
  void add(const Json& value);

  /* On one line, without its end. What is not UTF-8 is replaced. */
  std::string line() const;

 private:
  struct Unsigned {
    std::uint64_t value;
  };
  explicit Json(Unsigned value);

  std::shared_ptr<nlohmann::ordered_json> value_;
};

}  // namespace minimm

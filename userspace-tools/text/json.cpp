/* SPDX-License-Identifier: GPL-2.0 */
#include "text/json.hpp"

#include <nlohmann/json.hpp>

namespace minimm {

using Value = nlohmann::ordered_json;

Json::Json(std::initializer_list<Member> members) : value_(std::make_shared<Value>(Value::object())) {
  for (const auto& [name, value] : members) add(name, value);
}

Json Json::array() {
  Json json{};
  *json.value_ = Value::array();
  return json;
}

Json::Json(bool value) : value_(std::make_shared<Value>(value)) {}
Json::Json(double value) : value_(std::make_shared<Value>(value)) {}
Json::Json(std::string_view value) : value_(std::make_shared<Value>(value)) {}
Json::Json(const std::vector<std::uint64_t>& values) : value_(std::make_shared<Value>(values)) {}
Json::Json(Unsigned value) : value_(std::make_shared<Value>(value.value)) {}

void Json::add(std::string_view name, const Json& value) { (*value_)[std::string(name)] = *value.value_; }

void Json::add(const Json& value) { value_->push_back(*value.value_); }

std::string Json::line() const { return value_->dump(-1, ' ', false, Value::error_handler_t::replace); }

}  // namespace minimm

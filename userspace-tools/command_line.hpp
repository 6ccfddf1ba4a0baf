/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How commands describe themselves, and how a command line becomes a call of one. A thin layer over CLI11,
 * which only command_line.cpp sees: it takes seconds to compile.
 *
 *   Command page = root.group("page", "blocks of pages");
 *   auto [command, free] = page.leaf<Free>("free", "free page blocks");
 *   command.positional("HANDLE", free.handles, "what 'page alloc' printed");
 *
 * Free is a struct with its arguments, their defaults, and a member run(Session &).
 */
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "session.hpp"
#include "text/numbers.hpp"

namespace CLI {
class App;
}

namespace minimm {

enum class Need { optional, required };
enum class Count { one, many };

class Command {
 public:
  using Take = std::function<void(const std::string&)>;

  struct Node;
  explicit Command(Node& node) : node_(&node) {}

  Command group(const std::string& name, const std::string& help);

  template <class Arguments>
  std::tuple<Command, Arguments&> leaf(const std::string& name, const std::string& help) {
    auto arguments = std::make_shared<Arguments>();
    Command command = leaf(name, help, [arguments](Session& session) { arguments->run(session); });
    return {command, *arguments};
  }

  void flag(const std::string& name, bool& target, const std::string& help);

  void option(const std::string& name, const std::string& value, std::string& target, const std::string& help,
              Need need = Need::optional) {
    add(
        name, value, [&target](const std::string& text) { target = text; }, help, need);
  }
  /* Whatever @take makes of the text; it throws a UsageError. */
  void option(const std::string& name, const std::string& value, Take take, const std::string& help,
              Need need = Need::optional) {
    add(name, value, std::move(take), help, need);
  }
  template <std::unsigned_integral Number>
  void option(const std::string& name, const std::string& value, Number& target, const std::string& help,
              Need need = Need::optional, std::uint64_t max = std::numeric_limits<Number>::max()) {
    add(
        name, value, [&target, max](const std::string& text) { target = static_cast<Number>(parse_number(text, max)); },
        help, need);
  }
  template <std::unsigned_integral Number>
  void option(const std::string& name, const std::string& value, std::optional<Number>& target,
              const std::string& help) {
    const auto take = [&target](const std::string& text) {
      target = static_cast<Number>(parse_number(text, std::numeric_limits<Number>::max()));
    };
    add(name, value, take, help, Need::optional);
  }
  /* With a suffix K, M or G. */
  template <std::unsigned_integral Number>
  void size(const std::string& name, std::optional<Number>& target, const std::string& help) {
    add(
        name, "SIZE", [&target](const std::string& text) { target = parse_size(text); }, help, Need::optional);
  }
  template <std::unsigned_integral Number>
  void size(const std::string& name, Number& target, const std::string& help, Need need = Need::optional) {
    const auto take = [&target](const std::string& text) {
      target = static_cast<Number>(parse_size(text, std::numeric_limits<Number>::max()));
    };
    add(name, "SIZE", take, help, need);
  }

  void positional(const std::string& value, std::string& target, const std::string& help) {
    add_positional(
        value, [&target](const std::string& text) { target = text; }, help, Count::one);
  }
  template <std::unsigned_integral Number>
  void positional(const std::string& value, Number& target, const std::string& help) {
    const auto take = [&target](const std::string& text) {
      target = static_cast<Number>(parse_number(text, std::numeric_limits<Number>::max()));
    };
    add_positional(value, take, help, Count::one);
  }
  /* One that may be left out. */
  template <std::unsigned_integral Number>
  void positional(const std::string& value, std::optional<Number>& target, const std::string& help) {
    const auto take = [&target](const std::string& text) {
      target = static_cast<Number>(parse_number(text, std::numeric_limits<Number>::max()));
    };
    add_positional(value, take, help, Count::one, Need::optional);
  }
  /* With a suffix K, M or G. */
  void positional_size(const std::string& value, std::uint64_t& target, const std::string& help) {
    add_positional(
        value, [&target](const std::string& text) { target = parse_size(text); }, help, Count::one);
  }
  /* One or more. */
  void positional(const std::string& value, std::vector<std::uint64_t>& target, const std::string& help) {
    add_positional(
        value, [&target](const std::string& text) { target.push_back(parse_number(text)); }, help, Count::many);
  }

  /* None, one, or more words, taken as they are; behind '--' they may look like options. */
  void words(const std::string& value, std::vector<std::string>& target, const std::string& help) {
    add_positional(
        value, [&target](const std::string& text) { target.push_back(text); }, help, Count::many, Need::optional);
    add_rest([&target](const std::string& text) { target.push_back(text); });
  }

  void footer(const std::string& text);

 private:
  Command leaf(const std::string& name, const std::string& help, std::function<void(Session&)> run);
  void add(const std::string& name, const std::string& value, Take take, const std::string& help, Need need);
  void add_positional(const std::string& value, Take take, const std::string& help, Count count,
                      Need need = Need::required);
  void add_rest(Take take);

  Node* node_;
};

/* Runs one command, given without the program's name. UsageError, Refused and what the command throws. */
void run_command_line(std::span<const std::string> words, Session& session);

}  // namespace minimm

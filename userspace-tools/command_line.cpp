/* SPDX-License-Identifier: GPL-2.0 */
#include "command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "commands/commands.hpp"
#include "version.hpp"

namespace minimm {

struct Command::Node {
  struct Value {
    CLI::Option* option;
    Take take;
    std::string name;
    std::string shown; /* its value, as the help calls it */
    bool required;
  };

  CLI::App* app = nullptr;
  std::string path; /* "page alloc" */
  std::function<void(Session&)> run;
  std::vector<Value> values;
  Take take_rest; /* for a word behind '--' */
  std::vector<std::unique_ptr<Node>> below;
};

namespace {

using Node = Command::Node;

/* Ours are the checks, CLI11's the splitting and the help: its messages name neither the command nor the way out. */
Node& add_node(Node& above, const std::string& name, const std::string& help) {
  auto node = std::make_unique<Node>();
  node->path = above.path.empty() ? name : above.path + ' ' + name;
  node->app = above.app->add_subcommand(name, help);
  /* One command below each; then a name such as 'list' is not taken for a command. */
  node->app->allow_extras()->fallthrough()->require_subcommand(0, 1);
  above.below.push_back(std::move(node));
  return *above.below.back();
}

const Node& deepest(const Node& node) {
  for (const auto& below : node.below)
    if (below->app->parsed()) return deepest(*below);
  return node;
}

[[noreturn]] void misused(const Node& node, const std::string& what) {
  const std::string blank_path = node.path.empty() ? "" : ' ' + node.path;
  throw UsageError(
      fmt::format("{}{}; see 'minimm{} --help'", node.path.empty() ? "" : node.path + ": ", what, blank_path));
}

void refuse_leftovers(const Node& root, const Node& node) {
  const std::vector<std::string> left = root.app->remaining(true);
  if (left.empty()) return;
  if (left[0].size() > 1 && left[0][0] == '-' && left[0].find_first_not_of("0123456789", 1) == std::string::npos)
    misused(node, fmt::format("'{}' is not a number from 0 up", left[0]));
  if (left[0].starts_with('-')) misused(node, fmt::format("unknown option '{}'", left[0]));
  if (node.run) misused(node, fmt::format("unexpected '{}'", left[0]));
  misused(node, fmt::format("unknown command '{}'", left[0]));
}

void refuse_missing_command(const Node& node) {
  if (node.run) return;
  std::vector<std::string> names;
  for (const auto& below : node.below) names.push_back(below->app->get_name());
  misused(node, fmt::format("a command is missing: {}", fmt::join(names, ", ")));
}

void take_values(const Node& node) {
  for (const Node::Value& value : node.values) {
    if (value.required && value.option->count() == 0) misused(node, fmt::format("{} is missing", value.name));
    try {
      for (const std::string& text : value.option->results()) value.take(text);
    } catch (const UsageError& error) {
      misused(node, fmt::format("{}: {}", value.name, error.what()));
    }
  }
}

/* CLI11's complaints that come before ours: a flag with a value, an option without one, or given twice. */
[[noreturn]] void misused_option(const Node& node, const CLI::ParseError& error) {
  for (const Node::Value& value : node.values) {
    if (!std::string(error.what()).starts_with(value.name + ':')) continue;
    if (value.option->count() > 1) misused(node, fmt::format("{} is given twice", value.name));
    misused(node, fmt::format("{} needs a value, {} (not negative)", value.name, value.shown));
  }
  const std::string what = error.what();
  if (what.ends_with("flag override"))
    misused(node, fmt::format("--{} takes no value", what.substr(0, what.find(' '))));
  misused(node, what);
}

}  // namespace

Command Command::group(const std::string& name, const std::string& help) {
  return Command(add_node(*node_, name, help));
}

Command Command::leaf(const std::string& name, const std::string& help, std::function<void(Session&)> run) {
  Node& node = add_node(*node_, name, help);
  node.run = std::move(run);
  return Command(node);
}

void Command::flag(const std::string& name, bool& target, const std::string& help) {
  node_->app->add_flag(name, target, help)->disable_flag_override();
}

void Command::add(const std::string& name, const std::string& value, Take take, const std::string& help, Need need) {
  const bool required = need == Need::required;
  CLI::Option* option = node_->app->add_option(name, help)->type_name(required ? value + " (required)" : value);
  node_->values.push_back({option, std::move(take), name, value, required});
}

void Command::add_positional(const std::string& value, Take take, const std::string& help, Count count, Need need) {
  CLI::Option* option =
      node_->app->add_option(value, help)->expected(count == Count::many ? CLI::detail::expected_max_vector_size : 1);
  option->type_name("");
  node_->values.push_back({option, std::move(take), value, value, need == Need::required});
}

void Command::add_rest(Take take) { node_->take_rest = std::move(take); }

void Command::footer(const std::string& text) { node_->app->footer(text); }

void run_command_line(std::span<const std::string> words, Session& session) {
  CLI::App app("Drives mini_mm, memory allocators inside a region of the kernel's memory.", "minimm");
  app.require_subcommand(0, 1)->allow_extras();
  app.set_version_flag("--version", fmt::format("minimm {}", kVersion));
  const auto rest = std::find(words.begin(), words.end(), "--");
  const std::string json_help = "print JSON, one document a line; errors too";
  app.add_flag("--json", json_help)->disable_flag_override();
  /* Not from the flag: a line that cannot be parsed is complained of in JSON too. */
  session.json = session.json || std::find(words.begin(), rest, "--json") != rest;

  Node root;
  root.app = &app;
  add_commands(Command(root));

  std::vector<std::string> reversed(words.begin(), rest);
  std::reverse(reversed.begin(), reversed.end());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return Session::show(app.help());
  } catch (const CLI::CallForVersion& version) {
    return Session::show(std::string(version.what()) + '\n');
  } catch (const CLI::ParseError& error) {
    misused_option(deepest(root), error);
  }

  const Node& node = deepest(root);
  refuse_leftovers(root, node);
  refuse_missing_command(node);
  if (rest != words.end() && !node.take_rest) misused(node, "unexpected '--'");
  take_values(node);
  for (auto word = rest; word != words.end(); ++word)
    if (word != rest) node.take_rest(*word);
  session.made.reset();
  node.run(session);
}

}  // namespace minimm

/* SPDX-License-Identifier: GPL-2.0 */
#include "commands/operations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "refused.hpp"

namespace minimm {
namespace {

/* The operations that were refused, by errno and reason: the handles of each. */
using Refusals = std::map<std::pair<int, std::uint32_t>, std::vector<std::uint64_t>>;

void run_in_batches(const Device& device, std::vector<mini_mm_op>& ops, const std::string& tried) {
  std::span<mini_mm_op> rest = ops;
  do {
    const std::span<mini_mm_op> now = rest.first(std::min<std::size_t>(rest.size(), MINI_MM_BATCH_MAX));
    device.batch(now, tried);
    rest = rest.subspan(now.size());
  } while (!rest.empty());
}

std::string handle_list(const std::vector<std::uint64_t>& handles) {
  constexpr std::size_t shown = 8;
  const auto end = handles.begin() + static_cast<std::ptrdiff_t>(std::min(handles.size(), shown));
  return fmt::format("{}{}", fmt::join(handles.begin(), end, " "), handles.size() > shown ? " ..." : "");
}

}  // namespace

void allocate(Session& session, const mini_mm_op& pattern, std::uint32_t count, const std::string& tried,
              const std::vector<Json::Member>& more) {
  Refusals refusals;
  std::vector<std::uint64_t>& made = session.made.emplace();
  /* Stops at a batch with a refusal: what was refused once would be refused a million times. */
  std::uint32_t left = count;
  do {
    std::vector<mini_mm_op> ops(std::min<std::uint32_t>(left, MINI_MM_BATCH_MAX), pattern);
    session.device().batch(ops, tried);
    left -= static_cast<std::uint32_t>(ops.size());
    for (const mini_mm_op& op : ops) {
      if (op.result == 0)
        made.push_back(op.handle);
      else
        refusals[{-op.result, op.why}].push_back(0);
    }
  } while (left != 0 && refusals.empty());

  if (session.json) {
    Json answer{{"handles", made}};
    for (const auto& [name, value] : more) answer.add(name, value);
    Session::show(answer);
  } else if (!made.empty())
    Session::show(fmt::format("{}\n", fmt::join(made, "\n")));
  if (refusals.empty()) return;
  const auto& [error, why] = refusals.begin()->first;
  throw Refused(error, why, count == 1 ? tried : fmt::format("{} ({} of {} were made)", tried, made.size(), count));
}

void release(Session& session, std::uint32_t opcode, const std::vector<std::uint64_t>& handles,
             const std::string& tried) {
  std::vector<mini_mm_op> ops(handles.size());
  for (std::size_t i = 0; i < handles.size(); i++) {
    ops[i].opcode = opcode;
    ops[i].handle = handles[i];
  }
  run_in_batches(session.device(), ops, tried);

  Refusals refusals;
  std::vector<std::uint64_t> freed;
  for (std::size_t i = 0; i < ops.size(); i++) {
    if (ops[i].result == 0)
      freed.push_back(handles[i]);
    else
      refusals[{-ops[i].result, ops[i].why}].push_back(handles[i]);
  }
  if (session.json) Session::show(Json{{"freed", freed}});
  if (refusals.empty()) return;

  std::vector<Refused> all;
  for (const auto& [key, refused] : refusals) {
    const std::string part =
        handles.size() == 1 ? "" : fmt::format(" ({} of {}; {} freed)", refused.size(), handles.size(), freed.size());
    all.emplace_back(key.first, key.second, fmt::format("{} {}{}", tried, handle_list(refused), part));
  }
  Refused first = all.front();
  for (std::size_t i = 1; i < all.size(); i++) first.also(all[i]);
  throw first;
}

void perform(Session& session, mini_mm_op op, const std::string& tried) {
  session.device().batch({&op, 1}, tried);
  if (op.result != 0) throw Refused(-op.result, op.why, tried, op.detail);
}

}  // namespace minimm

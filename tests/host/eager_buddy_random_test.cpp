// SPDX-License-Identifier: GPL-2.0
/*
 * The eager buddy in random use against a second one that is made of plain stacks: the same blocks in the
 * same order, and the same splits and merges.
 */
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "test_buddy.hpp"

namespace mini_mm {
namespace {

class Reference {
 public:
  explicit Reference(std::uint32_t pages) : pages_(pages), stacks_(max_order_of(pages).value + 1u) {
    const ExpectedFreeBlocks whole(std::vector<char>(pages), max_order_of(pages));
    for (auto block = whole.blocks().rbegin(); block != whole.blocks().rend(); ++block) {
      stacks_[block->second].push_back(block->first);
    }
  }

  /* The page, or @pages when there is none. */
  std::uint32_t allocate(unsigned order) {
    unsigned from = order;
    while (from < stacks_.size() && stacks_[from].empty()) ++from;
    if (from == stacks_.size()) return pages_;
    const std::uint32_t page = stacks_[from].back();
    stacks_[from].pop_back();
    for (; from > order; --from) {
      events.push_back(split(page, from));
      stacks_[from - 1].push_back(page + (1u << (from - 1)));
    }
    return page;
  }

  void free(std::uint32_t page, unsigned order) {
    for (; order + 1 < stacks_.size(); ++order) {
      auto& stack = stacks_[order];
      const auto buddy = std::find(stack.begin(), stack.end(),
                                   page % (2u << order) == 0 ? page + (1u << order) : page - (1u << order));
      if (buddy == stack.end()) break;
      page = std::min(page, *buddy);
      stack.erase(buddy);
      events.push_back(merge(page, order));
    }
    stacks_[order].push_back(page);
  }

  Events events;

 private:
  std::uint32_t pages_;
  std::vector<std::vector<std::uint32_t>> stacks_;
};

/* Orders to allocate, 0 to 10, and above them what to free: which of the blocks that are held. */
using Steps = std::vector<std::uint32_t>;
constexpr std::uint32_t kFree = 11;

RC_GTEST_PROP(EagerBuddyInRandomUse, does_step_by_step_what_a_second_simple_one_does, ()) {
  const auto pages = *rc::gen::inRange<std::uint32_t>(1, 300);
  const auto step = rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(0, 4), rc::gen::inRange<std::uint32_t>(0, kFree),
                                   rc::gen::inRange<std::uint32_t>(kFree, kFree + 100));
  const auto all = *rc::gen::resize(600, rc::gen::container<Steps>(step));
  TestBuddy buddy(pages);
  Reference reference(pages);
  std::vector<std::pair<std::uint32_t, unsigned>> held;
  for (const std::uint32_t what : all) {
    if (what < kFree) {
      const unsigned order = what % (buddy.engine.max_order().value + 1u);
      const std::uint32_t expected = reference.allocate(order);
      const Result<PageIndex> page = buddy.allocate(order);
      RC_ASSERT((page ? page.value.value : pages) == expected);
      if (page) held.emplace_back(expected, order);
    } else if (!held.empty()) {
      const auto block = held.begin() + static_cast<std::ptrdiff_t>((what - kFree) % held.size());
      reference.free(block->first, block->second);
      RC_ASSERT(buddy.free(block->first, block->second) == Error::none);
      held.erase(block);
    }
    RC_ASSERT(buddy.world.take_events() == reference.events);
    reference.events.clear();
    RC_ASSERT(buddy.damage() == "");
  }
}

}  // namespace
}  // namespace mini_mm

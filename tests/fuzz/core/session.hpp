// SPDX-License-Identifier: GPL-2.0
/*
 * One run of the fuzzer: an arena of some engine and size, up to four caches, and operations on them that the input
 * chooses, right ones and wrong ones. What is held is filled with a pattern that nobody may change.
 *
 * As long as nothing was damaged on purpose, each result is foretold: a free succeeds if and only if the model holds
 * just that, an examination finds nothing, the page map shows the model's blocks and no others, and at the end all
 * pages are free. After a bit was flipped, and the arena examined, less has to hold: frees may be refused, but nothing
 * that is held is given out a second time or written to.
 */
#pragma once

#include <array>
#include <memory>

#include "holdings.hpp"
#include "input.hpp"
#include "world.hpp"

namespace mini_mm::fuzz {

inline constexpr std::uint32_t kPageSize = 1u << MINI_CORE_PAGE_SHIFT;

class Session {
 public:
  explicit Session(Input& input);
  void run();

 private:
  static constexpr unsigned kCaches = 4;
  static constexpr unsigned kChains = 4;

  struct Chain {
    mini_page_chain blocks = mini_page_no_chain();
    std::uint32_t order = 0;
    std::uint32_t type = 0;
  };

  /* session.cpp */
  void step();
  void check();
  void check_map();
  void finish();
  std::uint32_t any_page() { return input_.below(arena_->pages); }
  std::uint64_t any_offset() { return std::uint64_t{any_page()} * kPageSize + input_.word() % kPageSize; }

  /* pages.cpp */
  mini_core_page_request page_request();
  void allocate_pages();
  void free_pages();
  void free_pages_wrongly();
  void allocate_run();
  void claim_run();
  void free_run();
  void fill_chain();
  void pop_from_chain();
  void push_to_chain();
  void empty_chain();
  void settle();
  void compact();
  Holding* a_block();
  void hold_block(std::uint32_t page, std::uint32_t order);
  void hold_run(std::uint32_t page, std::uint32_t pages);
  void release_block(Holding block);
  bool is_tiled(std::uint32_t page, std::uint32_t pages);
  void empty_chain(unsigned which, std::uint32_t blocks);
  void move_block(mini_core_compaction& state, std::uint32_t page, std::uint32_t order);
  void foretell_failure(const mini_core_page_request& request, int error) const;

  /* objects.cpp */
  void make_cache();
  void end_cache();
  void allocate_object();
  void allocate_objects();
  void free_object();
  void free_object_wrongly();
  void ask_about_an_address();
  void shrink();
  void validate();
  void end_cache(unsigned which);
  mini_cache* a_cache(unsigned& which);
  void hold_object(unsigned which, void* object, std::uint32_t size);
  void release_object(Holding object);

  /* damage.cpp */
  void fail_an_allocation();
  void pass_a_grace_period();
  void examine();
  void flip_in_page_map();
  void flip_in_slab();
  std::uint64_t examine_all();

  void fill(const Holding& holding, std::uint8_t pattern);
  void check_pattern(const Holding& holding) const;

  Input& input_;
  std::unique_ptr<mini_arena> arena_;
  bool has_types_ = false; /* the page engine is none that knows powers of two only */
  bool damaged_ = false;
  std::array<std::unique_ptr<mini_cache>, kCaches> caches_;
  std::array<Chain, kChains> chains_;
  Holdings held_;
  std::byte* freed_ = nullptr; /* the last object that was freed */
  std::uint32_t next_cache_id_ = 1;
  std::uint8_t next_pattern_ = 0;
};

}  // namespace mini_mm::fuzz

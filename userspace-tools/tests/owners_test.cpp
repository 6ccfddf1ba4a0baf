/* SPDX-License-Identifier: GPL-2.0 */
#include "text/owners.hpp"

#include <gtest/gtest.h>

#include "text/events.hpp"

namespace minimm {
namespace {

constexpr const char* kHeading = "    count        bytes  oldest_ms      pid  what                             comm\n";

TEST(Leaks, a_heading_alone_is_nothing_held) { EXPECT_TRUE(parse_leaks(kHeading).empty()); }

TEST(Leaks, a_site_has_its_stack) {
  const auto sites =
      parse_leaks(std::string(kHeading) +
                  "      120        23040      12345      321  kmalloc-192                      my\\040mod\n"
                  "\tmini_kmalloc+0x1/0x2 [mini_mm]\n"
                  "\tleaky+0x10/0x20 [leaky]\n"
                  "        1         4096          -        -  pages,order=0                    -\n");
  ASSERT_EQ(sites.size(), 2u);
  EXPECT_EQ(sites[0].count, 120u);
  EXPECT_EQ(sites[0].bytes, 23040u);
  EXPECT_EQ(sites[0].oldest_ms, 12345u);
  EXPECT_EQ(sites[0].pid, 321u);
  EXPECT_EQ(sites[0].comm, "my mod");
  EXPECT_EQ(sites[0].what, "kmalloc-192");
  EXPECT_EQ(call_site(sites[0].stack), "leaky+0x10/0x20 [leaky]");
  EXPECT_EQ(sites[1].what, "pages,order=0");
  EXPECT_FALSE(sites[1].oldest_ms);
  EXPECT_TRUE(sites[1].stack.empty());
}

TEST(Leaks, what_has_another_format_is_refused) {
  EXPECT_THROW((void)parse_leaks(""), std::runtime_error);
  EXPECT_THROW((void)parse_leaks("\tframe\n"), std::runtime_error);
  EXPECT_THROW((void)parse_leaks(std::string(kHeading) + "\tframe of nothing\n"), std::runtime_error);
  EXPECT_THROW((void)parse_leaks(std::string(kHeading) + "one 2 3 4 what comm\n"), std::runtime_error);
  EXPECT_THROW((void)parse_leaks(std::string(kHeading) + "1 2 old 4 what comm\n"), std::runtime_error);
  EXPECT_THROW((void)parse_leaks(std::string(kHeading) + "1 2 3\n"), std::runtime_error);
}

TEST(Leaks, the_call_site_is_the_first_frame_outside_of_the_module) {
  EXPECT_EQ(call_site({}), "-");
  EXPECT_EQ(call_site({"a [mini_mm]", "b [mini_mm]"}), "b [mini_mm]");
  EXPECT_EQ(call_site({"a [mini_mm]", "b [mini_mm_kunit]", "c"}), "b [mini_mm_kunit]");
}

TEST(Owners, records_have_who_and_when) {
  const auto owners = parse_owners("allocated 17 5 insmod\n\tf+0x1/0x2\nfreed 3 6 \n");
  ASSERT_EQ(owners.size(), 2u);
  EXPECT_EQ(owners[0].verb, "allocated");
  EXPECT_EQ(owners[0].age_ms, 17u);
  EXPECT_EQ(owners[0].pid, 5u);
  EXPECT_EQ(owners[0].comm, "insmod");
  EXPECT_EQ(owners[0].stack, std::vector<std::string>{"f+0x1/0x2"});
  EXPECT_EQ(owners[1].comm, "");
  EXPECT_THROW((void)parse_owners("freed long ago\n"), std::runtime_error);
}

mini_mm_event event(std::uint16_t kind, std::uint32_t page, std::uint32_t pages, std::uint32_t offset = 0,
                    std::uint32_t cache = 0) {
  mini_mm_event made{};
  made.kind = kind;
  made.page = page;
  made.pages = pages;
  made.offset = offset;
  made.cache = cache;
  return made;
}

TEST(Concerns, a_block_by_any_of_its_pages) {
  const Place place{.page = 4, .pages = 4, .offset = std::nullopt};
  EXPECT_TRUE(concerns(event(MINI_MM_EVENT_PAGE_ALLOC, 4, 4), place));
  EXPECT_TRUE(concerns(event(MINI_MM_EVENT_PAGE_ALLOC, 7, 1), place));
  EXPECT_TRUE(concerns(event(MINI_MM_EVENT_PAGE_SPLIT, 0, 16), place));
  EXPECT_FALSE(concerns(event(MINI_MM_EVENT_PAGE_ALLOC, 8, 4), place));
  EXPECT_FALSE(concerns(event(MINI_MM_EVENT_PAGE_FREE, 3, 1), place));
  EXPECT_TRUE(concerns(event(MINI_MM_EVENT_OBJ_ALLOC, 5, 0, 96, 3), place));
  EXPECT_FALSE(concerns(event(MINI_MM_EVENT_PAGE_FAIL, 4, 4), place));
}

TEST(Concerns, a_merge_is_of_two_buddies) {
  const Place place{.page = 6, .pages = 1, .offset = std::nullopt};
  EXPECT_TRUE(concerns(event(MINI_MM_EVENT_PAGE_MERGE, 4, 2), place));
  EXPECT_FALSE(concerns(event(MINI_MM_EVENT_PAGE_MERGE, 4, 1), place));
}

TEST(Concerns, an_object_by_its_page_and_offset) {
  const Place place{.page = 4, .pages = 1, .offset = 96};
  EXPECT_TRUE(concerns(event(MINI_MM_EVENT_OBJ_ALLOC, 4, 0, 96, 3), place));
  EXPECT_TRUE(concerns(event(MINI_MM_EVENT_REFUSED, 4, 0, 96, 3), place));
  EXPECT_FALSE(concerns(event(MINI_MM_EVENT_OBJ_FREE, 4, 0, 192, 3), place));
  EXPECT_FALSE(concerns(event(MINI_MM_EVENT_OBJ_FREE, 5, 0, 96, 3), place));
  EXPECT_TRUE(concerns(event(MINI_MM_EVENT_SLAB_GROW, 4, 1, 0, 3), place));
  EXPECT_TRUE(concerns(event(MINI_MM_EVENT_PAGE_FREE, 4, 1), place));
  EXPECT_FALSE(concerns(event(MINI_MM_EVENT_PAGE_SPLIT, 4, 2), place));
}

}  // namespace
}  // namespace minimm

/* SPDX-License-Identifier: GPL-2.0 */
#include <gtest/gtest.h>

#include "text/hexdump.hpp"
#include "text/json.hpp"
#include "text/proc_files.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

TEST(TableText, columns_are_as_wide_as_their_widest_cell) {
  Table table({"name", ">count"});
  table.row({"a", "1"});
  table.row({"longer", "1000000"});
  EXPECT_EQ(table.text(),
            "name      count\n"
            "a             1\n"
            "longer  1000000\n");
}

TEST(TableText, no_line_ends_in_blanks) {
  Table table({"a", "b"});
  table.row({"1", ""});
  table.row({"", "22"});
  EXPECT_EQ(table.text(), "a  b\n1\n   22\n");
}

TEST(TableText, headings_may_be_absent) {
  Table table({"", ">"});
  table.row({"pages", "7"});
  EXPECT_EQ(table.text(), "pages  7\n");
}

TEST(TableText, width_counts_characters_not_bytes) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("█│·"), 3u);
  EXPECT_EQ(display_width("\033[34m█\033[0m"), 1u);
}

TEST(HexdumpText, equal_lines_are_collapsed) {
  std::vector<std::uint8_t> bytes(64, 0xa5);
  bytes.push_back('A');
  Hexdump dump(0);
  EXPECT_EQ(dump.lines(bytes),
            "00000000  a5 a5 a5 a5 a5 a5 a5 a5  a5 a5 a5 a5 a5 a5 a5 a5  |................|\n"
            "*\n"
            "00000040  41                                                |A|\n");
  EXPECT_EQ(dump.end(), "00000041\n");
}

TEST(HexdumpText, collapsing_goes_on_over_calls) {
  const std::vector<std::uint8_t> zeros(32);
  Hexdump dump(0x100);
  EXPECT_EQ(dump.lines(zeros), "00000100  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n");
  EXPECT_EQ(dump.lines(zeros), "");
  const std::vector<std::uint8_t> ones(16, 1);
  EXPECT_EQ(dump.lines(ones), "00000140  01 01 01 01 01 01 01 01  01 01 01 01 01 01 01 01  |................|\n");
  EXPECT_EQ(dump.end(), "00000150\n");
}

TEST(JsonText, keeps_the_order_of_members) {
  EXPECT_EQ((Json{{"b", 1u}, {"a", "x"}, {"list", std::vector<std::uint64_t>{1, 2}}, {"yes", true}}.line()),
            R"({"b":1,"a":"x","list":[1,2],"yes":true})");
}

TEST(JsonText, escapes_and_replaces) {
  EXPECT_EQ((Json{{"a", "\"\n\xff"}}.line()), "{\"a\":\"\\\"\\n\xef\xbf\xbd\"}");
  EXPECT_EQ((Json{{"max", ~std::uint64_t{0}}}.line()), R"({"max":18446744073709551615})");
}

TEST(ProcFiles, buddyinfo_has_a_line_an_arena) {
  const auto lines = parse_buddyinfo(
      "Node 0, zone  default      1      0     16 \n"
      "Node 0, zone    small      0      2      0 \n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].arena, "default");
  EXPECT_EQ(lines[0].free_blocks, (std::vector<std::uint64_t>{1, 0, 16}));
  EXPECT_EQ(buddyinfo_table(lines, 4096),
            "arena         free   0   1    2\n"
            "blocks of           4K  8K  16K\n"
            "default    260 KiB   1   0   16\n"
            "small       16 KiB   0   2    0\n");
}

TEST(ProcFiles, slabinfo_may_have_no_cache) {
  const std::string headers =
      "slabinfo - version: 2.1\n"
      "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit>\n";
  EXPECT_TRUE(parse_slabinfo(headers).empty());
  const auto lines = parse_slabinfo(
      headers +
      "small:foo              5     21    192   21    1 : tunables   64   32    8 : slabdata      1      1     12\n");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].depot_magazines, 8u);
  EXPECT_EQ(lines[0].depot_objects, 12u);
  EXPECT_EQ(slabinfo_table(lines, 4096),
            "cache      objects  of  in use   slot  per slab   slab  slabs  active  memory  magazine  batch\n"
            "small:foo        5  21   23.8%  192 B        21  4 KiB      1       1   4 KiB        64     32\n");
}

TEST(ProcFiles, another_format_is_refused_not_guessed) {
  EXPECT_THROW(parse_buddyinfo("Zone 0, node default 1\n"), std::runtime_error);
  EXPECT_THROW(parse_buddyinfo("Node 0, zone default 1 x\n"), std::runtime_error);
  EXPECT_THROW(parse_slabinfo("foo 1 2 3\n"), std::runtime_error);
}

}  // namespace
}  // namespace minimm

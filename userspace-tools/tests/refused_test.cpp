/* SPDX-License-Identifier: GPL-2.0 */
#include "refused.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace minimm {
namespace {

/* All values of enum mini_mm_reason, from the header itself: one that is added is not forgotten here. */
std::set<std::uint32_t> all_reasons() {
  const auto root = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  std::ifstream header(root / "module/include/uapi/mini_mm.h");
  std::ostringstream text;
  text << header.rdbuf();
  const std::string content = text.str();
  const std::regex entry("MINI_MM_WHY_\\w+ = (\\d+)");
  std::set<std::uint32_t> values;
  for (std::sregex_iterator i(content.begin(), content.end(), entry), end; i != end; ++i)
    values.insert(static_cast<std::uint32_t>(std::stoul((*i)[1])));
  return values;
}

TEST(Reasons, cover_every_value_of_the_abi) {
  const std::set<std::uint32_t> reasons = all_reasons();
  EXPECT_GE(reasons.size(), 31u);
  std::set<std::string_view> names;
  for (const std::uint32_t why : reasons) {
    const Reason* reason = find_reason(why);
    ASSERT_NE(reason, nullptr) << why;
    EXPECT_EQ(static_cast<std::uint32_t>(reason->why), why);
    EXPECT_FALSE(reason->words.empty()) << why;
    EXPECT_TRUE(names.insert(reason->name).second) << reason->name << " is there twice";
  }
}

TEST(Reasons, of_a_newer_module_still_give_the_errno) {
  EXPECT_EQ(find_reason(4711), nullptr);
  EXPECT_EQ(Refused(EBUSY, 4711, "page free 1").line(), "page free 1: Device or resource busy (EBUSY)");
}

TEST(RefusedLine, says_what_was_tried_why_and_the_errno) {
  EXPECT_EQ(Refused(EBUSY, MINI_MM_WHY_LIVE, "cache destroy foo", 5).line(),
            "cache destroy foo: still in use, 5 blocks and objects are held; free them first (EBUSY)");
}

TEST(RefusedLine, without_a_reason_has_the_errnos_words) {
  EXPECT_EQ(Refused(ENOTTY, MINI_MM_WHY_NONE, "info").line(), "info: Inappropriate ioctl for device (ENOTTY)");
}

TEST(RefusedLine, of_a_script_begins_with_its_place) {
  Refused refused(ENOENT, MINI_MM_WHY_NO_HANDLE, "page free 1");
  refused.also(Refused(EBADF, MINI_MM_WHY_NOT_PAGES, "page free 2"));
  refused.at("demo.mm:12");
  EXPECT_TRUE(refused.line().starts_with("demo.mm:12: page free 1: no such handle"));
  EXPECT_TRUE(refused.others()[0].line().starts_with("demo.mm:12: page free 2: "));
}

TEST(RefusedLine, as_json_has_stable_fields) {
  EXPECT_EQ(Refused(EMFILE, "name", "words", "tried").json(),
            R"json({"error":"tried: words (EMFILE)","errno":"EMFILE","reason":"name"})json");
}

}  // namespace
}  // namespace minimm

/* SPDX-License-Identifier: GPL-2.0 */
#include "text/owners.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace minimm {
namespace {

[[noreturn]] void misread(const std::string& line) {
  throw std::runtime_error(fmt::format("debugfs has a line of another format: '{}'", line));
}

bool is_octal(char digit) { return digit >= '0' && digit <= '7'; }

/* The kernel writes blanks in names as \040. */
std::string unescaped(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      result += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

/* Entries and their stacks: @parse(line) makes an entry of a line that is no frame. */
template <class Entry, class Parse>
std::vector<Entry> parse_entries(std::string_view text, Parse parse) {
  std::vector<Entry> entries;
  std::istringstream file{std::string(text)};
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with('\t')) {
      entries.push_back(parse(line));
      continue;
    }
    if (entries.empty()) misread(line);
    entries.back().stack.push_back(line.substr(1));
  }
  return entries;
}

OwnerRecord parse_owner(const std::string& line) {
  std::istringstream words(line);
  OwnerRecord record;
  words >> record.verb >> record.age_ms >> record.pid;
  if (!words) misread(line);
  words >> record.comm;
  record.comm = unescaped(record.comm);
  return record;
}

LeakSite parse_site(const std::string& line) {
  std::istringstream words(line);
  std::string oldest, pid;
  LeakSite site;
  words >> site.count >> site.bytes >> oldest >> pid >> site.what;
  if (!words) misread(line);
  if (oldest == "-") return site;
  words >> site.comm;
  site.comm = unescaped(site.comm);
  std::istringstream numbers(oldest + ' ' + pid);
  std::uint64_t age = 0;
  numbers >> age >> site.pid;
  if (!numbers || !numbers.eof()) misread(line);
  site.oldest_ms = age;
  return site;
}

}  // namespace

std::vector<OwnerRecord> parse_owners(std::string_view text) { return parse_entries<OwnerRecord>(text, parse_owner); }

std::vector<LeakSite> parse_leaks(std::string_view text) {
  const std::size_t end = text.find('\n');
  const std::string heading(text.substr(0, end));
  std::istringstream words(heading);
  std::string first;
  if (!(words >> first) || first != "count" || end == std::string_view::npos) misread(heading);
  return parse_entries<LeakSite>(text.substr(end + 1), parse_site);
}

std::string call_site(const std::vector<std::string>& stack) {
  const auto outside =
      std::find_if(stack.begin(), stack.end(), [](const std::string& frame) { return !frame.ends_with("[mini_mm]"); });
  if (stack.empty()) return "-";
  return outside == stack.end() ? stack.back() : *outside;
}

Json as_json(const OwnerRecord& record) {
  return Json{{"event", record.verb},
              {"age_ms", record.age_ms},
              {"pid", record.pid},
              {"comm", record.comm},
              {"stack", as_json(record.stack)}};
}

Json as_json(const std::vector<std::string>& words) {
  Json json = Json::array();
  for (const std::string& word : words) json.add(word);
  return json;
}

}  // namespace minimm

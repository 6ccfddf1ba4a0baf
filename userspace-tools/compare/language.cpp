/* SPDX-License-Identifier: GPL-2.0 */
#include "compare/language.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "text/numbers.hpp"

namespace minimm {

/* What statements work on. */
struct WorkloadFile::Player {
  StreamBuilder& builder;
  struct Traced {
    std::uint32_t slot; /* of the builder */
    std::size_t born;
  };
  std::map<std::uint32_t, Traced> slots; /* of a trace */
  std::size_t rounds = 0;                /* of all repeats */

  bool in_use(const Traced& traced) const {
    return builder.in_use(traced.slot) && builder.born(traced.slot) == traced.born;
  }
};

namespace {

using Player = WorkloadFile::Player;
using Statement = WorkloadFile::Statement;

/* 128 MiB of them. */
constexpr std::size_t kMostOps = 1u << 24;
constexpr std::uint32_t kMostRepeats = 1u << 24;
constexpr std::uint32_t kMostBytes = 1u << 22;
constexpr std::size_t kDeepest = 16;
constexpr std::uint32_t kHighestOrder = 15;

struct Place {
  std::string file;
  std::size_t line;
  std::size_t column;

  [[noreturn]] void complain(const std::string& what) const {
    throw UsageError(fmt::format("{}:{}:{}: {}", file, line, column, what));
  }
};

struct Token {
  std::string text; /* "\n" ends a statement, "" the file */
  Place place;

  bool ends() const { return text == "\n" || text.empty() || text == "}"; }
  std::string shown() const {
    if (text.empty()) return "the end of the file";
    return text == "\n" ? "the end of the line" : fmt::format("'{}'", text);
  }
};

std::vector<Token> tokens_of(const std::string& file, std::string_view text) {
  std::vector<Token> tokens;
  std::size_t line = 1;
  std::size_t start = 0; /* of the line */
  for (std::size_t i = 0; i < text.size();) {
    const Place place{file, line, i - start + 1};
    const char c = text[i];
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (c == '\n') {
      tokens.push_back({"\n", place});
      start = ++i;
      line++;
    } else if (c == ';') {
      tokens.push_back({"\n", place});
      i++;
    } else if (c == '{' || c == '}') {
      tokens.push_back({std::string(1, c), place});
      i++;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      i++;
    } else {
      const std::size_t end = std::min(text.find_first_of(" \t\r\n;{}#", i), text.size());
      tokens.push_back({std::string(text.substr(i, end - i)), place});
      i = end;
    }
  }
  tokens.push_back({"", {file, line, text.size() - start + 1}});
  return tokens;
}

struct Range {
  std::uint32_t low;
  std::uint32_t high;

  std::uint32_t pick(Random& random) const { return low + random.below(high - low + 1); }
};

/* How much: of the arena, of what lives, or a number. */
struct Amount {
  std::uint64_t number;
  bool percent;

  std::uint64_t of(std::uint64_t whole) const { return percent ? whole * number / 100 : number; }
};

void limit(const StreamBuilder& builder, const Place& place) {
  if (builder.ops() >= kMostOps) place.complain(fmt::format("more than {} operations", kMostOps));
}

class Parser {
 public:
  Parser(const std::string& file, std::string_view text) : tokens_(tokens_of(file, text)) {}

  std::vector<Statement> file() {
    std::vector<Statement> statements = block();
    if (!look().text.empty()) look().place.complain("a '}' without its '{'");
    return statements;
  }

  std::optional<std::uint64_t> seed;
  std::vector<StreamCache> caches;
  bool kmalloc = false;
  bool measures = false;

 private:
  const Token& look() const { return tokens_[at_]; }
  const Token& take() { return look().text.empty() ? tokens_[at_] : tokens_[at_++]; }
  bool take_if(std::string_view word) {
    if (look().text != word) return false;
    at_++;
    return true;
  }

  [[noreturn]] void expected(const std::string& what) const {
    look().place.complain(fmt::format("expected {}, found {}", what, look().shown()));
  }
  void expect(std::string_view word) {
    if (!take_if(word)) expected(fmt::format("'{}'", word));
  }

  std::uint64_t number_in(std::string_view text, const std::string& what, std::uint64_t max, bool size) const {
    try {
      return size ? parse_size(text, max) : parse_number(text, max);
    } catch (const UsageError&) {
      expected(fmt::format("{} up to {}", what, max));
    }
  }
  std::uint32_t number(const std::string& what, std::uint32_t max) {
    const auto value = static_cast<std::uint32_t>(number_in(look().text, what, max, false));
    take();
    return value;
  }
  /* N or N..M */
  Range range(const std::string& what, std::uint32_t min, std::uint32_t max, bool size) {
    const std::string& text = look().text;
    const std::size_t dots = text.find("..");
    const auto low = static_cast<std::uint32_t>(number_in(text.substr(0, dots), what, max, size));
    const auto high =
        dots == std::string::npos ? low : static_cast<std::uint32_t>(number_in(text.substr(dots + 2), what, max, size));
    if (low < min) expected(fmt::format("{} from {} up", what, min));
    if (high < low) expected(fmt::format("{} in ascending order", what));
    take();
    return {low, high};
  }
  Amount amount(const std::string& what, std::uint64_t max, bool size) {
    const std::string& text = look().text;
    const bool percent = text.ends_with('%');
    const std::uint64_t value =
        percent ? number_in(std::string_view(text).substr(0, text.size() - 1), "a percentage", 100, false)
                : number_in(text, what, max, size);
    take();
    return {value, percent};
  }

  std::vector<Statement> block() {
    std::vector<Statement> statements;
    for (;;) {
      while (take_if("\n")) {
      }
      if (look().text.empty() || look().text == "}") return statements;
      if (Statement parsed = statement()) statements.push_back(std::move(parsed));
      if (!look().ends()) expected("the end of the line");
    }
  }

  Statement statement() {
    const Token& first = take();
    if (first.text == "seed") return parse_seed(first.place), nullptr;
    if (first.text == "cache") return parse_cache(), nullptr;
    if (first.text == "measure") return parse_measure();
    if (first.text == "fill") return parse_fill();
    if (first.text == "alloc") return parse_alloc();
    if (first.text == "free") return parse_free();
    if (first.text == "repeat") return parse_repeat();
    if (first.text == "a") return parse_trace_alloc();
    if (first.text == "f") return parse_trace_free();
    first.place.complain(fmt::format(
        "expected a statement (seed, cache, measure, fill, alloc, free, repeat, a, f), found {}", first.shown()));
  }

  void parse_seed(const Place& place) {
    if (seed) place.complain("a file has one seed");
    seed = number_in(look().text, "a number", ~std::uint64_t{0}, false);
    take();
  }

  void parse_cache() {
    if (look().ends()) expected("a name");
    const Token name = take();
    if (names_.contains(name.text)) name.place.complain(fmt::format("a cache '{}' is there already", name.text));
    if (caches.size() == MINI_MM_REPLAY_CACHES_MAX)
      name.place.complain(fmt::format("a workload has {} caches at most", MINI_MM_REPLAY_CACHES_MAX));
    names_[name.text] = static_cast<std::uint32_t>(caches.size());
    const std::uint32_t size = range("a size", MINI_MM_OBJECT_SIZE_MIN, MINI_MM_OBJECT_SIZE_MAX, true).low;
    StreamCache cache{size};
    if (take_if("align")) cache.align = number("an alignment", 4096);
    const Place place = look().place;
    if (take_if("constructor")) cache.construct = take_if("each-time") ? Construct::each_time : Construct::once;
    if (cache.construct != Construct::never && size < MINI_MM_REPLAY_CONSTRUCTED)
      place.complain(fmt::format("objects with a constructor have {} bytes at least", MINI_MM_REPLAY_CONSTRUCTED));
    caches.push_back(cache);
  }

  Statement parse_measure() {
    const bool off = take_if("off");
    measures = true;
    return [off](Player& player) { player.builder.measure(!off); };
  }

  /* pages order N[..M] [movable|reclaimable], object CACHE, kmalloc N[..M] */
  using What = std::function<std::uint32_t(Player&)>;
  What what() {
    const Place place = look().place;
    if (take_if("pages") || take_if("page")) {
      take_if("order");
      return pages(place);
    }
    if (take_if("object")) {
      const auto found = names_.find(look().text);
      if (found == names_.end()) expected("the name of a cache that is above");
      take();
      return [cache = found->second](Player& player) { return player.builder.object(cache); };
    }
    if (take_if("kmalloc")) {
      const Range bytes = range("bytes", 1, kMostBytes, true);
      kmalloc = true;
      return [bytes](Player& player) { return player.builder.kmalloc(bytes.pick(player.builder.random())); };
    }
    expected("what to allocate (pages, object, kmalloc)");
  }

  What pages(const Place& place) {
    const Range orders = range("an order", 0, kHighestOrder, false);
    const mini_mm_replay_mobility mobility = take_if("movable")       ? MINI_MM_REPLAY_MOVABLE
                                             : take_if("reclaimable") ? MINI_MM_REPLAY_RECLAIMABLE
                                                                      : MINI_MM_REPLAY_UNMOVABLE;
    return [place, orders, mobility](Player& player) {
      StreamBuilder& builder = player.builder;
      if (orders.high > builder.ground().max_order)
        place.complain(fmt::format("the arena's highest order is {}", builder.ground().max_order));
      return builder.pages(orders.pick(builder.random()), mobility);
    };
  }

  Statement parse_fill() {
    const Place place = look().place;
    const What some = what();
    expect("until");
    const Amount target = amount("bytes or a percentage", ~std::uint64_t{0} >> 1, true);
    return [place, some, target](Player& player) {
      const std::uint64_t bytes = target.of(player.builder.ground().bytes());
      while (player.builder.live_bytes() < bytes) {
        limit(player.builder, place);
        some(player);
      }
    };
  }

  Statement parse_alloc() {
    const Place place = look().place;
    const What some = what();
    const std::uint32_t times = take_if("times") ? number("how many times", kMostRepeats) : 1;
    return [place, some, times](Player& player) {
      for (std::uint32_t i = 0; i < times; i++) {
        limit(player.builder, place);
        some(player);
      }
    };
  }

  Statement parse_free() {
    const Place place = look().place;
    if (take_if("all")) return free_some(place, {100, true}, &StreamBuilder::free_last);
    if (take_if("last")) {
      const Amount blocks = look().ends() ? Amount{1, false} : amount("how many blocks", kMostRepeats, false);
      return free_some(place, blocks, &StreamBuilder::free_last);
    }
    if (!take_if("random")) expected("which blocks (random, last, all)");
    return free_some(place, amount("how many blocks or a percentage", kMostRepeats, false),
                     &StreamBuilder::free_random);
  }

  static Statement free_some(const Place& place, const Amount& blocks, void (StreamBuilder::*which)()) {
    return [place, blocks, which](Player& player) {
      for (std::uint64_t left = std::min<std::uint64_t>(blocks.of(player.builder.live()), player.builder.live());
           left != 0; left--) {
        limit(player.builder, place);
        (player.builder.*which)();
      }
    };
  }

  Statement parse_repeat() {
    const Place place = look().place;
    const std::uint32_t times = number("how many times", kMostRepeats);
    expect("{");
    if (++depth_ > kDeepest) place.complain(fmt::format("more than {} repeats inside one another", kDeepest));
    auto body = std::make_shared<std::vector<Statement>>(block());
    if (!take_if("}")) expected("'}'");
    depth_--;
    return [place, times, body](Player& player) {
      for (std::uint32_t i = 0; i < times; i++) {
        if (++player.rounds > kMostOps) place.complain(fmt::format("more than {} rounds", kMostOps));
        for (const Statement& inner : *body) inner(player);
      }
    };
  }

  Statement parse_trace_alloc() {
    const Place place = look().place;
    const std::uint32_t slot = number("a slot", MINI_MM_REPLAY_SLOTS_MAX - 1);
    const What some = what();
    return [place, slot, some](Player& player) {
      limit(player.builder, place);
      const auto found = player.slots.find(slot);
      if (found != player.slots.end() && player.in_use(found->second))
        place.complain(fmt::format("slot {} is in use", slot));
      const std::uint32_t taken = some(player);
      player.slots[slot] = {taken, player.builder.born(taken)};
    };
  }

  Statement parse_trace_free() {
    const Place place = look().place;
    const std::uint32_t slot = number("a slot", MINI_MM_REPLAY_SLOTS_MAX - 1);
    return [place, slot](Player& player) {
      limit(player.builder, place);
      const auto found = player.slots.find(slot);
      if (found == player.slots.end() || !player.in_use(found->second))
        place.complain(fmt::format("slot {} is empty", slot));
      player.builder.free_slot(found->second.slot);
      player.slots.erase(found);
    };
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;                                   /* of repeats */
  std::map<std::string, std::uint32_t, std::less<>> names_; /* of caches */
};

}  // namespace

WorkloadFile::WorkloadFile(std::string name, std::string_view text) : name_(std::move(name)) {
  Parser parser(name_, text);
  statements_ = parser.file();
  seed_ = parser.seed;
  caches_ = parser.caches;
  objects_ = parser.kmalloc || !caches_.empty();
  measures_ = parser.measures;
}

Stream WorkloadFile::make(const Ground& ground) const {
  StreamBuilder builder(ground);
  for (const StreamCache& cache : caches_) builder.add_cache(cache);
  builder.measure(!measures_);
  Player player{builder, {}};
  for (const Statement& statement : statements_) statement(player);
  Stream stream = builder.take();
  if (stream.ops.empty()) throw UsageError(fmt::format("{}: nothing is allocated in it", name_));
  return stream;
}

}  // namespace minimm

/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "commands/commands.hpp"
#include "commands/debugfs.hpp"
#include "commands/names.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

constexpr std::uint64_t kNsPerMs = 1'000'000;

/* A line of the report. */
struct Held {
  std::string arena;
  std::string what; /* a cache, or pages of an order, or kmalloc or vmalloc */
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> oldest_ns;
  std::uint64_t pid = 0;
  std::string comm;
  std::string where;
  std::vector<std::string> stack; /* of kernel modules */
  bool by_client = false;
};

std::string pages_text(std::uint64_t order) { return fmt::format("pages,order={}", order); }

std::string what_of(const mini_mm_handle_info& info, Names& names) {
  if (info.cache != 0) {
    const std::string& full = names.cache(info.cache);
    return full.substr(full.find(':') + 1);
  }
  if (info.kind == MINI_MM_KIND_PAGES) return pages_text(info.order);
  return info.kind == MINI_MM_KIND_KMALLOC ? "kmalloc" : "vmalloc";
}

struct Leaks {
  std::string arena;

  void run(Session& session) const {
    const Device& device = session.device();
    const std::vector<mini_mm_arena_info> arenas =
        arena.empty() ? device.arenas() : std::vector<mini_mm_arena_info>{device.arena(arena)};
    Names names(device);
    std::vector<Held> held = by_clients(device, names);
    std::string why;
    for (const mini_mm_arena_info& info : arenas) {
      const std::string name(name_in(info.name));
      for (const LeakSite& site : read_leaks(name, &why).value_or(std::vector<LeakSite>{})) add_site(held, name, site);
    }
    std::stable_sort(held.begin(), held.end(), [](const Held& a, const Held& b) { return a.bytes > b.bytes; });
    if (session.json) return show_json(held, why);
    show_table(held);
    if (!why.empty()) Session::note(why);
  }

 private:
  /* What this process may see of handles, grouped by who has them. */
  std::vector<Held> by_clients(const Device& device, Names& names) const {
    std::map<std::tuple<std::string, std::string, std::string, std::uint32_t>, Held> groups;
    for (const mini_mm_handle_info& info : device.handles()) {
      const std::string in = names.arena(info.arena);
      if (!arena.empty() && in != arena) continue;
      const std::string comm(name_in(info.comm));
      const std::string what = what_of(info, names);
      Held& group = groups[{in, what, comm, info.pid}];
      group = {.arena = in,
               .what = what,
               .count = group.count + 1,
               .bytes = group.bytes + info.size,
               .oldest_ns = std::max(group.oldest_ns.value_or(0), std::uint64_t{info.age_ns}),
               .pid = info.pid,
               .comm = comm,
               .where = "/dev/mini_mm",
               .stack = {},
               .by_client = true};
    }
    std::vector<Held> held;
    held.reserve(groups.size());
    for (auto& [key, group] : groups) held.push_back(std::move(group));
    return held;
  }

  /* What was allocated without debug U may be a client's: what its handles account for is left out. */
  static void add_site(std::vector<Held>& held, const std::string& name, const LeakSite& site) {
    Held more{.arena = name,
              .what = site.what,
              .count = site.count,
              .bytes = site.bytes,
              .oldest_ns = std::nullopt,
              .pid = site.pid,
              .comm = site.comm,
              .where = call_site(site.stack),
              .stack = site.stack,
              .by_client = false};
    if (site.oldest_ms) {
      more.oldest_ns = *site.oldest_ms * kNsPerMs;
    } else {
      const std::uint64_t each = site.bytes / std::max<std::uint64_t>(site.count, 1);
      for (const Held& other : held)
        if (other.by_client && other.arena == name && other.what == site.what)
          more.count -= std::min(more.count, other.count);
      more.bytes = more.count * each;
      more.where = "unknown without debug U";
    }
    if (more.count != 0) held.push_back(std::move(more));
  }

  static void show_table(const std::vector<Held>& held) {
    Table table({">count", ">bytes", ">oldest", "arena", "what", "who", "where"});
    for (const Held& group : held)
      table.row({std::to_string(group.count), size_text(group.bytes),
                 group.oldest_ns ? age_text(*group.oldest_ns) : "-", group.arena, group.what,
                 group.oldest_ns ? fmt::format("{} ({})", group.comm, group.pid) : "-", group.where});
    Session::show(table.text());
  }

  static void show_json(const std::vector<Held>& held, const std::string& why) {
    Json list = Json::array();
    for (const Held& group : held) {
      Json json{{"arena", group.arena},
                {"what", group.what},
                {"count", group.count},
                {"bytes", group.bytes},
                {"by", group.by_client ? "client" : "kernel"}};
      if (group.oldest_ns) {
        json.add("oldest_ns", *group.oldest_ns);
        json.add("pid", group.pid);
        json.add("comm", group.comm);
      }
      if (!group.by_client) json.add("stack", as_json(group.stack));
      list.add(json);
    }
    Json document{{"held", list}};
    if (!why.empty()) document.add("note", why);
    Session::show(document);
  }
};

}  // namespace

void add_leaks(Command root) {
  auto [command, leaks] = root.leaf<Leaks>("leaks", "what is held, by whom and from where, the most bytes first");
  command.option("--arena", "ARENA", leaks.arena, "of one arena only");
  command.footer(
      "What kernel modules hold is shown to root only, and by call site where it was allocated with debug U.\n"
      "Example: minimm arena create t --size 1M --debug U && minimm page alloc --order 0 --arena t && minimm leaks "
      "--arena t");
}

}  // namespace minimm

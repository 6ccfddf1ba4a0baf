/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include "commands/commands.hpp"
#include "commands/names.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

std::string kind_of(const mini_mm_handle_info& info) {
  switch (info.kind) {
    case MINI_MM_KIND_PAGES:
      return "pages";
    case MINI_MM_KIND_OBJECT:
      return "object";
    case MINI_MM_KIND_KMALLOC:
      return "kmalloc";
    case MINI_MM_KIND_VMALLOC:
      return "vmalloc";
    default:
      return fmt::format("kind {}", info.kind);
  }
}

struct Handles {
  void run(Session& session) const {
    Names names(session.device());
    Json list = Json::array();
    Table table({">handle", "kind", ">size", "arena", "cache", ">page", ">offset", "owner", ">age", ">mapped", "kept"});
    for (const mini_mm_handle_info& info : session.device().handles()) {
      const bool pages = info.kind == MINI_MM_KIND_PAGES;
      if (session.json) {
        list.add(as_json(info, names));
        continue;
      }
      table.row({std::to_string(info.handle), pages ? fmt::format("pages, order {}", info.order) : kind_of(info),
                 size_text(info.size), names.arena(info.arena), info.cache != 0 ? names.cache(info.cache) : "-",
                 std::to_string(info.page), pages ? "-" : std::to_string(info.offset),
                 fmt::format("{} ({})", name_in(info.comm), info.pid), age_text(info.age_ns),
                 std::to_string(info.mapped), (info.flags & MINI_MM_KEEP) != 0 ? "yes" : "no"});
    }
    if (session.json) return Session::show(Json{{"handles", list}});
    Session::show(table.text());
  }

  static Json as_json(const mini_mm_handle_info& info, Names& names) {
    Json json{{"handle", info.handle},      {"kind", kind_of(info)},
              {"size", info.size},          {"arena", names.arena(info.arena)},
              {"page", info.page},          {"pid", info.pid},
              {"comm", name_in(info.comm)}, {"age_ns", info.age_ns},
              {"mapped", info.mapped},      {"keep", (info.flags & MINI_MM_KEEP) != 0}};
    if (info.cache != 0) json.add("cache", names.cache(info.cache));
    if (info.kind == MINI_MM_KIND_PAGES)
      json.add("order", info.order);
    else
      json.add("offset", info.offset);
    return json;
  }
};

}  // namespace

void add_handles(Command root) {
  root.leaf<Handles>("handles", "what is held: by whom, where, for how long (other open files' own are not shown)");
}

}  // namespace minimm

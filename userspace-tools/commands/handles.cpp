/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include "commands/commands.hpp"
#include "commands/names.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

struct Handles {
  void run(Session& session) const {
    Names names(session.device());
    Json list = Json::array();
    Table table({">handle", "kind", ">size", "arena", "cache", ">page", ">offset", "owner", ">age", ">mapped", "kept"});
    for (const mini_mm_handle_info& info : session.device().handles()) {
      const bool object = info.kind == MINI_MM_KIND_OBJECT;
      if (session.json) {
        list.add(as_json(info, names));
        continue;
      }
      table.row({std::to_string(info.handle), object ? "object" : fmt::format("pages, order {}", info.order),
                 size_text(info.size), names.arena(info.arena), object ? names.cache(info.cache) : "-",
                 std::to_string(info.page), object ? std::to_string(info.offset) : "-",
                 fmt::format("{} ({})", name_in(info.comm), info.pid), age_text(info.age_ns),
                 std::to_string(info.mapped), (info.flags & MINI_MM_KEEP) != 0 ? "yes" : "no"});
    }
    if (session.json) return Session::show(Json{{"handles", list}});
    Session::show(table.text());
  }

  static Json as_json(const mini_mm_handle_info& info, Names& names) {
    const bool object = info.kind == MINI_MM_KIND_OBJECT;
    Json json{{"handle", info.handle},      {"kind", object ? "object" : "pages"},
              {"size", info.size},          {"arena", names.arena(info.arena)},
              {"page", info.page},          {"pid", info.pid},
              {"comm", name_in(info.comm)}, {"age_ns", info.age_ns},
              {"mapped", info.mapped},      {"keep", (info.flags & MINI_MM_KEEP) != 0}};
    if (object) {
      json.add("cache", names.cache(info.cache));
      json.add("offset", info.offset);
    } else {
      json.add("order", info.order);
    }
    return json;
  }
};

}  // namespace

void add_handles(Command root) {
  root.leaf<Handles>("handles", "what is held: by whom, where, for how long (other open files' own are not shown)");
}

}  // namespace minimm

/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include "commands/commands.hpp"
#include "text/table.hpp"
#include "version.hpp"

namespace minimm {
namespace {

struct Info {
  void run(Session& session) const {
    const mini_mm_info info = session.device().info();
    const std::uint64_t pages = info.region_bytes / info.page_size;
    const double metadata_a_page =
        pages == 0 ? 0.0 : static_cast<double>(info.metadata_bytes) / static_cast<double>(pages);
    const std::string module_version(name_in(info.version));
    if (session.json)
      return Session::show(Json{{"module_version", module_version},
                                {"minimm_version", kVersion},
                                {"abi_version", info.abi_version},
                                {"page_size", info.page_size},
                                {"arenas", info.arenas},
                                {"caches", info.caches},
                                {"handles", info.handles},
                                {"clients", info.clients},
                                {"region_bytes", info.region_bytes},
                                {"metadata_bytes", info.metadata_bytes},
                                {"metadata_bytes_per_page", metadata_a_page},
                                {"max_region_mb", info.max_region_mb},
                                {"total_mb", info.total_mb},
                                {"client_handles", info.client_handles},
                                {"client_caches", info.client_caches},
                                {"client_arenas", info.client_arenas},
                                {"client_bytes", std::uint64_t{info.client_bytes}},
                                {"page_engines", name_in(info.page_engines)},
                                {"placements", name_in(info.placements)},
                                {"object_engines", name_in(info.object_engines)}});
    Table table({"", ""});
    table.row({"module", fmt::format("{} (ABI {}), minimm {}", module_version, info.abi_version, kVersion)});
    const std::string limit = info.max_region_mb == 0 ? "" : fmt::format("; one may have {} MiB", info.max_region_mb);
    table.row({"arenas", fmt::format("{}, {} in all{}", info.arenas, size_text(info.region_bytes), limit)});
    table.row({"pages", fmt::format("{} of {}", pages, size_text(info.page_size))});
    table.row({"metadata", fmt::format("{}, {:.1f} bytes a page ({:.2f}%)", size_text(info.metadata_bytes),
                                       metadata_a_page, 100 * metadata_a_page / info.page_size)});
    table.row({"caches", std::to_string(info.caches)});
    table.row({"handles", std::to_string(info.handles)});
    table.row({"open files", std::to_string(info.clients)});
    table.row({"limits", fmt::format("all arenas together {} MiB; an open file {} handles, {} caches, {} arenas, {}",
                                     info.total_mb, info.client_handles, info.client_caches, info.client_arenas,
                                     size_text(info.client_bytes))});
    table.row({"page engines", std::string(name_in(info.page_engines))});
    table.row({"placements", std::string(name_in(info.placements))});
    table.row({"object engines", std::string(name_in(info.object_engines))});
    Session::show(table.text());
  }
};

}  // namespace

void add_info(Command root) { root.leaf<Info>("info", "the module, and what it holds in all"); }

}  // namespace minimm

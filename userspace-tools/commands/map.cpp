/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include <bit>
#include <map>

#include "commands/commands.hpp"
#include "terminal.hpp"
#include "text/map_picture.hpp"

namespace minimm {
namespace {

struct Map {
  std::string arena = "default";

  void run(Session& session) const {
    const Device& device = session.device();
    const mini_mm_arena_info info = device.arena(arena);
    MapRegion region;
    region.arena = arena;
    region.pages = info.pages;
    region.page_size = device.info().page_size;
    for (const mini_mm_cache_info& cache : device.caches())
      if (cache.arena == info.id)
        region.caches.push_back({cache.id, std::string(name_in(cache.name)), cache.object_size, cache.objects_per_slab,
                                 cache.pages_per_slab});
    region.caches.push_back({0, "slab descriptors", 0, 0, 0});
    region.blocks = device.map(info);
    region.holders = holders(device, info.id, region.page_size, region.blocks);
    if (session.json) return Session::show(as_json(region));
    Session::show(draw_map(region, {terminal_columns(), 16, terminal_has_unicode(), terminal_has_colours()}));
  }

  struct PagesOf {
    std::uint64_t blocks = 0;
    std::uint64_t pages = 0;
  };

  /* The page blocks behind a handle; none behind what is in a cache. */
  static PagesOf pages_of(const mini_mm_handle_info& handle, std::uint64_t page_size) {
    const std::uint64_t pages = (handle.size + page_size - 1) / page_size;
    /* A run of pages is one handle, and as many blocks as it takes powers of two. */
    if (handle.kind == MINI_MM_KIND_PAGES) return {static_cast<std::uint64_t>(std::popcount(pages)), pages};
    if (handle.kind == MINI_MM_KIND_VMALLOC) return {pages, pages};
    if (handle.kind == MINI_MM_KIND_KMALLOC && handle.cache == 0) return {1, std::bit_ceil(pages)};
    return {};
  }

  /* The owners of those blocks whose handles we may see; the rest is others' or the kernel's. */
  static std::vector<MapHolder> holders(const Device& device, std::uint32_t arena, std::uint64_t page_size,
                                        const std::vector<mini_mm_block>& blocks) {
    std::map<std::string, MapHolder> by_name;
    MapHolder rest{"other open files, or the kernel", 0, 0};
    for (const mini_mm_block& block : blocks) {
      if (block.kind != MINI_MM_KIND_PAGES) continue;
      rest.blocks++;
      rest.pages += std::uint64_t{1} << block.order;
    }
    for (const mini_mm_handle_info& handle : device.handles()) {
      const PagesOf held = pages_of(handle, page_size);
      if (handle.arena != arena || held.pages == 0 || rest.blocks < held.blocks) continue;
      MapHolder& holder = by_name[std::string(name_in(handle.comm))];
      holder.blocks += held.blocks;
      holder.pages += held.pages;
      rest.blocks -= held.blocks;
      rest.pages -= std::min(rest.pages, held.pages);
    }
    std::vector<MapHolder> result;
    for (auto& [name, holder] : by_name) {
      holder.who = name;
      result.push_back(holder);
    }
    if (rest.pages != 0) result.push_back(rest);
    return result;
  }

  static Json as_json(const MapRegion& region) {
    Json blocks = Json::array();
    for (const mini_mm_block& block : region.blocks) {
      Json json{{"page", block.page}, {"order", block.order}};
      if (block.kind == MINI_MM_KIND_SLAB) {
        json.add("kind", "slab");
        json.add("cache", cache_name(region, block.cache));
        json.add("objects_in_use", block.in_use);
      } else {
        json.add("kind", block.kind == MINI_MM_KIND_FREE       ? "free"
                         : block.kind == MINI_MM_KIND_CACHED   ? "cached"
                         : block.kind == MINI_MM_KIND_ISOLATED ? "isolated"
                                                               : "pages");
      }
      blocks.add(json);
    }
    Json holders = Json::array();
    for (const MapHolder& holder : region.holders)
      holders.add(Json{{"who", holder.who}, {"blocks", holder.blocks}, {"pages", holder.pages}});
    return {{"arena", region.arena},
            {"pages", region.pages},
            {"page_size", region.page_size},
            {"blocks", blocks},
            {"holders", holders}};
  }

  static std::string cache_name(const MapRegion& region, std::uint32_t id) {
    for (const MapCache& cache : region.caches)
      if (cache.id == id) return cache.name;
    return fmt::format("#{}", id);
  }
};

}  // namespace

void add_map(Command root) {
  auto [command, map] = root.leaf<Map>("map", "an arena's memory as a picture: what is free, and who holds the rest");
  command.option("--arena", "ARENA", map.arena, "which; 'default' if not given");
}

}  // namespace minimm

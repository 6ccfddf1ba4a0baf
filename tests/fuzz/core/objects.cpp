// SPDX-License-Identifier: GPL-2.0
/* Caches of all engines with all checks, and their objects. */
#include <cstring>

#include "session.hpp"

namespace mini_mm::fuzz {
namespace {

constexpr std::uint64_t kConstructed = 0x5ca1ab1e0ddba11ull;

void construct(void* object) { std::memcpy(object, &kConstructed, sizeof(kConstructed)); }

bool is_constructed(const void* object) { return std::memcmp(object, &kConstructed, sizeof(kConstructed)) == 0; }

mini_core_cache_request chosen_request(Input& input, std::uint32_t id) {
  const std::uint32_t checks = input.byte();
  const std::uint32_t shape = input.byte();
  mini_core_cache_request request{};
  request.engine = mini_core_object_engine_name(input.below(4));
  request.id = id;
  request.size = shape & 1 ? input.byte() * 4 : input.below(9000);
  request.align = shape & 2 ? 1u << input.below(14) : input.below(20) * (shape >> 2 & 1);
  request.slab_pages = shape & 8 ? input.below(10) : 0;
  request.seed = input.word();
  request.management = static_cast<mini_core_management>(shape / 16 % 3);
  request.constructor = checks & 1 ? construct : nullptr;
  request.red_zones = checks & 2;
  request.keep_freed = checks & 32;
  request.poison = checks & 4 && !request.keep_freed;
  request.track = checks & 8;
  request.consistency = checks & 16;
  return request;
}

}  // namespace

void Session::make_cache() {
  std::unique_ptr<mini_cache>& place = caches_[input_.below(kCaches)];
  if (place) return;
  auto cache = std::make_unique<mini_cache>();
  cache->arena = arena_.get();
  cache->request = chosen_request(input_, next_cache_id_++);
  cache->late = cache->request.keep_freed;
  cache->one_size = mini_core_object_engine_largest(cache->request.engine) == 0;
  const std::size_t units =
      (mini_core_cache_bytes(cache->request.engine) + sizeof(std::max_align_t) - 1) / sizeof(std::max_align_t);
  cache->memory = std::make_unique<std::max_align_t[]>(units);
  const int error =
      mini_core_cache_create(cache->memory.get(), arena_->core, cache.get(), &cache->request, &cache->core);
  if (error != 0) {
    require(error == MINI_CORE_BAD_SIZE || error == MINI_CORE_BAD_ALIGNMENT || error == MINI_CORE_TOO_LARGE,
            "a cache of objects of %u bytes is refused: %s", cache->request.size, mini_core_error_text(error));
    return;
  }
  mini_core_cache_read_layout(cache->core, &cache->layout);
  const mini_core_cache_layout& layout = cache->layout;
  require(layout.object_size == cache->request.size && layout.slot_size >= layout.object_size &&
              layout.objects_per_slab > 0 && layout.pages_per_slab > 0 &&
              layout.pages_per_slab <= MINI_CORE_MAX_SLAB_PAGES &&
              layout.slot_size * layout.objects_per_slab <= layout.pages_per_slab * kPageSize,
          "%u objects of %u bytes in %u pages", layout.objects_per_slab, layout.slot_size, layout.pages_per_slab);
  trace("  cache of %s, %u bytes in slabs of %u pages%s%s%s", cache->request.engine, layout.object_size,
        layout.pages_per_slab, layout.off_slab ? ", off slab" : "", cache->request.constructor ? ", constructed" : "",
        cache->late ? ", type-safe" : "");
  place = std::move(cache);
}

mini_cache* Session::a_cache(unsigned& which) {
  which = input_.below(kCaches);
  return caches_[which].get();
}

void Session::end_cache() { end_cache(input_.below(kCaches)); }

void Session::end_cache(unsigned which) {
  if (!caches_[which]) return;
  mini_core_cache* const cache = caches_[which]->core;
  const auto is_its = [&](const Holding& held) {
    return held.kind == Kind::object && held.owner == which && !held.lost;
  };
  while (const Holding* object = held_.pick(0, is_its)) release_object(*object);
  (void)mini_core_cache_shrink(cache, UINT32_MAX);
  mini_core_cache_stats stats;
  mini_core_cache_read_stats(cache, &stats);
  require(damaged_ || (stats.active_objects == 0 && stats.total_objects == 0 && stats.damaged_slabs == 0),
          "all was freed, and cache %u has %lu objects, %lu of them out", which, stats.total_objects,
          stats.active_objects);
  require(damaged_ || caches_[which]->damages == 0, "cache %u says that it was damaged", which);
  /* What is lost is nobody's, and stays out of use. */
  const auto was_its = [&](const Holding& held) { return held.kind == Kind::object && held.owner == which; };
  while (Holding* lost = held_.pick(0, was_its)) lost->owner = kCaches;
  caches_[which].reset();
}

void Session::hold_object(unsigned which, void* object, std::uint32_t size) {
  const mini_cache& cache = *caches_[which];
  const std::uint64_t start = arena_->offset(object);
  std::uint32_t bytes = 0;
  const int error = mini_core_object_size(cache.core, object, &bytes);
  require(error == 0, "an object that was just given out: %s", mini_core_error_text(error));
  require(bytes >= (size ? size : cache.layout.object_size), "%u bytes were asked for, and %u are there", size, bytes);
  require(start < std::uint64_t{arena_->pages} * kPageSize, "an object outside of the region");
  require(start % (cache.layout.align ? cache.layout.align : 1) == 0, "an object at %#lx, not aligned to %u", start,
          cache.layout.align);
  const Holding held{start, bytes, Kind::object, 0, which, ++next_pattern_};
  held_.add(held);
  require(!cache.request.constructor || damaged_ || is_constructed(object), "an object is not constructed");
  if (void* track = mini_core_object_track(cache.core, object)) {
    require(cache.request.track, "a track that nobody asked for");
    std::memset(track, held.pattern, MINI_CORE_TRACK_BYTES);
  } else {
    require(!cache.request.track, "an object has no track");
  }
  fill(held, held.pattern);
}

void Session::allocate_object() {
  unsigned which;
  const mini_cache* const cache = a_cache(which);
  if (!cache) return;
  const std::uint32_t size = input_.bit() ? 0 : input_.below(cache->layout.object_size + 9);
  void* object = nullptr;
  const int error = mini_core_object_alloc(cache->core, size, &object);
  require((size > cache->layout.object_size) == (error == MINI_CORE_TOO_LARGE), "%u bytes of an object of %u: %s", size,
          cache->layout.object_size, mini_core_error_text(error));
  if (error == 0) hold_object(which, object, size);
}

void Session::allocate_objects() {
  unsigned which;
  const mini_cache* const cache = a_cache(which);
  if (!cache) return;
  void* objects[32];
  int error = 0;
  const std::uint32_t wanted = 1 + input_.below(std::size(objects));
  const std::uint32_t found = mini_core_object_alloc_some(cache->core, wanted, objects, &error);
  require(found <= wanted && (found > 0) == (error == 0), "%u objects of %u: %s", found, wanted,
          mini_core_error_text(error));
  for (std::uint32_t i = 0; i < found; ++i) hold_object(which, objects[i], 0);
}

void Session::release_object(const Holding object) {
  const mini_cache& cache = *caches_[object.owner];
  std::byte* const at = arena_->address(object.start);
  check_pattern(object);
  if (cache.request.constructor) construct(at);
  const int error = mini_core_object_free(cache.core, at);
  require(error == 0 || damaged_, "an object of cache %u is not taken back: %s", object.owner,
          mini_core_error_text(error));
  if (error != 0) {
    if (cache.request.constructor) fill(object, object.pattern);
    held_.at(object.start)->lost = true;
    return;
  }
  held_.remove(object.start);
  freed_ = at;
  if (!cache.request.keep_freed) return;
  std::byte expected[2 * MINI_CORE_MAX_OBJECT];
  std::memset(expected, object.pattern, object.bytes);
  if (cache.request.constructor) construct(expected);
  require(std::memcmp(at, expected, object.bytes) == 0, "an object was changed when it was freed");
}

void Session::free_object() {
  const auto is_object = [](const Holding& held) { return held.kind == Kind::object && !held.lost; };
  if (const Holding* object = held_.pick(any_offset(), is_object)) release_object(*object);
}

void Session::free_object_wrongly() {
  unsigned which;
  const mini_cache* const cache = a_cache(which);
  if (!cache) return;
  const auto is_object = [](const Holding& held) { return held.kind == Kind::object; };
  const Holding* const object = held_.pick(any_offset(), is_object);
  std::byte* address = arena_->base + any_offset();
  switch (input_.byte() % 4) {
    case 0: /* of another cache, or twice */
      if (object) address = arena_->address(object->start);
      break;
    case 1:
      if (object) address = arena_->address(object->start + 1 + input_.word() % object->bytes);
      break;
    case 2:
      if (freed_) address = freed_;
      break;
    default:
      if (input_.byte() % 8 == 0) address = reinterpret_cast<std::byte*>(std::uintptr_t{input_.word()} << 32);
      break;
  }
  const Holding* const held = held_.at(arena_->offset(address));
  if (held && held->kind == Kind::object && held->owner == which) return;
  require(mini_core_object_free(cache->core, address) != 0, "cache %u took what is no object of it that is out", which);
}

void Session::ask_about_an_address() {
  unsigned which;
  const mini_cache* const cache = a_cache(which);
  const std::uint64_t offset = any_offset();
  require(mini_core_block_of(arena_->core, static_cast<std::uint32_t>(offset / kPageSize)) <= offset / kPageSize,
          "a block starts behind its page");
  (void)mini_core_pageblock_type(arena_->core, static_cast<std::uint32_t>(offset / kPageSize));
  if (!cache) return;
  std::uint32_t bytes;
  (void)mini_core_object_track(cache->core, arena_->address(offset));
  const Holding* const held = held_.at(offset);
  const bool is_out = held && held->kind == Kind::object && held->owner == which;
  require((mini_core_object_size(cache->core, arena_->address(offset), &bytes) == 0) == is_out || damaged_,
          "cache %u is wrong about the object at %#lx", which, offset);
}

void Session::shrink() {
  unsigned which;
  if (const mini_cache* cache = a_cache(which))
    (void)mini_core_cache_shrink(cache->core, input_.bit() ? UINT32_MAX : input_.below(4));
}

void Session::validate() {
  unsigned which;
  const mini_cache* const cache = a_cache(which);
  if (!cache) return;
  const std::uint32_t reports = mini_core_cache_validate(cache->core);
  require(reports == 0 || damaged_, "a validation has %u reports", reports);
}

}  // namespace mini_mm::fuzz

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Red zones and poison: how a stray write to an object's surroundings, or to a freed object, is seen
 * (Linux' slub_debug=ZP). Independent of the engine that hands the objects out.
 *
 *      | left red zone | object | right red zone | track | behind |      one slot
 *
 * The zones hold one byte while the object is free and another while it is out; a freed object is filled
 * with poison, its last byte a mark of its own. Each area is held against what it should be when the object
 * changes hands; what differs is reported once, and mended. Objects with a constructor stay constructed, so
 * they are not poisoned. Behind the zones is room for two things that the guard knows nothing of: a track, in which
 * somebody else notes who had the object, and what the engine has to keep out of the object.
 * The caller holds the lock of the cache.
 */
#pragma once

#include "platform.hpp"

namespace mini_mm {

/* What a cache is asked to check in its objects. */
struct ObjectChecks {
  bool red_zones = false;
  bool poison = false;
  bool track = false;       /* room for kTrackBytes in each slot */
  bool consistency = false; /* the engine's own bookkeeping, where looking at it costs more than O(1) */
};

class ObjectGuard {
 public:
  static constexpr std::uint32_t kMinZone = 8;
  /* The kernel's own bytes, so that a dump reads the same. */
  static constexpr std::uint8_t kZoneOfFree = 0xbb;
  static constexpr std::uint8_t kZoneInUse = 0xcc;
  static constexpr std::uint8_t kPoison = 0x6b;
  static constexpr std::uint8_t kPoisonEnd = 0xa5;

  static constexpr std::uint32_t kTrackBytes = 80;

  ObjectGuard() = default;

  /*
   * For objects of @size bytes, aligned to @align (a power of two, at least kMinZone), with @behind bytes (a
   * multiple of 8) for the engine. A slot is a multiple of @granule, which @align is unless slots are aligned
   * one by one.
   */
  ObjectGuard(ObjectChecks checks, std::uint32_t size, std::uint32_t align, std::uint32_t behind, std::uint32_t granule)
      : checks_(checks),
        size_(size),
        left_(checks.red_zones ? align : 0),
        extra_((checks.track ? kTrackBytes : 0) + behind),
        slot_(static_cast<std::uint32_t>(round_up(size + around(checks, align, behind), granule))) {}
  ObjectGuard(ObjectChecks checks, std::uint32_t size, std::uint32_t align, std::uint32_t behind = 0)
      : ObjectGuard(checks, size, align, behind, align) {}

  /* What a slot has beside its object, at least. */
  static constexpr std::uint32_t around(ObjectChecks checks, std::uint32_t align, std::uint32_t behind = 0) {
    return (checks.red_zones ? align + kMinZone : 0) + (checks.track ? kTrackBytes : 0) + behind;
  }

  std::uint32_t size() const { return size_; }
  std::uint32_t slot_size() const { return slot_; }
  /* From the start of a slot to its object. */
  std::uint32_t object_offset() const { return left_; }
  /* From the start of an object to what the engine keeps behind it. */
  std::uint32_t behind_offset() const { return end_of_zones() + (checks_.track ? kTrackBytes : 0); }
  bool active() const { return checks_.red_zones || checks_.poison; }
  bool poisons() const { return checks_.poison; }

  /* Where the object's track is, or null. All zeros after start(). */
  std::byte* track_at(std::byte* object) const { return checks_.track ? object + end_of_zones() : nullptr; }

  /* An object of a new slab. */
  void start(std::byte* object) const {
    make_free(object);
    if (checks_.track) __builtin_memset(track_at(object), 0, kTrackBytes);
  }

  /* An object that was freed and found whole. */
  void make_free(std::byte* object) const {
    fill_zones(object, kZoneOfFree);
    if (!checks_.poison) return;
    __builtin_memset(object, kPoison, size_ - 1);
    object[size_ - 1] = std::byte{kPoisonEnd};
  }

  void make_in_use(std::byte* object) const { fill_zones(object, kZoneInUse); }

  /* The same for memory that is free and belongs to no object. */
  static void fill_free(std::byte* memory, std::uint32_t bytes) { __builtin_memset(memory, kPoison, bytes); }
  template <class Report>
  static std::uint32_t check_filled(std::byte* memory, std::uint32_t bytes, Report report) {
    if (!differs(memory, 0, bytes, kPoison, DamageKind::poison, report)) return 0;
    fill_free(memory, bytes);
    return 1;
  }

  /*
   * Calls @report(kind, offset from the object's start, the byte found there) for each area that is not as a free
   * object's should be: at most three. Mends them. Returns how many.
   */
  template <class Report>
  std::uint32_t check_free(std::byte* object, Report report) const {
    std::uint32_t damaged = check_zones(object, kZoneOfFree, report);
    if (checks_.poison &&
        (differs(object, 0, size_ - 1, kPoison, DamageKind::poison, report) ||
         differs(object, static_cast<std::int32_t>(size_) - 1, 1, kPoisonEnd, DamageKind::poison, report))) {
      ++damaged;
    }
    if (damaged) make_free(object);
    return damaged;
  }

  /* The same for an object that is out: at most two. */
  template <class Report>
  std::uint32_t check_in_use(std::byte* object, Report report) const {
    const std::uint32_t damaged = check_zones(object, kZoneInUse, report);
    if (damaged) make_in_use(object);
    return damaged;
  }

 private:
  std::uint32_t end_of_zones() const { return slot_ - left_ - extra_; }
  std::uint32_t right() const { return end_of_zones() - size_; }

  void fill_zones(std::byte* object, std::uint8_t byte) const {
    if (!checks_.red_zones) return;
    __builtin_memset(object - left_, byte, left_);
    __builtin_memset(object + size_, byte, right());
  }

  template <class Report>
  std::uint32_t check_zones(const std::byte* object, std::uint8_t byte, Report& report) const {
    if (!checks_.red_zones) return 0;
    const auto left = static_cast<std::int32_t>(left_);
    const auto size = static_cast<std::int32_t>(size_);
    return std::uint32_t{differs(object, -left, left_, byte, DamageKind::red_zone, report)} +
           std::uint32_t{differs(object, size, right(), byte, DamageKind::red_zone, report)};
  }

  static constexpr std::uint64_t kEachByte = 0x0101010101010101;

  static std::uint64_t word_at(const std::byte* address) {
    std::uint64_t word = 0;
    __builtin_memcpy(&word, address, sizeof(word));
    return word;
  }

  /* Whether one of the @length bytes from @offset is not @byte; reports the first. */
  template <class Report>
  static bool differs(const std::byte* object, std::int32_t offset, std::uint32_t length, std::uint8_t byte,
                      DamageKind kind, Report& report) {
    std::uint32_t i = 0;
    /* Whole words, as long as they are as they should be. */
    while (i + sizeof(std::uint64_t) <= length && word_at(object + offset + i) == byte * kEachByte) {
      i += sizeof(std::uint64_t);
    }
    for (; i < length; ++i) {
      const std::int32_t at = offset + static_cast<std::int32_t>(i);
      if (object[at] == std::byte{byte}) continue;
      report(kind, at, static_cast<std::uint8_t>(object[at]));
      return true;
    }
    return false;
  }

  ObjectChecks checks_;
  std::uint32_t size_ = 0;
  std::uint32_t left_ = 0;
  std::uint32_t extra_ = 0; /* the track and what is behind it */
  std::uint32_t slot_ = 0;
};

}  // namespace mini_mm

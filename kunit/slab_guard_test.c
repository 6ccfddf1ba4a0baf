// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_slab_guard: what SLAB_RED_ZONE and SLAB_POISON, and the letters Z and P, lay around
 * and into objects. What they find is the matter of mini_mm_corruption.
 */
#include "slabs.h"

#define REGION_PAGES 64

#define ZONE_OF_FREE 0xbb
#define ZONE_IN_USE 0xcc
#define POISON 0x6b
#define POISON_END 0xa5

static const struct guarded {
	const char *what;
	u32 size, align;
	slab_flags_t flags;
	u32 slot, left;
} guarded[] = {
	{ "zones of eight", 24, 8, SLAB_RED_ZONE, 40, 8 },
	{ "the right zone takes the padding too", 20, 8, SLAB_RED_ZONE, 40, 8 },
	{ "the left zone is as wide as the alignment", 100, 16, SLAB_RED_ZONE, 128, 16 },
	{ "a line each", 64, 64, SLAB_RED_ZONE, 192, 64 },
	{ "zones wider than the object", 8, 256, SLAB_RED_ZONE, 512, 256 },
	{ "the largest object", 8192, 8, SLAB_RED_ZONE, 8208, 8 },
	{ "the largest object and alignment", 8192, 4096, SLAB_RED_ZONE, 16384, 4096 },
	{ "poison needs no room", 24, 8, SLAB_POISON, 24, 0 },
	{ "poison of an odd size", 9, 8, SLAB_POISON, 16, 0 },
	{ "both", 24, 8, SLAB_RED_ZONE | SLAB_POISON, 40, 8 },
	{ "both, aligned", 33, 32, SLAB_RED_ZONE | SLAB_POISON, 96, 32 },
};

KUNIT_ARRAY_PARAM_DESC(guarded, guarded, what);

static struct mini_cache *guarded_cache(struct kunit *test, const struct guarded *asked)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_cache *cache;

	cache = mini_kmem_cache_create(arena, "guarded", asked->size, asked->align, asked->flags,
				       NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	return cache;
}

static void expect_zones(struct kunit *test, const struct guarded *asked, const u8 *object, u8 byte)
{
	if (!(asked->flags & SLAB_RED_ZONE))
		return;
	KUNIT_EXPECT_NULL(test, memchr_inv(object - asked->left, byte, asked->left));
	KUNIT_EXPECT_NULL(test, memchr_inv(object + asked->size, byte,
					   asked->slot - asked->left - asked->size));
}

static void expect_poison(struct kunit *test, const struct guarded *asked, const u8 *object)
{
	if (!(asked->flags & SLAB_POISON))
		return;
	KUNIT_EXPECT_NULL(test, memchr_inv(object, POISON, asked->size - 1));
	KUNIT_EXPECT_EQ(test, POISON_END, object[asked->size - 1]);
}

static void slots_have_room_for_the_zones_and_objects_stay_aligned(struct kunit *test)
{
	const struct guarded *asked = test->param_value;
	struct mini_cache *cache = guarded_cache(test, asked);
	const struct mini_core_cache_layout layout = mini_kunit_layout(cache);
	void *objects[3];
	int i;

	KUNIT_EXPECT_EQ(test, asked->size, layout.object_size);
	KUNIT_EXPECT_EQ(test, asked->slot, layout.slot_size);
	KUNIT_ASSERT_EQ(test, 3, mini_kmem_cache_alloc_bulk(cache, 0, 3, objects));
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)objects[i], asked->align));
	/* The first object of the first slab: only the zone is before it. */
	KUNIT_EXPECT_EQ(test, asked->left, mini_kunit_offset_in_slab(cache, objects[0]));
	mini_kmem_cache_free_bulk(cache, 3, objects);
}

static void zones_and_poison_follow_the_object(struct kunit *test)
{
	const struct guarded *asked = test->param_value;
	struct mini_cache *cache = guarded_cache(test, asked);
	u8 *object = mini_kmem_cache_alloc(cache, 0);

	KUNIT_ASSERT_NOT_NULL(test, object);
	expect_zones(test, asked, object, ZONE_IN_USE);
	/* As it was when it was free. */
	expect_poison(test, asked, object);
	memset(object, 0x11, asked->size);
	expect_zones(test, asked, object, ZONE_IN_USE);
	mini_kmem_cache_free(cache, object);
	expect_zones(test, asked, object, ZONE_OF_FREE);
	expect_poison(test, asked, object);
	KUNIT_EXPECT_PTR_EQ(test, object, mini_kmem_cache_alloc(cache, 0));
	expect_zones(test, asked, object, ZONE_IN_USE);
	expect_poison(test, asked, object);
	mini_kmem_cache_free(cache, object);
	KUNIT_EXPECT_EQ(test, 0, mini_cache_validate(cache));
}

static void zeroing_leaves_the_zones_alone(struct kunit *test)
{
	const struct guarded *asked = test->param_value;
	struct mini_cache *cache = guarded_cache(test, asked);
	u8 *object = mini_kmem_cache_alloc(cache, __GFP_ZERO);

	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_NULL(test, memchr_inv(object, 0, asked->size));
	expect_zones(test, asked, object, ZONE_IN_USE);
	mini_kmem_cache_free(cache, object);
}

static void each_object_of_a_new_slab_is_poisoned_and_has_zones(struct kunit *test)
{
	const struct guarded *asked = test->param_value;
	struct mini_cache *cache = guarded_cache(test, asked);
	u8 *object = mini_kmem_cache_alloc(cache, 0);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, object);
	for (i = 1; i < mini_kunit_layout(cache).objects_per_slab; i++) {
		expect_zones(test, asked, object + i * asked->slot, ZONE_OF_FREE);
		expect_poison(test, asked, object + i * asked->slot);
	}
	mini_kmem_cache_free(cache, object);
}

/* --- the threshold, the letters, constructors ------------------------------------------------ */

static bool goes_off_slab(struct kunit *test, unsigned int size, slab_flags_t flags)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);

	return mini_kunit_layout(mini_kunit_cache(test, arena, size, flags)).off_slab;
}

static void zones_count_for_where_the_management_data_goes(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, goes_off_slab(test, 489, 0));
	KUNIT_EXPECT_FALSE(test, goes_off_slab(test, 488, SLAB_RED_ZONE));
	KUNIT_EXPECT_TRUE(test, goes_off_slab(test, 489, SLAB_RED_ZONE));
}

static const struct letters {
	const char *letters;
	slab_flags_t flags;
	u32 slot;
	bool poisoned;
} letters[] = {
	{ "", 0, 64, false },
	{ "F", 0, 64, false },
	{ "V", SLAB_CONSISTENCY_CHECKS, 64, false },
	{ "Z", 0, 80, false },
	{ "P", 0, 64, true },
	{ "FZPV", 0, 80, true },
	{ "Z", SLAB_POISON, 80, true },
	{ "P", SLAB_RED_ZONE, 80, true },
	{ "ZP", SLAB_RED_ZONE | SLAB_POISON, 80, true },
};

static void describe_letters(const struct letters *asked, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "debug=%s, flags %s%s%s", asked->letters,
		 asked->flags & SLAB_CONSISTENCY_CHECKS ? "F" : "",
		 asked->flags & SLAB_RED_ZONE ? "Z" : "", asked->flags & SLAB_POISON ? "P" : "");
}

KUNIT_ARRAY_PARAM(letters, letters, describe_letters);

static void an_arenas_letters_and_a_caches_flags_add_up(struct kunit *test)
{
	const struct letters *asked = test->param_value;
	struct mini_arena *arena = mini_kunit_arena_debug(test, REGION_PAGES, asked->letters);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, asked->flags);
	u8 *object = mini_kmem_cache_alloc(cache, 0);

	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_EQ(test, asked->slot, mini_kunit_layout(cache).slot_size);
	KUNIT_EXPECT_EQ(test, asked->poisoned, object[0] == POISON);
	mini_kmem_cache_free(cache, object);
}

struct counted {
	u64 constructed;
	u64 content;
};

/* The region comes zeroed. */
static void construct(void *object)
{
	((struct counted *)object)->constructed++;
}

static void a_constructed_object_has_zones_but_no_poison(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kmem_cache_create(arena, "ctor", sizeof(struct counted), 0,
							  SLAB_RED_ZONE | SLAB_POISON, construct);
	struct counted *object;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, 8 + sizeof(struct counted) + 8, mini_kunit_layout(cache).slot_size);
	for (i = 0; i < 3; i++) {
		object = mini_kmem_cache_alloc(cache, 0);
		KUNIT_ASSERT_NOT_NULL(test, object);
		KUNIT_EXPECT_EQ(test, 1ULL, object->constructed);
		KUNIT_EXPECT_EQ(test, (u64)i, object->content);
		KUNIT_EXPECT_NULL(test, memchr_inv((u8 *)object - 8, ZONE_IN_USE, 8));
		object->content++;
		mini_kmem_cache_free(cache, object);
		KUNIT_EXPECT_NULL(test, memchr_inv((u8 *)object - 8, ZONE_OF_FREE, 8));
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(slots_have_room_for_the_zones_and_objects_stay_aligned,
			 guarded_gen_params),
	KUNIT_CASE_PARAM(zones_and_poison_follow_the_object, guarded_gen_params),
	KUNIT_CASE_PARAM(zeroing_leaves_the_zones_alone, guarded_gen_params),
	KUNIT_CASE_PARAM(each_object_of_a_new_slab_is_poisoned_and_has_zones, guarded_gen_params),
	KUNIT_CASE(zones_count_for_where_the_management_data_goes),
	KUNIT_CASE_PARAM(an_arenas_letters_and_a_caches_flags_add_up, letters_gen_params),
	KUNIT_CASE(a_constructed_object_has_zones_but_no_poison),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_slab_guard",
	.test_cases = cases,
};

kunit_test_suite(suite);

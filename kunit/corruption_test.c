// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_corruption: where stray writes go. Each case counts the reports by their kind, exactly, and
 * sees that the arena works afterwards.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "provoked.h"

#define SIZE MINI_KUNIT_PROVOKED_SIZE
#define REGION_PAGES MINI_KUNIT_PROVOKED_PAGES
#define STRAY 0x5a

/* --- stray writes around objects, with red zones ------------------------------------------------------ */

static const int zone_offsets[] = { -8, -1, SIZE, SIZE + 7 };

static void describe_offset(const int *offset, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "offset %d", *offset);
}

KUNIT_ARRAY_PARAM(zone_offset, zone_offsets, describe_offset);

static void a_write_next_to_an_object_is_one_report_when_it_is_freed(struct kunit *test)
{
	const int offset = *(const int *)test->param_value;
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "Z");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	u8 *object = mini_kunit_object_of(test, cache);

	object[offset] = STRAY;
	mini_kmem_cache_free(cache, object);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_RED_ZONE, 1);
	KUNIT_EXPECT_EQ(test, 0, mini_cache_validate(cache));
	mini_kunit_expect_works(test, arena);
}

static void a_write_next_to_an_object_is_found_while_it_is_out(struct kunit *test)
{
	const int offset = *(const int *)test->param_value;
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "Z");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	u8 *object = mini_kunit_object_of(test, cache);

	object[offset] = STRAY;
	KUNIT_EXPECT_EQ(test, 1, mini_cache_validate(cache));
	KUNIT_EXPECT_EQ(test, 0, mini_cache_validate(cache));
	mini_kmem_cache_free(cache, object);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_RED_ZONE, 1);
	mini_kunit_expect_works(test, arena);
}

static void an_overrun_into_the_next_object_is_one_report_each(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "Z");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	u8 *first = mini_kunit_object_of(test, cache);
	u8 *second = mini_kunit_object_of(test, cache);

	KUNIT_ASSERT_TRUE(test, second > first);
	/* The right zone of the first, the left one of the second. */
	memset(first + SIZE, STRAY, second - first - SIZE);
	KUNIT_EXPECT_EQ(test, 2, mini_cache_validate(cache));
	mini_kunit_expect_reports(test, arena, MINI_REPORT_RED_ZONE, 2);
	mini_kmem_cache_free(cache, first);
	mini_kmem_cache_free(cache, second);
	mini_kunit_expect_works(test, arena);
}

/* --- stray writes to freed objects, with poison ----------------------------------------------------- */

static const int object_offsets[] = { 0, 7, 50, SIZE - 1 };

KUNIT_ARRAY_PARAM(object_offset, object_offsets, describe_offset);

static void a_write_to_a_freed_object_is_found_by_the_next_allocation(struct kunit *test)
{
	const int offset = *(const int *)test->param_value;
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "P");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	u8 *object = mini_kunit_object_of(test, cache);

	mini_kmem_cache_free(cache, object);
	object[offset] = STRAY;
	KUNIT_EXPECT_PTR_EQ(test, object, mini_kunit_object_of(test, cache));
	mini_kunit_expect_reports(test, arena, MINI_REPORT_POISON, 1);
	mini_kmem_cache_free(cache, object);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_POISON, 1);
	mini_kunit_expect_works(test, arena);
}

static void a_write_to_a_freed_object_is_found_by_a_validation(struct kunit *test)
{
	const int offset = *(const int *)test->param_value;
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "P");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	u8 *object = mini_kunit_object_of(test, cache);
	u8 *other = mini_kunit_object_of(test, cache);

	other[offset] = STRAY;
	mini_kmem_cache_free(cache, object);
	object[offset] = STRAY;
	KUNIT_EXPECT_EQ(test, 1, mini_cache_validate(cache));
	mini_kunit_expect_reports(test, arena, MINI_REPORT_POISON, 1);
	mini_kmem_cache_free(cache, other);
	mini_kunit_expect_works(test, arena);
}

static void what_a_write_through_a_freed_pointer_left_is_not_handed_out(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "P");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	u8 *object = mini_kunit_object_of(test, cache);

	mini_kmem_cache_free(cache, object);
	memset(object, STRAY, SIZE);
	KUNIT_ASSERT_PTR_EQ(test, object, mini_kunit_object_of(test, cache));
	KUNIT_EXPECT_NULL(test, memchr_inv(object, 0x6b, SIZE - 1));
	KUNIT_EXPECT_EQ(test, 0xa5, object[SIZE - 1]);
	mini_kmem_cache_free(cache, object);
}

static void construct(void *object)
{
	memset(object, 0x42, SIZE);
}

static void constructed_objects_are_not_poisoned(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_debug(test, REGION_PAGES, "FZPV");
	struct mini_cache *cache = mini_kmem_cache_create(arena, "ctor", SIZE, 0, 0, construct);
	u8 *object;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	object = mini_kunit_object_of(test, cache);
	KUNIT_EXPECT_NULL(test, memchr_inv(object, 0x42, SIZE));
	mini_kmem_cache_free(cache, object);
	KUNIT_EXPECT_NULL(test, memchr_inv(object, 0x42, SIZE));
	KUNIT_EXPECT_EQ(test, 0, mini_cache_validate(cache));
}

/* --- which letters and flags see what ----------------------------------------------------------------- */

static void without_letters_stray_writes_are_not_looked_for(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_debug(test, REGION_PAGES, "");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE - 8, 0);
	u8 *object = mini_kunit_object_of(test, cache);

	mini_kmem_cache_free(cache, object);
	object[0] = STRAY;
	KUNIT_EXPECT_EQ(test, 0, mini_cache_validate(cache));
}

static void a_caches_own_flags_are_enough(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, SLAB_RED_ZONE | SLAB_POISON);
	struct mini_cache *plain = mini_kunit_cache(test, arena, SIZE, 0);
	u8 *object = mini_kunit_object_of(test, cache);

	object[SIZE] = STRAY;
	mini_kmem_cache_free(cache, object);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_RED_ZONE, 1);
	object[50] = STRAY;
	KUNIT_EXPECT_EQ(test, 1, mini_cache_validate(cache));
	KUNIT_EXPECT_EQ(test, 1, mini_kunit_reports(arena, MINI_REPORT_POISON));
	KUNIT_EXPECT_EQ(test, 0, plain->debug);
	mini_kunit_expect_works(test, arena);
}

static void consistency_checks_look_when_a_cache_is_shrunk(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "FP");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	u8 *object = mini_kunit_object_of(test, cache);

	mini_kmem_cache_free(cache, object);
	object[0] = STRAY;
	KUNIT_EXPECT_EQ(test, 1, mini_kmem_cache_shrink(cache));
	mini_kunit_expect_reports(test, arena, MINI_REPORT_POISON, 1);
	mini_kunit_expect_works(test, arena);
}

static void consistency_checks_look_when_a_cache_is_destroyed(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE,
						    SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE);
	u8 *object = mini_kunit_object_of(test, cache);

	mini_kmem_cache_free(cache, object);
	object[-1] = STRAY;
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_RED_ZONE, 1);
	mini_kunit_expect_whole(test, arena);
}

static const struct letters {
	const char *text;
	int error;
	unsigned int debug;
} letters[] = {
	{ "", 0, 0 },
	{ "F", 0, MINI_DEBUG_CONSISTENCY },
	{ "Z", 0, MINI_DEBUG_RED_ZONES },
	{ "P", 0, MINI_DEBUG_POISON },
	{ "V", 0, MINI_DEBUG_INVARIANTS },
	{ "FZP", 0, MINI_DEBUG_CONSISTENCY | MINI_DEBUG_RED_ZONES | MINI_DEBUG_POISON },
	{ "VV", 0, MINI_DEBUG_INVARIANTS },
	{ "f", MINI_MM_WHY_DEBUG, 0 },
	{ "FX", MINI_MM_WHY_DEBUG, 0 },
	{ "F,Z", MINI_MM_WHY_DEBUG, 0 },
};

static void describe_letters(const struct letters *param, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "letters '%s'", param->text);
}

KUNIT_ARRAY_PARAM(letters, letters, describe_letters);

static void letters_mean_what_they_say(struct kunit *test)
{
	const struct letters *param = test->param_value;
	unsigned int debug;

	KUNIT_EXPECT_EQ(test, param->error, mini_parse_debug(param->text, &debug));
	if (!param->error)
		KUNIT_EXPECT_EQ(test, param->debug, debug);
}

/* --- stray writes to a slab's bookkeeping -------------------------------------------------------------- */

/* The management data at the end of a slab, as module/core/slab_descriptor.hpp lays it out. */
struct descriptor {
	u32 cache;
	u32 page;
	u16 objects;
	u16 in_use;
	u16 first_free;
	u16 colour;
	u16 next[];
};

static struct descriptor *descriptor_of(struct mini_cache *cache, const void *object)
{
	struct mini_core_cache_layout layout;
	unsigned long slab_bytes;
	u64 offset = mini_offset(cache->arena, object);
	void *slab;

	mini_core_cache_read_layout(cache->core, &layout);
	slab_bytes = layout.pages_per_slab * PAGE_SIZE;
	slab = (void *)object - offset % slab_bytes;
	return slab + slab_bytes - ALIGN(sizeof(struct descriptor) + layout.objects_per_slab * sizeof(u16), 16);
}

static void a_write_into_the_free_list_puts_the_slab_aside(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_bare_arena(test);
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	u8 *object = mini_kunit_object_of(test, cache);
	struct descriptor *damaged = descriptor_of(cache, object);
	struct mini_core_cache_stats stats;

	damaged->first_free = 0x4141;
	KUNIT_EXPECT_PTR_NE(test, damaged, descriptor_of(cache, mini_kunit_object_of(test, cache)));
	mini_kunit_expect_reports(test, arena, MINI_REPORT_BOOKKEEPING, 1);
	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, 1, stats.damaged_slabs);
	KUNIT_EXPECT_EQ(test, 1, stats.partial_slabs);
	/* What was in it cannot be freed, and says so. */
	mini_kmem_cache_free(cache, object);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_BOOKKEEPING, 2);
	mini_kunit_expect_works(test, arena);
}

static void a_slab_that_was_put_aside_cannot_be_freed_into(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_bare_arena(test);
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	u8 *object = mini_kunit_object_of(test, cache);
	struct descriptor *damaged = descriptor_of(cache, object);
	struct mini_core_cache_stats stats;

	/* As in a full slab: every number agrees with the others, only the list that it is on does not. */
	damaged->in_use = damaged->objects;
	damaged->first_free = U16_MAX;
	mini_kmem_cache_free(cache, mini_kunit_object_of(test, cache));
	mini_kunit_expect_reports(test, arena, MINI_REPORT_BOOKKEEPING, 1);
	mini_kmem_cache_free(cache, object);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_BOOKKEEPING, 2);
	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, 0, stats.full_slabs);
	KUNIT_EXPECT_EQ(test, 1, stats.damaged_slabs);
	mini_kunit_expect_works(test, arena);
}

static void a_link_in_the_middle_of_the_free_list_is_found_by_a_validation(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_bare_arena(test);
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	struct descriptor *damaged = descriptor_of(cache, mini_kunit_object_of(test, cache));

	/* A loop: allocation would hand the same objects out twice. */
	damaged->next[10] = 5;
	KUNIT_EXPECT_EQ(test, 1, mini_cache_validate(cache));
	KUNIT_EXPECT_EQ(test, 0, mini_cache_validate(cache));
	mini_kunit_expect_reports(test, arena, MINI_REPORT_BOOKKEEPING, 1);
	KUNIT_EXPECT_PTR_NE(test, damaged, descriptor_of(cache, mini_kunit_object_of(test, cache)));
	mini_kunit_expect_works(test, arena);
}

static const struct field {
	const char *name;
	size_t offset;
	size_t size;
} fields[] = {
	{ "cache", offsetof(struct descriptor, cache), 4 },
	{ "page", offsetof(struct descriptor, page), 4 },
	{ "objects", offsetof(struct descriptor, objects), 2 },
	{ "in_use", offsetof(struct descriptor, in_use), 2 },
	{ "first_free", offsetof(struct descriptor, first_free), 2 },
	{ "colour", offsetof(struct descriptor, colour), 2 },
};

static void describe_field(const struct field *param, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "field %s", param->name);
}

KUNIT_ARRAY_PARAM(field, fields, describe_field);

static void no_field_of_the_bookkeeping_is_trusted(struct kunit *test)
{
	const struct field *param = test->param_value;
	struct mini_arena *arena = mini_kunit_provoked_bare_arena(test);
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	u8 *object = mini_kunit_object_of(test, cache);
	struct descriptor *damaged = descriptor_of(cache, object);

	memset((void *)damaged + param->offset, 0x7f, param->size);
	KUNIT_EXPECT_PTR_NE(test, damaged, descriptor_of(cache, mini_kunit_object_of(test, cache)));
	mini_kunit_expect_reports(test, arena, MINI_REPORT_BOOKKEEPING, 1);
	mini_kunit_expect_works(test, arena);
}

static void every_invariant_means_that_damage_is_seen_by_the_next_operation(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "V");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	u8 *objects[3] = { mini_kunit_object_of(test, cache), mini_kunit_object_of(test, cache),
			   mini_kunit_object_of(test, cache) };

	descriptor_of(cache, objects[0])->next[10] = 5;
	mini_kmem_cache_free(cache, objects[1]);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_INVARIANT, 1);
}

static void the_bookkeeping_is_no_object(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "V");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, SLAB_CONSISTENCY_CHECKS);
	u8 *object = mini_kunit_object_of(test, cache);

	mini_kmem_cache_free(cache, descriptor_of(cache, object));
	mini_kunit_expect_reports(test, arena, MINI_REPORT_NOT_AN_OBJECT, 1);
	mini_kunit_expect_works(test, arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_write_next_to_an_object_is_one_report_when_it_is_freed, zone_offset_gen_params),
	KUNIT_CASE_PARAM(a_write_next_to_an_object_is_found_while_it_is_out, zone_offset_gen_params),
	KUNIT_CASE(an_overrun_into_the_next_object_is_one_report_each),
	KUNIT_CASE_PARAM(a_write_to_a_freed_object_is_found_by_the_next_allocation, object_offset_gen_params),
	KUNIT_CASE_PARAM(a_write_to_a_freed_object_is_found_by_a_validation, object_offset_gen_params),
	KUNIT_CASE(what_a_write_through_a_freed_pointer_left_is_not_handed_out),
	KUNIT_CASE(constructed_objects_are_not_poisoned),
	KUNIT_CASE(without_letters_stray_writes_are_not_looked_for),
	KUNIT_CASE(a_caches_own_flags_are_enough),
	KUNIT_CASE(consistency_checks_look_when_a_cache_is_shrunk),
	KUNIT_CASE(consistency_checks_look_when_a_cache_is_destroyed),
	KUNIT_CASE_PARAM(letters_mean_what_they_say, letters_gen_params),
	KUNIT_CASE(a_write_into_the_free_list_puts_the_slab_aside),
	KUNIT_CASE(a_slab_that_was_put_aside_cannot_be_freed_into),
	KUNIT_CASE(a_link_in_the_middle_of_the_free_list_is_found_by_a_validation),
	KUNIT_CASE_PARAM(no_field_of_the_bookkeeping_is_trusted, field_gen_params),
	KUNIT_CASE(every_invariant_means_that_damage_is_seen_by_the_next_operation),
	KUNIT_CASE(the_bookkeeping_is_no_object),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_corruption",
	.test_cases = cases,
};

kunit_test_suite(suite);

// SPDX-License-Identifier: GPL-2.0
/*
 * The arena that the module makes when it is loaded, what it says when it cannot, and the end of all arenas.
 */
#define pr_fmt(fmt) "mini_mm: " fmt

#include <linux/string.h>

#include "handle.h"

void mini_list_names(char *text, size_t size, const char *(*nth)(unsigned int n))
{
	size_t used = 0;
	unsigned int n;

	*text = '\0';
	for (n = 0; nth(n); n++)
		used += scnprintf(text + used, size - used, "%s%s", n ? ", " : "", nth(n));
}

static bool is_name(const char *name, const char *(*nth)(unsigned int n))
{
	unsigned int n;

	for (n = 0; nth(n); n++)
		if (!strcmp(nth(n), name))
			return true;
	return false;
}

int mini_arenas_init(void)
{
	const struct mini_arena_request request = {
		.name = "default",
		.page_engine = mini_page_engine,
		.placement = "",
		.object_engine = mini_object_engine,
		.debug = mini_debug,
		.size = (u64)mini_region_mb << 20,
		.kept = true,
	};
	char engines[MINI_MM_NAMES_LEN], placements[MINI_MM_NAMES_LEN], objects[MINI_MM_NAMES_LEN];
	u32 why = MINI_MM_WHY_NONE;
	u32 longest_mb = 0;
	int error;

	/* An engine that does not have it takes its own; but it has to be one. */
	if (is_name(mini_placement, mini_core_placement))
		error = mini_arena_make(&request, &mini_default_arena, NULL, &why, &longest_mb);
	else
		error = mini_refuse(&why, MINI_MM_WHY_ENGINE);

	switch (why) {
	case MINI_MM_WHY_NONE:
		break;
	case MINI_MM_WHY_NO_REGION:
		/* A little less than was found: what is free when it is tried again will not be quite the same. */
		pr_err("no %u MiB of contiguous memory within half of what is free; the longest run was %u MiB: load with region_mb=%u\n",
		       mini_region_mb, longest_mb, longest_mb - longest_mb / 16);
		break;
	case MINI_MM_WHY_SIZE:
		pr_err("region_mb=%u is out of range: 1 to %u MiB\n", mini_region_mb,
		       mini_max_region_mb ?: MINI_CORE_MAX_PAGES >> (20 - PAGE_SHIFT));
		break;
	case MINI_MM_WHY_ENGINE:
		mini_list_names(engines, sizeof(engines), mini_core_page_engine);
		mini_list_names(placements, sizeof(placements), mini_core_placement);
		mini_list_names(objects, sizeof(objects), mini_core_object_engine_name);
		pr_err("page_engine=%s placement=%s object_engine=%s: page engines are %s; placements are %s; object engines are %s\n",
		       mini_page_engine, mini_placement, mini_object_engine, engines, placements, objects);
		break;
	case MINI_MM_WHY_DEBUG:
		pr_err("debug=%s: the letters are " MINI_DEBUG_LETTERS "\n", mini_debug);
		break;
	default:
		pr_err("the default arena could not be made (%d)\n", error);
	}
	return error;
}

/* What is still held when the module goes, and then everything back. */
void mini_arenas_exit(void)
{
	struct mini_arena *arena;
	unsigned long index;
	u64 ignored;

	down_write(&mini_registry);
	for_each_mini_arena(index, arena) {
		mini_report_held(arena);
		mini_arena_unmake(arena, true, &ignored);
	}
	mini_default_arena = NULL;
	up_write(&mini_registry);
}

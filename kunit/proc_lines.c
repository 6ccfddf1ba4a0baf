// SPDX-License-Identifier: GPL-2.0
#include <linux/string.h>

#include "proc_lines.h"

/* Copies the next line of *@text, without its end, to @line. False at the end. */
static bool next_line(struct kunit *test, const char **text, char *line)
{
	const char *end = strchr(*text, '\n');
	size_t length;

	if (!**text)
		return false;
	KUNIT_ASSERT_NOT_NULL_MSG(test, end, "the last line does not end");
	length = end - *text;
	KUNIT_EXPECT_GT_MSG(test, length, 0, "a blank line");
	KUNIT_ASSERT_LT(test, length, MINI_KUNIT_LINE_MAX);
	memcpy(line, *text, length);
	line[length] = '\0';
	*text = end + 1;
	return true;
}

/* The number of columns. */
static unsigned int expect_buddy_line(struct kunit *test, const char *line, char *again)
{
	char name[MINI_MM_ARENA_NAME_LEN];
	unsigned int columns = 0;
	int node, at, length;
	unsigned long blocks;
	int found;

	found = sscanf(line, "Node %d, zone %15s %n", &node, name, &at);
	KUNIT_ASSERT_EQ_MSG(test, 2, found, "%s", line);
	length = scnprintf(again, MINI_KUNIT_LINE_MAX, "Node %d, zone %8s ", node, name);
	for (line += at; *line; line += at) {
		found = sscanf(line, "%lu %n", &blocks, &at);
		KUNIT_ASSERT_EQ_MSG(test, 1, found, "no number: %s", line);
		length += scnprintf(again + length, MINI_KUNIT_LINE_MAX - length, "%6lu ", blocks);
		columns++;
	}
	return columns;
}

void mini_kunit_expect_buddyinfo(struct kunit *test, const char *text, unsigned int columns)
{
	char *line = kunit_kzalloc(test, 2 * MINI_KUNIT_LINE_MAX, GFP_KERNEL);
	char *again = line + MINI_KUNIT_LINE_MAX;

	KUNIT_ASSERT_NOT_NULL(test, line);
	while (next_line(test, &text, line)) {
		unsigned int found = expect_buddy_line(test, line, again);

		KUNIT_EXPECT_STREQ(test, again, line);
		columns = columns ?: found;
		KUNIT_EXPECT_EQ_MSG(test, columns, found, "%s", line);
	}
	kunit_kfree(test, line);
}

struct slab_line {
	char name[MINI_MM_FULL_NAME_LEN];
	unsigned long active_objects, objects, active_slabs, slabs, shared_available;
	unsigned int object_size, objects_per_slab, limit, batch_count, shared_factor;
	int pages_per_slab;
};

static void expect_slab_line(struct kunit *test, const char *text, struct slab_line *line,
			     char *again)
{
	int found = sscanf(text, "%47s %lu %lu %u %u %d : tunables %u %u %u : slabdata %lu %lu %lu",
			   line->name, &line->active_objects, &line->objects, &line->object_size,
			   &line->objects_per_slab, &line->pages_per_slab, &line->limit,
			   &line->batch_count, &line->shared_factor, &line->active_slabs,
			   &line->slabs, &line->shared_available);

	KUNIT_ASSERT_EQ_MSG(test, 12, found, "%s", text);
	snprintf(again, MINI_KUNIT_LINE_MAX,
		 "%-17s %6lu %6lu %6u %4u %4d : tunables %4u %4u %4u : slabdata %6lu %6lu %6lu",
		 line->name, line->active_objects, line->objects, line->object_size,
		 line->objects_per_slab, line->pages_per_slab, line->limit, line->batch_count,
		 line->shared_factor, line->active_slabs, line->slabs, line->shared_available);
	KUNIT_EXPECT_STREQ(test, again, text);
	KUNIT_EXPECT_EQ_MSG(test, line->slabs * line->objects_per_slab, line->objects, "%s", text);
	KUNIT_EXPECT_LE_MSG(test, line->active_slabs, line->slabs, "%s", text);
	/* The objects of an active slab may all be in magazines. */
	if (!line->limit)
		KUNIT_EXPECT_LE_MSG(test, line->active_slabs, line->active_objects, "%s", text);
	KUNIT_EXPECT_LE_MSG(test, line->batch_count, line->limit, "%s", text);
	KUNIT_EXPECT_LE_MSG(test, line->active_objects, line->active_slabs * line->objects_per_slab,
			    "%s", text);
}

void mini_kunit_expect_slabinfo(struct kunit *test, const char *text)
{
	char *line = kunit_kzalloc(test, 2 * MINI_KUNIT_LINE_MAX, GFP_KERNEL);
	struct slab_line *parsed = kunit_kzalloc(test, sizeof(*parsed), GFP_KERNEL);
	char *again = line + MINI_KUNIT_LINE_MAX;

	KUNIT_ASSERT_NOT_NULL(test, line);
	KUNIT_ASSERT_NOT_NULL(test, parsed);
	KUNIT_ASSERT_TRUE(test, next_line(test, &text, line));
	KUNIT_EXPECT_STREQ(test, "slabinfo - version: 2.1", line);
	KUNIT_ASSERT_TRUE(test, next_line(test, &text, line));
	KUNIT_EXPECT_EQ_MSG(test, 0, strncmp(line, "# name ", 7), "%s", line);
	while (next_line(test, &text, line))
		expect_slab_line(test, line, parsed, again);
	kunit_kfree(test, parsed);
	kunit_kfree(test, line);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_log: the event log of an arena, read through the device.
 */
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/preempt.h>
#include <linux/uaccess.h>

#include "calls.h"

#define REGION_PAGES 64
#define MANY 1024
#define TEXT_SIZE 1024

struct log {
	struct kunit *test;
	struct mini_kunit_client *client;
	struct mini_arena *arena;
	struct mini_mm_event *seen;
	struct mini_mm_event __user *user;
};

static struct log new_log(struct kunit *test, const char *name, u32 events)
{
	struct mini_mm_arena_create create = { .size = REGION_PAGES << PAGE_SHIFT,
					       .debug = "V",
					       .log_events = events };
	struct log log = { .test = test, .client = mini_kunit_open(test) };

	strscpy(create.name, name, sizeof(create.name));
	KUNIT_ASSERT_EQ(test, 0L,
			mini_kunit_ioctl(test, log.client, MINI_MM_IOC_ARENA_CREATE, &create));
	log.arena = mini_arena_by_id(create.id);
	KUNIT_ASSERT_NOT_NULL(test, log.arena);
	log.seen = kunit_kcalloc(test, MANY, sizeof(*log.seen), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, log.seen);
	log.user = mini_kunit_user_pages(test, PFN_UP(MANY * sizeof(*log.seen)));
	return log;
}

/* Up to @room events behind @after, to log->seen. The call's answer. */
static struct mini_mm_log look(struct log *log, u64 after, u32 room)
{
	struct mini_mm_log call = {
		.arena = log->arena->id,
		.after = after,
		.events = (unsigned long)log->user,
		.count = room,
	};

	KUNIT_ASSERT_EQ(log->test, 0L,
			mini_kunit_ioctl(log->test, log->client, MINI_MM_IOC_LOG, &call));
	KUNIT_EXPECT_EQ(log->test, MINI_MM_WHY_NONE, call.why);
	KUNIT_ASSERT_LE(log->test, call.count, min_t(u32, room, MANY));
	KUNIT_ASSERT_EQ(log->test, 0UL,
			copy_from_user(log->seen, log->user, call.count * sizeof(*log->seen)));
	return call;
}

static void say(char *text, const struct mini_mm_event *event)
{
	static const char *const names[] = {
		[MINI_MM_EVENT_PAGE_ALLOC] = "alloc", [MINI_MM_EVENT_PAGE_FREE] = "free",
		[MINI_MM_EVENT_PAGE_SPLIT] = "split", [MINI_MM_EVENT_PAGE_MERGE] = "merge",
		[MINI_MM_EVENT_SLAB_GROW] = "grow",   [MINI_MM_EVENT_SLAB_REAP] = "reap",
		[MINI_MM_EVENT_OBJ_ALLOC] = "take",   [MINI_MM_EVENT_OBJ_FREE] = "give",
		[MINI_MM_EVENT_PAGE_FAIL] = "fail",   [MINI_MM_EVENT_OBJ_FAIL] = "none",
		[MINI_MM_EVENT_REFUSED] = "refused",
	};
	size_t at = strlen(text);

	if (event->cache)
		scnprintf(text + at, TEXT_SIZE - at, "%s%s %u+%u", at ? ", " : "",
			  names[event->kind], event->page, event->offset ?: event->pages);
	else
		scnprintf(text + at, TEXT_SIZE - at, "%s%s %u/%u", at ? ", " : "",
			  names[event->kind], event->page, event->order);
}

/*
 * What was recorded behind @after: blocks as "page/order", slabs as "page+pages", objects as
 * "page+offset".
 */
static const char *told(struct log *log, u64 after)
{
	char *text = kunit_kzalloc(log->test, TEXT_SIZE, GFP_KERNEL);
	u32 count = look(log, after, MANY).count;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(log->test, text);
	for (i = 0; i < count; i++)
		say(text, &log->seen[i]);
	return text;
}

static u64 last(struct log *log)
{
	return look(log, 0, MANY).after;
}

/* --- what is recorded ------------------------------------------------------------------------ */

static void splits_come_before_the_block_and_merges_after_its_free(struct kunit *test)
{
	struct log log = new_log(test, "kunit-log-split", 64);
	u64 block = mini_call_alloc_pages(test, log.client, log.arena->id, 3, 0);

	KUNIT_EXPECT_STREQ(test, "split 0/6, split 0/5, split 0/4, alloc 0/3", told(&log, 0));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, log.client, block));
	KUNIT_EXPECT_STREQ(test, "free 0/3, merge 0/3, merge 0/4, merge 0/5", told(&log, 4));
}

static void pages_are_told_however_they_were_asked_for(struct kunit *test)
{
	struct log log = new_log(test, "kunit-log-ways", 64);
	struct page *pages[2] = {};
	struct page *run;
	u64 before;

	KUNIT_ASSERT_EQ(test, 2UL, mini_alloc_pages_bulk(log.arena, 0, 2, pages));
	KUNIT_EXPECT_STREQ(test,
			   "split 0/6, split 0/5, split 0/4, split 0/3, split 0/2, split 0/1, alloc 0/0, alloc 1/0",
			   told(&log, 0));
	before = last(&log);
	run = mini_alloc_contig_pages(log.arena, 2, 0, 0);
	KUNIT_EXPECT_STREQ(test, "alloc 2/1", told(&log, before));
	before = last(&log);
	mini_free_contig_range(log.arena, run, 2);
	KUNIT_EXPECT_STREQ(test, "free 2/1", told(&log, before));
	before = last(&log);
	mini_free_pages_bulk(log.arena, 2, pages);
	KUNIT_EXPECT_STREQ(test,
			   "free 0/0, free 1/0, merge 0/0, merge 0/1, merge 0/2, merge 0/3, merge 0/4, merge 0/5",
			   told(&log, before));
}

static void a_run_that_cannot_be_freed_is_followed_by_its_refusal(struct kunit *test)
{
	struct log log = new_log(test, "kunit-log-run", 64);
	u64 before = last(&log);

	mini_kunit_provoke(log.arena);
	mini_free_contig_range(log.arena, mini_page(log.arena, 4), 2);
	KUNIT_EXPECT_STREQ(test, "free 4/1, refused 4/1", told(&log, before));
}

static void a_move_is_an_allocation_below_and_a_free_above(struct kunit *test)
{
	struct log log = new_log(test, "kunit-log-move", 64);
	u64 first = mini_call_alloc_pages(test, log.client, log.arena->id, 0, MINI_MM_MOVABLE);
	struct mini_mm_target target;
	u64 before;

	mini_call_alloc_pages(test, log.client, log.arena->id, 0, MINI_MM_MOVABLE);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, log.client, first));
	before = last(&log);
	KUNIT_EXPECT_EQ(test, 0L,
			mini_call_target(test, log.client, MINI_MM_IOC_ARENA_COMPACT, log.arena->id,
					 &target));
	KUNIT_EXPECT_STREQ(test, "alloc 0/0, free 1/0", told(&log, before));
}

static void slabs_are_told_with_their_pages_and_objects_with_their_place(struct kunit *test)
{
	struct log log = new_log(test, "kunit-log-slab", 64);
	u32 cache = mini_call_cache(test, log.client, log.arena->id, "logged", 64, 0);
	struct mini_mm_target target;
	u64 objects[2];
	u64 before;
	int i;

	mini_call_alloc_pages(test, log.client, log.arena->id, 0, 0);
	before = last(&log);
	for (i = 0; i < 2; i++)
		objects[i] = mini_call_alloc_object(test, log.client, cache, 0);
	KUNIT_EXPECT_STREQ(test, "grow 1+1, take 1+0, take 1+64", told(&log, before));
	KUNIT_EXPECT_EQ(test, cache, log.seen[0].cache);
	KUNIT_EXPECT_EQ(test, 0, log.seen[1].offset);
	KUNIT_EXPECT_EQ(test, cache, log.seen[2].cache);

	before = last(&log);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, 0, mini_call_free_object(test, log.client, objects[i]));
	KUNIT_EXPECT_EQ(test, 0L,
			mini_call_target(test, log.client, MINI_MM_IOC_CACHE_SHRINK, cache,
					 &target));
	KUNIT_EXPECT_STREQ(test, "give 1+0, give 1+64, reap 1+1", told(&log, before));
}

static void each_cache_has_its_own_events(struct kunit *test)
{
	struct log log = new_log(test, "kunit-log-two", 256);
	u32 a = mini_call_cache(test, log.client, log.arena->id, "one", 1024, 0);
	u32 b = mini_call_cache(test, log.client, log.arena->id, "two", 1024, 0);
	u32 taken_of_a = 0, taken_of_b = 0;
	u32 count;
	int i;

	for (i = 0; i < 6; i++)
		mini_call_alloc_object(test, log.client, i % 3 ? a : b, 0);
	count = look(&log, 0, MANY).count;
	for (i = 0; i < count; i++) {
		if (log.seen[i].kind != MINI_MM_EVENT_OBJ_ALLOC)
			continue;
		taken_of_a += log.seen[i].cache == a;
		taken_of_b += log.seen[i].cache == b;
	}
	KUNIT_EXPECT_EQ(test, 4, taken_of_a);
	KUNIT_EXPECT_EQ(test, 2, taken_of_b);
}

static void a_request_that_got_nothing_is_recorded(struct kunit *test)
{
	struct log log = new_log(test, "kunit-log-fail", 64);
	u32 cache = mini_call_cache(test, log.client, log.arena->id, "logged", 64, 0);
	struct mini_mm_op op = { .opcode = MINI_MM_OP_PAGE_ALLOC, .target = log.arena->id };
	u64 before;

	mini_call_alloc_pages(test, log.client, log.arena->id, 6, 0);
	before = last(&log);
	op.order = 2;
	KUNIT_EXPECT_EQ(test, -ENOMEM, mini_call_op(test, log.client, op).result);
	op = (struct mini_mm_op){ .opcode = MINI_MM_OP_OBJ_ALLOC, .target = cache };
	KUNIT_EXPECT_EQ(test, -ENOMEM, mini_call_op(test, log.client, op).result);
	KUNIT_EXPECT_STREQ(test, "fail 0/2, none 0+0", told(&log, before));
	KUNIT_EXPECT_EQ(test, 4, log.seen[0].pages);
}

static void a_free_that_is_refused_is_followed_by_its_refusal(struct kunit *test)
{
	struct log log = new_log(test, "kunit-log-no", 64);
	u64 before = last(&log);

	mini_kunit_provoke(log.arena);
	KUNIT_EXPECT_NE(test, 0, mini_pages_free(log.arena, 8, 1));
	KUNIT_EXPECT_STREQ(test, "free 8/1, refused 8/1", told(&log, before));
}

static void events_say_when_and_by_whom(struct kunit *test)
{
	struct log log = new_log(test, "kunit-log-who", 64);
	u64 start = ktime_get_ns();
	u32 i, count;

	mini_call_alloc_pages(test, log.client, log.arena->id, 3, 0);
	count = look(&log, 0, MANY).count;
	KUNIT_ASSERT_EQ(test, 4, count);
	for (i = 0; i < count; i++) {
		KUNIT_EXPECT_EQ(test, i + 1ULL, log.seen[i].seq);
		KUNIT_EXPECT_EQ(test, (u32)task_tgid_nr(current), log.seen[i].pid);
		KUNIT_EXPECT_GE(test, log.seen[i].time_ns, i ? log.seen[i - 1].time_ns : start);
	}
	KUNIT_EXPECT_LE(test, log.seen[count - 1].time_ns, ktime_get_ns());
}

/* --- in an interrupt ------------------------------------------------------------------------- */

struct visit {
	struct irq_work work;
	struct mini_arena *arena;
	bool in_hard_interrupt;
};

static void take_and_give(struct irq_work *work)
{
	struct visit *visit = container_of(work, struct visit, work);
	struct page *page = mini_alloc_pages(visit->arena, GFP_ATOMIC, 5);

	visit->in_hard_interrupt = in_hardirq();
	if (page)
		mini_free_pages(visit->arena, page, 5);
}

static void what_happens_in_an_interrupt_is_recorded_and_is_nobodys(struct kunit *test)
{
	struct log log = new_log(test, "kunit-log-irq", 64);
	struct visit *visit = kunit_kzalloc(test, sizeof(*visit), GFP_KERNEL);
	unsigned long deadline = jiffies + HZ;

	KUNIT_ASSERT_NOT_NULL(test, visit);
	visit->arena = log.arena;
	visit->work = IRQ_WORK_INIT_HARD(take_and_give);
	irq_work_queue(&visit->work);
	/* Awake, so that it is this thread that is interrupted, and not the idle one. */
	while (irq_work_is_busy(&visit->work) && time_before(jiffies, deadline))
		cpu_relax();
	irq_work_sync(&visit->work);
	KUNIT_EXPECT_TRUE(test, visit->in_hard_interrupt);
	KUNIT_EXPECT_STREQ(test, "split 0/6, alloc 0/5, free 0/5, merge 0/5", told(&log, 0));
	KUNIT_EXPECT_EQ(test, 0, log.seen[1].pid);
}

/* --- reading --------------------------------------------------------------------------------- */

static void take_and_give_back(struct log *log, int times)
{
	while (times--)
		mini_call_free_pages(log->test, log->client,
				     mini_call_alloc_pages(log->test, log->client, log->arena->id,
							   6, 0));
}

static void what_was_overwritten_is_counted_as_lost(struct kunit *test)
{
	struct log log = new_log(test, "kunit-log-wrap", 5);
	struct mini_mm_log call;

	take_and_give_back(&log, 4); /* 8 events */
	call = look(&log, 0, MANY);
	KUNIT_EXPECT_EQ(test, 5, call.count);
	KUNIT_EXPECT_EQ(test, 3ULL, call.lost);
	KUNIT_EXPECT_EQ(test, 8ULL, call.after);
	KUNIT_EXPECT_EQ(test, 4ULL, log.seen[0].seq);
	/* Those that were seen before are not lost. */
	call = look(&log, 2, MANY);
	KUNIT_EXPECT_EQ(test, 1ULL, call.lost);
	call = look(&log, 3, MANY);
	KUNIT_EXPECT_EQ(test, 0ULL, call.lost);
	KUNIT_EXPECT_EQ(test, 5, call.count);
}

static void a_log_of_one_event_remembers_the_last(struct kunit *test)
{
	struct log log = new_log(test, "kunit-log-one", 1);

	take_and_give_back(&log, 1);
	KUNIT_EXPECT_STREQ(test, "free 0/6", told(&log, 0));
}

/* More than are copied under one hold of the lock. */
static void reading_goes_on_where_the_last_call_ended(struct kunit *test)
{
	static const u32 rooms[] = { 1, 7, 63, 64, 65, MANY };
	struct log log = new_log(test, "kunit-log-on", 200);
	int i;

	take_and_give_back(&log, 75); /* 150 events */
	for (i = 0; i < ARRAY_SIZE(rooms); i++) {
		struct mini_mm_log call = { };
		u64 seq = 0;

		do {
			u32 j;

			call = look(&log, call.after, rooms[i]);
			KUNIT_EXPECT_EQ(test, 0ULL, call.lost);
			for (j = 0; j < call.count; j++)
				KUNIT_ASSERT_EQ(test, ++seq, log.seen[j].seq);
			KUNIT_ASSERT_EQ(test, seq, call.after);
		} while (call.count);
		KUNIT_EXPECT_EQ(test, 150ULL, seq);
	}
}

static void behind_the_last_event_there_is_nothing(struct kunit *test)
{
	struct log log = new_log(test, "kunit-log-end", 8);
	struct mini_mm_log call;

	call = look(&log, 0, MANY);
	KUNIT_EXPECT_EQ(test, 0, call.count);
	KUNIT_EXPECT_EQ(test, 0ULL, call.after);
	take_and_give_back(&log, 1);
	call = look(&log, U64_MAX, MANY);
	KUNIT_EXPECT_EQ(test, 0, call.count);
	KUNIT_EXPECT_EQ(test, 0ULL, call.lost);
	KUNIT_EXPECT_EQ(test, U64_MAX, call.after);
}

/* --- refusals -------------------------------------------------------------------------------- */

static const struct refused_log {
	const char *what;
	struct mini_mm_log call; /* of the case's arena, unless it names one */
	u32 why;
} refused_logs[] = {
	{ "no room", { }, MINI_MM_WHY_COUNT },
	{ "too much room", { .count = MINI_MM_LOG_MAX + 1 }, MINI_MM_WHY_COUNT },
	{ "a flag", { .count = 1, .flags = 1 }, MINI_MM_WHY_FLAGS },
	{ "the last flag", { .count = 1, .flags = BIT(31) }, MINI_MM_WHY_FLAGS },
	{ "a reserved field", { .count = 1, .reserved = { 1 } }, MINI_MM_WHY_RESERVED },
	{ "the last reserved field", { .count = 1, .reserved = { 0, 1 } }, MINI_MM_WHY_RESERVED },
	{ "no arena", { .arena = U32_MAX, .count = 1 }, MINI_MM_WHY_NO_ARENA },
};

static void reads_that_cannot_be_are_refused(struct kunit *test)
{
	struct log log = new_log(test, "kunit-log-bad", 8);
	int i;

	for (i = 0; i < ARRAY_SIZE(refused_logs); i++) {
		const struct refused_log *refused = &refused_logs[i];
		struct mini_mm_log call = refused->call;
		long result;

		call.arena = call.arena ?: log.arena->id;
		call.events = (unsigned long)log.user;
		result = mini_kunit_ioctl(test, log.client, MINI_MM_IOC_LOG, &call);
		mini_expect_refused(test, refused->what, refused->why, result, call.why);
	}
}

static void an_arena_that_was_made_without_a_log_has_none(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 8);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_log call = { .arena = arena->id, .count = 1 };
	long result = mini_kunit_ioctl(test, client, MINI_MM_IOC_LOG, &call);

	mini_expect_refused(test, "no log", MINI_MM_WHY_NO_LOG, result, call.why);
	KUNIT_EXPECT_EQ(test, -ENODATA, result);
}

static void events_that_cannot_be_delivered_are_not_passed_over(struct kunit *test)
{
	struct log log = new_log(test, "kunit-log-fault", 8);
	struct mini_mm_log call = { .arena = log.arena->id, .count = 8 };
	long result;

	take_and_give_back(&log, 1);
	result = mini_kunit_ioctl(test, log.client, MINI_MM_IOC_LOG, &call);
	mini_expect_refused(test, "no memory", MINI_MM_WHY_FAULT, result, call.why);
	KUNIT_EXPECT_EQ(test, 0, call.count);
	KUNIT_EXPECT_EQ(test, 0ULL, call.after);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(splits_come_before_the_block_and_merges_after_its_free),
	KUNIT_CASE(pages_are_told_however_they_were_asked_for),
	KUNIT_CASE(a_run_that_cannot_be_freed_is_followed_by_its_refusal),
	KUNIT_CASE(a_move_is_an_allocation_below_and_a_free_above),
	KUNIT_CASE(slabs_are_told_with_their_pages_and_objects_with_their_place),
	KUNIT_CASE(each_cache_has_its_own_events),
	KUNIT_CASE(a_request_that_got_nothing_is_recorded),
	KUNIT_CASE(a_free_that_is_refused_is_followed_by_its_refusal),
	KUNIT_CASE(events_say_when_and_by_whom),
	KUNIT_CASE(what_happens_in_an_interrupt_is_recorded_and_is_nobodys),
	KUNIT_CASE(what_was_overwritten_is_counted_as_lost),
	KUNIT_CASE(a_log_of_one_event_remembers_the_last),
	KUNIT_CASE(reading_goes_on_where_the_last_call_ended),
	KUNIT_CASE(behind_the_last_event_there_is_nothing),
	KUNIT_CASE(reads_that_cannot_be_are_refused),
	KUNIT_CASE(an_arena_that_was_made_without_a_log_has_none),
	KUNIT_CASE(events_that_cannot_be_delivered_are_not_passed_over),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_log",
	.test_cases = cases,
};

kunit_test_suite(suite);

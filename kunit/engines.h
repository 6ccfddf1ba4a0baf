/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page engines, each with each of its placements, as parameters of a case. A case of mini_mm_page_engines sees
 * one that is registered and not here.
 */
#ifndef MINI_MM_KUNIT_ENGINES_H
#define MINI_MM_KUNIT_ENGINES_H

#include <kunit/test.h>

struct mini_kunit_engine {
	const char *name;
	const char *placement;
	const char *description;
	bool delays;	/* merging is put off */
	bool buddies;	/* blocks are of 2^order pages, split and merged */
	bool types;	/* there are migrate types */
};

static const struct mini_kunit_engine mini_kunit_engines[] = {
	{ "eager", "lifo", "eager/lifo", false, true, true },
	{ "eager", "lowest", "eager/lowest", false, true, true },
	{ "lazy", "lifo", "lazy/lifo", true, true, true },
	{ "lazy", "lowest", "lazy/lowest", true, true, true },
	{ "naive", "first-fit", "naive/first-fit", false, false, false },
};

KUNIT_ARRAY_PARAM_DESC(engines, mini_kunit_engines, description);

#endif /* MINI_MM_KUNIT_ENGINES_H */

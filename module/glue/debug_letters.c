// SPDX-License-Identifier: GPL-2.0
/*
 * The letters of debug=, those of the kernel's slub_debug and one more: which flag each of them is.
 */
#include <linux/kernel.h>

#include "internal.h"

static const struct {
	char letter;
	unsigned int flag;
} letters[] = {
	{ 'F', MINI_DEBUG_CONSISTENCY }, { 'Z', MINI_DEBUG_RED_ZONES }, { 'P', MINI_DEBUG_POISON },
	{ 'U', MINI_DEBUG_OWNER },	 { 'T', MINI_DEBUG_TRACE },	{ 'V', MINI_DEBUG_INVARIANTS },
};

static unsigned int flag_of(char letter)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(letters); i++)
		if (letters[i].letter == letter)
			return letters[i].flag;
	return 0;
}

int mini_parse_debug(const char *text, unsigned int *debug)
{
	*debug = 0;
	for (; *text; text++) {
		unsigned int flag = flag_of(*text);

		if (!flag)
			return MINI_MM_WHY_DEBUG;
		*debug |= flag;
	}
	return 0;
}

void mini_describe_debug(unsigned int debug, char *text)
{
	int i;

	BUILD_BUG_ON(ARRAY_SIZE(letters) >= MINI_MM_DEBUG_LEN);
	for (i = 0; i < ARRAY_SIZE(letters); i++)
		if (debug & letters[i].flag)
			*text++ = letters[i].letter;
	*text = '\0';
}

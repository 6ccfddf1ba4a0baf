/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's files below /proc and /sys/kernel/debug, read and written from a case.
 */
#ifndef MINI_MM_KUNIT_FILES_H
#define MINI_MM_KUNIT_FILES_H

#include <linux/fs.h>

#include "fixture.h"

struct mini_kunit_file {
	struct file *file;
	void __user *page; /* debugfs knows only user memory */
};

/* Asserts that @path opens with @flags (O_RDONLY, ...); it is closed with the case. */
struct mini_kunit_file *mini_kunit_file_open(struct kunit *test, const char *path, int flags);

/* At most @size bytes (of debugfs a page) from *@position on, which moves; or an error. */
ssize_t mini_kunit_file_read(struct mini_kunit_file *file, char *buffer, size_t size,
			     loff_t *position);
/* debugfs only. */
ssize_t mini_kunit_file_write(struct mini_kunit_file *file, const char *text);

/* All of @path, read in steps of @step bytes. */
char *mini_kunit_file_text_by(struct kunit *test, const char *path, size_t step);
char *mini_kunit_file_text(struct kunit *test, const char *path);

/* A copy of the only line of @text that starts with @start, without its end; or NULL. */
char *mini_kunit_line(struct kunit *test, const char *text, const char *start);

#endif /* MINI_MM_KUNIT_FILES_H */

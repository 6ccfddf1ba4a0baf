// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/file.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "files.h"

/* More than any of the files has in a test. */
#define TEXT_BYTES SZ_128K

static void close_file(void *file)
{
	__fput_sync(file);
}

struct mini_kunit_file *mini_kunit_file_open(struct kunit *test, const char *path, int flags)
{
	struct mini_kunit_file *file = kunit_kzalloc(test, sizeof(*file), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, file);
	file->file = filp_open(path, flags, 0);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(file->file), "%s: %ld", path, PTR_ERR(file->file));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, close_file, file->file));
	if (file->file->f_op->read)
		file->page = mini_kunit_user_pages(test, 1);
	return file;
}

ssize_t mini_kunit_file_read(struct mini_kunit_file *file, char *buffer, size_t size,
			     loff_t *position)
{
	ssize_t length;

	if (!file->page)
		return kernel_read(file->file, buffer, size, position);
	length = file->file->f_op->read(file->file, file->page, min_t(size_t, size, PAGE_SIZE),
					position);
	if (length > 0 && copy_from_user(buffer, file->page, length))
		return -EFAULT;
	return length;
}

ssize_t mini_kunit_file_write(struct mini_kunit_file *file, const char *text)
{
	loff_t position = 0;

	if (copy_to_user(file->page, text, strlen(text)))
		return -EFAULT;
	return file->file->f_op->write(file->file, file->page, strlen(text), &position);
}

char *mini_kunit_file_text_by(struct kunit *test, const char *path, size_t step)
{
	struct mini_kunit_file *file = mini_kunit_file_open(test, path, O_RDONLY);
	char *text = kunit_kzalloc(test, TEXT_BYTES, GFP_KERNEL);
	loff_t position = 0;
	ssize_t some;

	KUNIT_ASSERT_NOT_NULL(test, text);
	do {
		size_t room = TEXT_BYTES - 1 - position;

		KUNIT_ASSERT_GT_MSG(test, room, 0, "%s is too long", path);
		some = mini_kunit_file_read(file, text + position, min(step, room), &position);
		KUNIT_ASSERT_GE(test, some, 0);
	} while (some);
	kunit_release_action(test, close_file, file->file);
	return text;
}

char *mini_kunit_file_text(struct kunit *test, const char *path)
{
	return mini_kunit_file_text_by(test, path, TEXT_BYTES);
}

char *mini_kunit_line(struct kunit *test, const char *text, const char *start)
{
	char *found = NULL;
	const char *end;

	for (; *text; text = end + 1) {
		end = strchr(text, '\n');
		KUNIT_ASSERT_NOT_NULL_MSG(test, end, "the last line does not end");
		if (strncmp(text, start, strlen(start)))
			continue;
		KUNIT_EXPECT_NULL_MSG(test, found, "two lines start with '%s'", start);
		found = kunit_kzalloc(test, end - text + 1, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, found);
		memcpy(found, text, end - text);
	}
	return found;
}

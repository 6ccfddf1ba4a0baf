# SPDX-License-Identifier: GPL-2.0
# The description for syzkaller agrees with the header of the ABI, and it would be seen if it did not.

bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/../..
	header=$BATS_TEST_TMPDIR/mini_mm.h
	cp "$root/module/include/uapi/mini_mm.h" "$header"
}

# says WORDS: for the changed header agree.py fails, and says so.
says() {
	! cmp -s "$header" "$root/module/include/uapi/mini_mm.h"
	run -1 python3 -B "$root/tests/fuzz/syzkaller/agree.py" --header "$header"
	echo "$output"
	[[ $output == *"$1"* ]]
}

@test "the description agrees with the header" {
	run -0 python3 -B "$root/tests/fuzz/syzkaller/agree.py" --header "$header"
	[[ $output =~ ^[0-9]+\ calls,\ .*\ agree$ ]]
}

@test "a field more is seen" {
	sed -i '/^struct mini_mm_tune {/a\	__u64 zone;' "$header"
	says "struct mini_mm_tune has the fields zone, arena"
}

@test "a field that became wider is seen" {
	sed -i '/^struct mini_mm_replay_op {/,/^}/s/__u32 argument/__u64 argument/' "$header"
	says "mini_mm_replay_op.argument has 8 bytes"
}

@test "two fields that changed places are seen" {
	sed -i '/^struct mini_mm_batch {/,/^}/{s/__u32 count/__u32 other/;s/__u32 flags/__u32 count/;s/__u32 other/__u32 flags/}' "$header"
	says "struct mini_mm_batch has the fields ops, flags, count"
}

@test "another number of a call is seen" {
	sed -i 's/MINI_MM_IOC_MAGIC, 0x13/MINI_MM_IOC_MAGIC, 0x23/' "$header"
	says "MINI_MM_IOC_TUNE is"
}

@test "another value, and one more, are seen" {
	sed -i 's/MINI_MM_OP_FREE = 9/MINI_MM_OP_FREE = 19/; s/^enum mini_mm_lookup {/&\n	MINI_MM_LOOKUP_LAST = 3,/' "$header"
	says "MINI_MM_OP_FREE is 19; mini_mm.txt.const says 9"
	says "enum mini_mm_lookup has MINI_MM_LOOKUP_LAST"
}

@test "a call more is seen" {
	sed -i 's/^#define MINI_MM_IOC_TUNE.*/&\n#define MINI_MM_IOC_SPLIT _IOWR(MINI_MM_IOC_MAGIC, 0x14, struct mini_mm_tune)/' "$header"
	says "the call MINI_MM_IOC_SPLIT takes a mini_mm_tune; described is None"
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load helpers

# An arena of explain's, its caches and its handles go away with its process.
nothing_left() {
	local info
	as_before
	info=$(minimm info --json)
	[[ $info == *'"arenas":1,"caches":0,"handles":0,'* ]]
}

# in_order WORDS...: $stdout has these in this order.
in_order() {
	local words rest=$stdout
	for words; do
		echo "looking for: $words"
		[[ $rest == *"$words"* ]]
		rest=${rest#*"$words"}
	done
}

@test "every scenario comes out as the textbook says, or is refused in a line, and leaves nothing behind" {
	local name told=0
	succeeds minimm explain --list
	for name in "${lines[@]:1}"; do
		name=${name%% *}
		try minimm explain "$name"
		[[ $stdout != *"NOT as it should be"* ]]
		if ((status == 0)); then
			[ -z "$stderr" ]
			told=$((told + 1))
		else
			[ "$status" -eq 1 ]
			[ -z "$stdout" ]
			one_line "explain $name: this module "
			[[ $stderr == *" (EOPNOTSUPP)" ]]
		fi
		nothing_left
	done
	[ "$told" -ge 6 ]
}

@test "21 KB get 32 KB of 256 KB after three splits, and three merges make it whole again" {
	succeeds minimm explain buddy-21k
	in_order "A segment of 256 KB, 64 pages of 4 KB" \
		"21 KB are rounded up to 32 KB; 11 KB of the block stay unused" \
		"64 pages at 0 (256 KB) are split into 0 and 32: A_L and A_R, 128 KB each" \
		"A_L, 32 pages at 0 (128 KB) are split into 0 and 16: B_L and B_R, 64 KB each" \
		"B_L, 16 pages at 0 (64 KB) are split into 0 and 8: C_L and C_R, 32 KB each" \
		"C_L, 8 pages at 0 (32 KB) are handed out" \
		"0   0    0    1    1     1     0  224 KB" \
		"C_R merges with its buddy, C_L: B_L, 16 pages at 0 (64 KB)" \
		"B_L merges with its buddy, B_R: A_L, 32 pages at 0 (128 KB)" \
		"A_L merges with its buddy, A_R: 64 pages at 0 (256 KB), the whole segment" \
		"0   0    0    0    0     0     1  256 KB"
	[ "$(grep -c 'are split into' <<<"$stdout")" -eq 3 ]
	[ "$(grep -c 'merges with' <<<"$stdout")" -eq 3 ]
}

@test "64 objects of 64 bytes fill a page, and the 65th needs another" {
	succeeds minimm explain slab-64
	in_order "small: 64 objects of 64 bytes in a slab of 1 page (4 KB)" \
		"slab at page 0 of small:" "empty -> full" "a new slab of 1 page (4 KB)" "empty -> partial"
}

@test "explain --json has each step with its events, words and state" {
	json_of minimm explain free-0-then-1
	[[ $stdout == '{"scenario":"free-0-then-1","title":'* ]]
	[[ $stdout == *'"as_expected":true'* ]]
	[[ $stdout == *'"event":"merge","page":0,"order":0,"pages":1,'* ]]
	[[ $stdout == *'"page 1 merges with its buddy, page 0: 2 pages at 0 (8 KB)"'* ]]
	[[ $stdout == *'"free_blocks":[0,1,0,0],"free_pages":2,'* ]]
	json_of minimm explain --list
}

@test "explain --svg and --html write a file each, closed tag by tag" {
	succeeds minimm explain two-pages --svg "$BATS_TEST_TMPDIR/a.svg" --html "$BATS_TEST_TMPDIR/a.html"
	[[ $(head -n 1 "$BATS_TEST_TMPDIR/a.svg") == '<?xml version="1.0" encoding="UTF-8"?>' ]]
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/a.svg")" = '</svg>' ]
	[ "$(head -n 1 "$BATS_TEST_TMPDIR/a.html")" = '<!DOCTYPE html>' ]
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/a.html")" = '</html>' ]
	[ "$(grep -c '<section>' "$BATS_TEST_TMPDIR/a.html")" -eq 5 ]
	[ "$(grep -c '</section>' "$BATS_TEST_TMPDIR/a.html")" -eq 5 ]
}

@test "commands of one's own are told in a segment of their own" {
	# shellcheck disable=SC2016  # minimm's variables
	succeeds minimm explain --size 64K -- '$x = page alloc --size 8K; page alloc --order 0' ';' 'page free $x $page_2'
	in_order "A segment of 64 KB, 16 pages" "8 KB fill a block" "C_L, 2 pages at 0 (8 KB) are handed out" \
		"2. $ page alloc --order 0" "page 2 (4 KB) is handed out" "3. $ page free \$x \$page_2" "the whole segment"
	nothing_left
	succeeds minimm explain -- page alloc --size 21K
	in_order "A segment of 256 KB" "C_L, 8 pages at 0 (32 KB) are handed out"
	nothing_left
}

@test "commands of one's own come from a file, with its comments as sentences" {
	printf '%s\n' '# A cache of four' 'cache create four --size 1K' 'obj alloc four --count 5' >"$BATS_TEST_TMPDIR/script"
	succeeds minimm explain --file "$BATS_TEST_TMPDIR/script"
	in_order "1. A cache of four" "4 objects of 1 KB in a slab of 1 page" "empty -> full" "empty -> partial"
	nothing_left
}

@test "a refusal ends one's own commands, unless it was meant" {
	refused ENOMEM "no free block" minimm explain --size 64K -- 'page alloc --order 4; page alloc --order 0; page alloc --order 1'
	in_order "no block of 1 page (4 KB) can be had" "refused (ENOMEM)"
	[[ $stdout != *"3. "* ]]
	nothing_left
	# What came before is there all the same.
	try minimm explain --json --html "$BATS_TEST_TMPDIR/a.html" --size 64K -- page alloc --order 9
	[ "$status" -eq 1 ]
	is_json <<<"$stdout"
	is_json <<<"$stderr"
	[ "$(grep -c '<section>' "$BATS_TEST_TMPDIR/a.html")" -eq 2 ]
	succeeds minimm explain --size 64K -- 'page alloc --order 4; -page alloc --order 0; -page alloc --order 1'
	in_order "refused (ENOMEM)" "3. "
	nothing_left
}

@test "a command that makes no sense is said, and nothing is left" {
	misused "explain: in 'page alloc --ordr 1': page alloc: unknown option '--ordr'" minimm explain -- page alloc --ordr 1
	misused "'run' cannot be explained" minimm explain -- 'run x; page alloc'
	nothing_left
}

@test "files that cannot be written or read are said in a line" {
	refused ENOENT "explain: /no/x.svg: cannot be written" minimm explain two-pages --svg /no/x.svg
	[ -z "$stdout" ]
	refused ENOENT "explain: /no/x.html: cannot be written" minimm explain two-pages --html /no/x.html
	refused ENOSPC "explain: /dev/full: cannot be written" minimm explain two-pages --html /dev/full
	refused ENOENT "explain: /no/script" minimm explain --file /no/script
	nothing_left
}

@test "killed in the middle, explain leaves nothing behind" {
	local script=$BATS_TEST_TMPDIR/long fifo=$BATS_TEST_TMPDIR/out
	for ((i = 0; i < 200; i++)); do echo 'page alloc --order 0 --count 3'; done >"$script"
	mkfifo "$fifo"
	minimm explain --size 4M --file "$script" >"$fifo" 3>&- &
	local pid=$!
	exec 6<"$fifo"
	# Its output is not read to the end: it waits in the middle.
	read -r -u 6 _
	[[ $(minimm arena list) == *explain-* ]]
	kill -TERM "$pid"
	wait "$pid" || true
	exec 6<&-
	nothing_left
}

@test "log shows the events of an arena that keeps them, and what was lost" {
	minimm arena create t --size 64K --log 5
	handles_of minimm page alloc --order 2 --arena t
	succeeds minimm log --arena t
	[[ ${lines[0]} =~ ^number\ +microseconds\ +event\ +page\ +block\ +cache\ +pid$ ]]
	[[ ${lines[1]} =~ ^\ +1\ +[0-9.]+\ +split\ +0\ +order\ 4\ +-\ +[0-9]+$ ]]
	[[ ${lines[3]} =~ ^\ +3\ +[0-9.]+\ +page\ alloc\ +0\ +order\ 2\ +-\ +[0-9]+$ ]]
	minimm page free "$handle"
	succeeds minimm log --arena t
	[ "${lines[0]}" = "(lost: 1 older event; the log of arena t has no more room)" ]
	json_of minimm log --arena t --after 4
	[[ $stdout == '{"arena":"t","events":[{"seq":5,'*'"event":"merge"'*'"last":6,"lost":0}' ]]
	refused ENODATA "the arena keeps no event log" minimm log
	misused "--log: '65537' is too large: at most 65536" minimm arena create u --size 64K --log 65537
}

@test "log --follow goes on until it is interrupted" {
	minimm arena create t --size 64K --log 50
	minimm log --arena t --follow >"$BATS_TEST_TMPDIR/followed" 3>&- &
	local pid=$!
	wait_for grep -q number "$BATS_TEST_TMPDIR/followed"
	minimm page alloc --order 2 --arena t
	wait_for grep -q 'page alloc' "$BATS_TEST_TMPDIR/followed"
	kill -TERM "$pid"
	wait "$pid"
}

@test "page alloc --size rounds up, and says to what" {
	try minimm page alloc --size 21K
	[ "$status" -eq 0 ]
	[[ $stdout =~ ^[0-9]+$ ]]
	[ "$stderr" = "minimm: 21 KiB are rounded up to 32 KiB: order 3, 8 pages" ]
	[[ $(minimm handles) == *" pages, order 3 "* ]]
	minimm page free "$stdout"
	json_of minimm page alloc --size 4097 --count 2
	[[ $stdout =~ ^\{\"handles\":\[[0-9]+,[0-9]+\],\"order\":1,\"bytes\":8192\}$ ]]
	refused EINVAL "the order is above the arena's highest" minimm page alloc --size 1024G
	misused "--order and --size exclude each other" minimm page alloc --size 4K --order 1
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Wants mini_mm_bench.ko where vm/run puts modules; it is loaded for these tests only, so that mini_mm can be unloaded.
load helpers

module=/lib/modules/mini_mm/mini_mm_bench.ko

setup_file() { insmod "$module"; }
teardown_file() { rmmod mini_mm_bench; }

# Small and quick: the figures are not the point here.
quick=(minimm bench --repeats 1 --operations 64 --region 4)

@test "bench has a row a work, and says on what it was measured" {
	succeeds minimm bench object-hot pages-order-0 --repeats 6 --operations 1000 --region 4
	[[ ${lines[0]} == "$(uname -r), "*" CPU"*", region of 4 MiB: ns for an allocation and its free, 6 repeats" ]]
	[[ ${lines[1]} =~ ^work\ .*kernel/ours.*verdict$ ]]
	[[ ${lines[2]} =~ ^object-hot\ +[0-9.]+\ +[0-9.]+\.\.[0-9.]+\ +[0-9.]+\ .*(faster|slower|no difference)$ ]]
	[[ ${lines[3]} =~ ^pages-order-0\ +[0-9] ]]
	[[ $stdout =~ object-hot\ +alloc\ +[0-9.]+ ]]
	[[ $stdout =~ object-hot\ +free\ +[0-9.]+ ]]
	as_before
}

@test "each work runs, or says what it needs" {
	local work absent=0 most=1
	# A kernel with PREEMPT_RT does not allocate in hard interrupts.
	[[ $(uname -v) != *PREEMPT_RT* ]] || most=3
	succeeds "${quick[@]}" --json --brief object-{hot,16,512,random,bulk,zero,interrupt,handover,cpus,live-1000} kmalloc pages
	is_json <<<"$stdout"
	while read -r work; do
		absent=$((absent + 1))
		echo "absent: $work"
		[[ $work == *'needs 2 CPUs (ENXIO)'* || $work == *pages-cold* ]] ||
			[[ $most -eq 3 && $work == *"-interrupt: this kernel cannot do it on both sides"* ]]
	done < <(grep -o '"refused":"[^"]*"' <<<"$stdout")
	[ "$(nproc)" -eq 1 ] || [ "$absent" -le "$most" ]
	[[ $stdout == *'"name":"pages-fill","ours":{"median":'* ]]
	succeeds minimm arena list
	[ "${#lines[@]}" -eq 2 ]
	as_before
}

@test "what needs more CPUs than there are is said, and the others go on" {
	succeeds "${quick[@]}" --brief --cpus 999 object-hot object-cpus-999
	[[ ${lines[2]} =~ ^object-hot\ +[0-9] ]]
	[[ ${lines[3]} == "bench object-cpus-999: needs 999 CPUs (ENXIO)" ]]
	refused EOPNOTSUPP 'needs 999 CPUs' "${quick[@]}" --cpus 999 object-cpus-999
}

@test "a region that is too small for a work is said" {
	local small=(minimm bench --repeats 1 --operations 64 --ours)
	refused EOPNOTSUPP 'the memory ran out; give a larger --region' "${small[@]}" --region 1 pages-order-10
	refused EOPNOTSUPP 'no arena of 65536 MiB' "${small[@]}" --region 65536 object-hot
}

@test "the figures go to files" {
	local out=$BATS_TEST_TMPDIR/out text picture
	succeeds "${quick[@]}" object-hot --json-file "$out.json" --csv "$out.csv" --svg "$out.svg"
	is_json <"$out.json"
	mapfile -t text <"$out.csv"
	[ "${#text[@]}" -eq 2 ]
	[[ ${text[0]} == work,unit,* ]]
	[[ ${text[1]} == object-hot,ns,,1,* ]]
	read_file picture "$out.svg"
	[[ $picture == "<svg "*"</svg>"* ]]
	try "${quick[@]}" object-hot --csv /nonexistent/out.csv
	[ "$status" -eq 1 ]
	one_line '/nonexistent/out.csv'
}

@test "the unit, the engines and one side can be chosen" {
	json_of "${quick[@]}" object-hot --unit instructions --ours --page-engine lazy --placement lowest --object-engine slub
	[[ $stdout == *'"unit":"instructions"'* ]]
	[[ $stdout != *'"kernel":'* ]]
	refused EOPNOTSUPP 'no arena' "${quick[@]}" object-hot --object-engine swab
}

@test "the list names every work" {
	succeeds minimm bench --list
	[[ ${lines[0]} =~ ^work\ +brief\ +what ]]
	for work in object-hot object-bulk-16 object-live-1000000 kmalloc-hot pages-order-10 pages-fill pages-handover; do
		[[ $stdout == *$'\n'"$work "* ]]
	done
	json_of minimm bench --list
}

@test "wrong options are refused in one line" {
	misused "unknown work 'nonsense'; 'minimm bench --list' lists them" minimm bench nonsense
	misused "unknown unit 'miles'; there are ns, cycles and instructions" minimm bench --unit miles
	misused '--repeats has to be 1 or more' minimm bench --repeats 0
	misused '--operations has to be 1 or more' minimm bench --operations 0
	misused '--region has to be 1 or more' minimm bench --region 0
	misused '--size has to be 8 or more' minimm bench --size 7
	misused '--cpus has to be 1 or more' minimm bench --cpus 0
}

@test "interrupted, it prints what it has and leaves nothing" {
	minimm bench object-hot --repeats 1000 --brief >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	bench=$!
	sleep 1.5
	kill -INT "$bench"
	wait "$bench"
	grep -q '^object-hot  *[0-9]' "$BATS_TEST_TMPDIR/out"
	grep -qE '^partial: [0-9]+ of 1000 rounds' "$BATS_TEST_TMPDIR/out"
	succeeds minimm arena list
	[ "${#lines[@]}" -eq 2 ]
}

@test "kill -9 in the middle of a measurement leaves nothing" {
	minimm bench pages-order-0 --operations 1000000000 --repeats 1 --ours >/dev/null 2>&1 3>&- &
	bench=$!
	sleep 1
	kill -9 "$bench"
	wait "$bench" || true
	wait_for bench_is_gone
}

bench_is_gone() { [ "$(minimm arena list | wc -l)" -eq 2 ]; }

@test "without the module it says how to load it" {
	rmmod mini_mm_bench
	try minimm bench object-hot
	insmod "$module"
	[ "$status" -eq 1 ]
	one_line "/dev/mini_mm_bench: the module is not loaded; as root run 'modprobe mini_mm_bench', or 'insmod mini_mm_bench.ko'"
}

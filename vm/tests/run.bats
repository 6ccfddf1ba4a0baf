#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# That vm/run hands back what the guest did, and that no way for a guest to go wrong passes for success.
# KERNEL picks the kernel (6.12).

setup() {
	log=$BATS_TEST_TMPDIR/kernel.log
}

vm() {
	"$BATS_TEST_DIRNAME/../run" --kernel "${KERNEL:-6.12}" --log "$log" "$@"
}

# Runs vm and leaves what it said in the report of a test that fails.
run_vm() {
	run vm "$@"
	printf 'status %s, said: %s\n' "$status" "$output"
}

@test "status, stdout and stderr are the command's, byte for byte" {
	local status=0
	vm -- sh -c 'printf "a\r\nb\t\001\n\n"; echo to stderr >&2; exit 3' >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	[ "$status" -eq 3 ]
	cmp "$BATS_TEST_TMPDIR/out" <(printf 'a\r\nb\t\001\n\n')
	grep -qx 'to stderr' "$BATS_TEST_TMPDIR/err"
	grep -q 'Linux version' "$log"
}

@test "arguments arrive as they were given" {
	# shellcheck disable=SC2016  # the dollar shall arrive
	run_vm -- printf '<%s>' "it's" 'a  b' '$HOME' $'two\nlines' ''
	[ "$status" -eq 0 ]
	[[ "$output" == *$'<it\'s><a  b><$HOME><two\nlines><>' ]]
}

@test "files, folders and host programs are there, and nobody is a user" {
	mkdir "$BATS_TEST_TMPDIR/folder"
	echo in a folder >"$BATS_TEST_TMPDIR/folder/note"
	echo a file >"$BATS_TEST_TMPDIR/file"
	run_vm --file "$BATS_TEST_TMPDIR/file" --tree "$BATS_TEST_TMPDIR/folder:/data" --with bash -- \
		bash -c 'cat file /data/note; su nobody -c "id -un"; [[ -d /sys/kernel/debug && -c /dev/null ]]'
	[ "$status" -eq 0 ]
	[[ "$output" == *$'a file\nin a folder\nnobody' ]]
}

@test "a warning in the kernel log fails a command that succeeded" {
	run_vm -- sh -c 'echo "WARNING: made up" >/dev/kmsg; exit 0'
	[ "$status" -eq 124 ]
	[[ "$output" == *"WARNING: made up"* ]]
}

@test "a panic is a failure" {
	run_vm -- sh -c 'echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger; sleep 5'
	[ "$status" -eq 125 ]
	[[ "$output" == *"the guest panicked: "*"sysrq triggered crash"* ]]
}

@test "a command with no end is a failure when its time is up" {
	run_vm --timeout 3 -- sleep 1000
	[ "$status" -eq 125 ]
	[[ "$output" == *"no end after "* ]]
}

@test "a kernel that does not boot is a failure that names the log" {
	local kernel=$BATS_TEST_TMPDIR/kernel
	mkdir "$kernel"
	echo 0.0-dead >"$kernel/release"
	printf '#!/bin/sh\necho "Linux version 0.0"\nexec sleep 1000\n' >"$kernel/linux"
	chmod +x "$kernel/linux"
	run "$BATS_TEST_DIRNAME/../run" --kernel "$kernel" --timeout 1 --log "$log" -- true
	[ "$status" -eq 125 ]
	[[ "$output" == *"no end after 1 s; kernel log: $log" ]]
	grep -q 'Linux version 0.0' "$log"
}

@test "a guest that goes away without its report is a failure" {
	run_vm -- sh -c 'poweroff -f'
	[ "$status" -eq 125 ]
	[[ "$output" == *"no word from the guest"* ]]
}

@test "a killed virtual machine is a failure" {
	"$BATS_TEST_DIRNAME/../run" --kernel "${KERNEL:-6.12}" --log "$log" -- sleep 1000 2>"$BATS_TEST_TMPDIR/said" &
	local runner=$! machine='' status=0
	# Its log grows only when the machine runs.
	until grep -qs 'Linux version' "$log"; do
		kill -0 "$runner"
		sleep 0.1
	done
	machine=$(pgrep -P "$runner" -f initrd)
	kill -KILL "$machine"
	wait "$runner" || status=$?
	[ "$status" -eq 125 ]
	grep -q 'killed by signal 9' "$BATS_TEST_TMPDIR/said"
}

@test "bad usage is told in one line" {
	for arguments in '--kernel none -- true' '--mem 0 -- true' '--cpus x -- true' '--nonsense' '--module' '--module /none.ko -- true' ''; do
		# shellcheck disable=SC2086  # several words on purpose
		run_vm $arguments
		[ "$status" -eq 125 ] || { echo "accepted: $arguments"; return 1; }
		[ "${#lines[@]}" -eq 1 ]
	done
}

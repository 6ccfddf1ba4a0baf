#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# What the module keeps about what a client holds is memory of the kernel's; it is charged to the client's memory cgroup.
load helpers

setup_file() {
	export cgroups=$BATS_FILE_TMPDIR/cgroups
	mkdir "$cgroups"
	if ! mount -t cgroup2 none "$cgroups" 2>/dev/null || ! echo +memory 2>/dev/null >"$cgroups/cgroup.subtree_control"; then
		cgroups=
	fi
}

teardown_file() {
	[ -n "$cgroups" ] || return 0
	rmdir "$cgroups"/test*
	umount "$cgroups"
}

# make_cgroup: sets cgroup to the folder of an empty one.
make_cgroup() {
	[ -n "$cgroups" ] || skip "this kernel has no memory cgroups"
	cgroup=$cgroups/test$BATS_TEST_NUMBER
	mkdir "$cgroup"
}

# in_cgroup COMMAND...
in_cgroup() {
	# shellcheck disable=SC2016  # the inner shell's
	sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$cgroup" "$@"
}

@test "handles are charged to the memory cgroup of who asks for them" {
	make_cgroup
	minimm cache create foo --size 8
	in_cgroup minimm obj alloc foo --count 20000 >"$BATS_TEST_TMPDIR/handles"
	slab=$(awk '$1 == "slab" { print $2 }' "$cgroup/memory.stat")
	echo "$slab bytes of slabs are charged"
	# Who it was, when and what: more than a hundred bytes each.
	((slab > 20000 * 100))
}

@test "a client that asks for more than its memory cgroup has is stopped, and nobody else feels it" {
	make_cgroup
	minimm cache create foo --size 8
	echo $((16 << 20)) >"$cgroup/memory.max"
	status=0
	in_cgroup minimm obj alloc foo --count 200000 >"$BATS_TEST_TMPDIR/handles" || status=$?
	[ "$status" -ne 0 ]
	handles_of minimm obj alloc foo --count 10
	[ "${#handles[@]}" -eq 10 ]
}

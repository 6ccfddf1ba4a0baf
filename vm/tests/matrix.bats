#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# That vm/matrix is the one place that knows the kernels, and that what is wrong in it is said in one line.

bats_require_minimum_version 1.5.0

setup() {
	root=$(realpath "$BATS_TEST_DIRNAME/../..")
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
	cp "$root/vm/matrix" "$BATS_TEST_TMPDIR/matrix"
	export MINI_MM_MATRIX=$BATS_TEST_TMPDIR/matrix
}

add() { printf '%s\n' "$*" >>"$MINI_MM_MATRIX"; }

# refused COMMAND...: it fails, with one line on stderr, which the caller looks at.
refused() {
	run --separate-stderr "$@"
	printf 'status %s, stdout: %s, stderr: %s\n' "$status" "$output" "$stderr"
	[ "$status" -ne 0 ] && [ -z "$output" ] && [ "${#stderr_lines[@]}" -eq 1 ]
}

@test "every line of the matrix can be read, and its fragments are there" {
	# shellcheck source=../../scripts/lib.sh
	source "$root/scripts/lib.sh"
	# shellcheck source=../matrix.sh
	source "$root/vm/matrix.sh"
	local name fragment
	[ "$(matrix_names | wc -l)" -eq "$(matrix_names | sort -u | wc -l)" ]
	for name in $(matrix_names); do
		matrix_need "$name"
		for fragment in ${row[fragments]}; do [ -f "$root/vm/config/$fragment.config" ]; done
	done
}

@test "a line more is a kernel more, for all scripts" {
	add '6.12-mine qemu 6.12 gcc base,x86 256 kunit,device stress'
	"$root/vm/build-kernel" --list | grep -qx 6.12-mine
	refused "$root/vm/run" --kernel 6.12-mine -- true
	[[ "$stderr" == *"6.12-mine is not built yet: vm/build-kernel 6.12-mine does it" ]]
	refused "$root/tests/run" nosuchlane
	[[ "$stderr" == *" build-6.12-mine kunit-6.12-mine device-6.12-mine stress-6.12-mine" ]]
}

@test "an unknown name is refused with the names that there are" {
	local command
	local -A command_of_run=(['vm/run --kernel']='-- true')
	for command in vm/kernel vm/build-kernel vm/fetch-kernel scripts/build-module 'kunit/run --kernel' 'vm/run --kernel'; do
		# shellcheck disable=SC2086  # the option is a word of its own
		refused "$root/"$command 5.4-old ${command_of_run[$command]-}
		[[ "$stderr" == *"no kernel named '5.4-old'; the names are: 6.1 6.12 7.2-um "* ]]
	done
}

@test "a stock kernel is not built, and a built one is not fetched" {
	refused "$root/vm/build-kernel" 6.1
	[[ "$stderr" == *"vm/fetch-kernel 6.1 gets it" ]]
	refused "$root/vm/fetch-kernel" 7.2-um
	[[ "$stderr" == *"vm/build-kernel 7.2-um makes it" ]]
}

@test "a line that says too little, or nonsense, is refused" {
	add 'short qemu 6.12 gcc base 512 device'
	add 'twice qemu 6.12 gcc base 512 - -'
	add 'twice qemu 6.12 gcc base 512 - -'
	add 'how xen 6.12 gcc base 512 - -'
	add 'memory qemu 6.12 gcc base lots - -'
	add 'fragment qemu 6.12 gcc base,fast 512 - -'
	add 'compiler qemu 6.12 icc base 512 - -'
	local name
	for name in short twice how memory fragment compiler; do
		refused "$root/vm/build-kernel" "$name"
		[[ "$stderr" == *"$MINI_MM_MATRIX"* && "$stderr" == *"$name"* ]]
	done
	add 'lane qemu 6.12 gcc base 512 dance -'
	sed -i -E '/^(short|twice|how|memory) /d' "$MINI_MM_MATRIX"
	refused "$root/tests/run"
	[[ "$stderr" == *"lane wants a lane 'dance'"* ]]
}

@test "the lanes of a kernel that cannot be had are skipped, loudly, and never passed" {
	add '9.9-none qemu 9.9 gcc base,x86 512 device,cli -'
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nexit 100\n' >"$BATS_TEST_TMPDIR/bin/apt-get"
	cp "$BATS_TEST_TMPDIR/bin/apt-get" "$BATS_TEST_TMPDIR/bin/apt-cache"
	chmod +x "$BATS_TEST_TMPDIR"/bin/*
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run "$root/tests/run" device-9.9-none cli-9.9-none
	rm -rf "$root"/build/tests/*-9.9-none*
	printf 'status %s, said: %s\n' "$status" "$output"
	[[ "$output" == *"SKIPPED, not passed: build-9.9-none: "*"no linux-source-9.9 in "* ]]
	# No lane had to share the processors with the build.
	[[ "${output%%lane 1 of*}" == *"no linux-source-9.9 in "* ]]
	[[ "$output" == *"SKIPPED, not passed: device-9.9-none"* && "$output" == *"SKIPPED, not passed: cli-9.9-none"* ]]
	[ "${lines[-1]}" = "0 passed, 0 failed, 3 skipped" ]
}

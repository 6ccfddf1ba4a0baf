#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# kunit/run on a kernel that is none: a program that says what a kernel would have said. Only the parser is
# the real kernel's. So each way for the suites to go wrong can be seen to be noticed.

bats_require_minimum_version 1.5.0

setup_file() {
	local kernel root
	root=$(realpath "$BATS_TEST_DIRNAME/../..")
	kernel=$("$root/vm/kernel" 7.2-um 2>/dev/null) || skip "no kernel source to take the parser from"
	export KUNIT_SOURCE=$kernel/build/source
}

setup() {
	root=$(realpath "$BATS_TEST_DIRNAME/../..")
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache MINI_MM_MATRIX=$BATS_TEST_TMPDIR/matrix
	fake=$XDG_CACHE_HOME/mini_mm/kernels/fake-$BATS_TEST_NUMBER name=fake-$BATS_TEST_NUMBER
	echo "$name stock 0.0 - - 64 kunit -" >"$MINI_MM_MATRIX"
	mkdir -p "$fake/build"
	echo 0.0-fake >"$fake/release"
	echo CONFIG_KUNIT=y >"$fake/build/.config"
	ln -s "$KUNIT_SOURCE" "$fake/build/source"
	# Any ELF file passes for a module where nothing is loaded.
	# shellcheck disable=SC2016  # make's variables, and those of the kernel below
	printf 'modules:\n\tcp /bin/true $(M)/mini_mm.ko\n\tcp /bin/true $(M)/mini_mm_kunit.ko\n' >"$fake/build/Makefile"
	export MINI_MM_SUITES=$BATS_TEST_TMPDIR
	suite buddy splits merges >"$MINI_MM_SUITES/buddy_test.c"
	suite slab sizes hotplug >"$MINI_MM_SUITES/slab_test.c"
	good_log >"$BATS_TEST_TMPDIR/log"
	# shellcheck disable=SC2016
	boots 'cat "$log"'
}

teardown() {
	rm -rf "$root/build/modules/fake-$BATS_TEST_NUMBER"* "$root/build/kunit/fake-$BATS_TEST_NUMBER".*
}

# suite NAME CASE...: what a suite's source has to say of itself.
suite() {
	echo 'static struct kunit_case cases[] = {'
	printf '\tKUNIT_CASE(%s),\n' "${@:2}"
	printf '\t{}\n};\n\nstatic struct kunit_suite suite = {\n\t.name = "mini_mm_%s",\n\t.test_cases = cases,\n};\n' "$1"
}

# boots SCRIPT: what the kernel does.
boots() {
	printf '#!/bin/sh\nlog=%s\n%s\n' "$BATS_TEST_TMPDIR/log" "$1" >"$fake/linux"
	chmod +x "$fake/linux"
}

# The log of a run of both.
good_log() {
	cat <<-'LOG'
		[    0.010000] KTAP version 1
		[    0.010000] 1..0
		[    0.020000] mini_mm vm: begin
		[    0.100000][  T100] KTAP version 1
		[    0.100000][  T100] 1..2
		[    0.110000][  T100]     KTAP version 1
		[    0.110000][  T100]     # Subtest: mini_mm_buddy
		[    0.110000][  T100]     1..2
		[    0.120000][  T100]     ok 1 splits
		[    0.120000][  T101] mini_mm: something to say in between
		[    0.130000][  T100]     ok 2 merges
		[    0.130000][  T100] # mini_mm_buddy: pass:2 fail:0 skip:0 total:2
		[    0.140000][  T100] ok 1 mini_mm_buddy
		[    0.150000][  T100]     KTAP version 1
		[    0.150000][  T100]     # Subtest: mini_mm_slab
		[    0.150000][  T100]     1..2
		[    0.160000][  T100]         KTAP version 1
		[    0.160000][  T100]         # Subtest: sizes
		[    0.160000][  T100]         ok 1 8
		[    0.160000][  T100]         ok 2 16
		[    0.170000][  T100]     ok 1 sizes
		[    0.180000][  T100]     ok 2 hotplug # SKIP there is one CPU
		[    0.190000][  T100] ok 2 mini_mm_slab
		[    0.200000] mini_mm vm: end 0
	LOG
}

log_edit() { sed -i -E "$@" "$BATS_TEST_TMPDIR/log"; }

kunit() {
	run --separate-stderr "$root/kunit/run" --kernel "$name" --suite 'mini_mm_[bs]*' --timeout 5 "$@"
	printf 'status %s\n%s\n%s\n' "$status" "$output" "$stderr"
}

@test "a good run passes, a case with parameters counts once, and what was skipped is said" {
	kunit
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "3 passed, 0 failed, 1 skipped" ]
	[[ "$output" == *"[SKIPPED] hotplug (there is one CPU)"* && "$output" == *"Testing complete."* ]]
	[[ "$output" != *$'\033'* ]]
}

@test "--tap prints a flat line a case" {
	kunit --tap
	[ "$status" -eq 0 ]
	[ "$output" = "ok 1 mini_mm_buddy.splits
ok 2 mini_mm_buddy.merges
ok 3 mini_mm_slab.sizes
ok 4 mini_mm_slab.hotplug # skip there is one CPU" ]
}

@test "the KTAP document is one that kunit.py reads, and the JUnit file is XML with every case" {
	kunit --junit "$BATS_TEST_TMPDIR/junit.xml"
	run -0 python3 "$KUNIT_SOURCE/tools/testing/kunit/kunit.py" parse "$root/build/kunit/$name.ktap"
	[[ "$output" == *"Ran 5 tests: passed: 4, skipped: 1"* ]]
	run -0 python3 -c '
import sys, xml.etree.ElementTree as tree
for case in tree.parse(sys.argv[1]).iter("testcase"):
    print(case.get("classname"), case.get("name"), *(child.tag for child in case))' "$BATS_TEST_TMPDIR/junit.xml"
	[ "$output" = "mini_mm_buddy splits
mini_mm_buddy merges
mini_mm_slab sizes
mini_mm_slab hotplug skipped" ]
}

@test "a case that failed" {
	log_edit 's/ok 2 merges/not &/; s/(ok 1 mini_mm_buddy)/not \1/'
	log_edit '/not ok 2 merges/i [    0.120000][  T100]     # merges: EXPECTATION FAILED at kunit/buddy_test.c:7'
	kunit
	[ "$status" -eq 1 ] && [ "${lines[-1]}" = "2 passed, 1 failed, 1 skipped" ]
	[[ "$output" == *"EXPECTATION FAILED at kunit/buddy_test.c:7"* ]]
	kunit --tap
	[ "$status" -ne 0 ] && [[ "$output" == *"not ok 2 mini_mm_buddy.merges"* ]]
	grep -q '<failure.*' "$root/build/kunit/$name.xml"
}

@test "a suite that did not start, though all others passed" {
	log_edit '/T100\] ok 1 mini_mm_buddy/,/T100\] ok 2 mini_mm_slab/d; s/1\.\.2$/1..1/; /ok 1 splits/d; s/ok 2 merges/ok 1 merges/'
	log_edit '/# mini_mm_buddy: pass/a [    0.140000][  T100] ok 1 mini_mm_buddy'
	kunit
	[ "$status" -eq 1 ] && [ "${lines[-1]}" = "1 passed, 1 failed" ]
	[ "${stderr_lines[-1]}" = "kunit/run: mini_mm_slab: the suite did not start" ]
}

@test "a KTAP document that ends in the middle" {
	log_edit '/# Subtest: sizes/,/ok 2 mini_mm_slab/d'
	kunit
	[ "$status" -eq 1 ]
	[[ "$stderr" == *"mini_mm_slab: "*"cases have no result"* ]]
}

@test "a log without any KTAP" {
	log_edit '/T100/d'
	kunit
	[ "$status" -eq 1 ]
	[[ "$stderr" == *"KUnit: no KUnit results in the kernel log"* ]]
}

@test "lines that the kernel dropped" {
	log_edit '/ok 2 merges/i ** 3 printk messages dropped **'
	kunit
	[ "$status" -eq 1 ]
	[[ "$stderr" == *"KUnit: the kernel dropped lines of its log"* ]]
}

@test "a kernel log with trouble fails a run whose cases all passed, and is named" {
	log_edit '/something to say/s/mini_mm:/WARNING:/'
	kunit
	[ "$status" -eq 124 ] && [ "${lines[-1]}" = "3 passed, 0 failed, 1 skipped" ]
	[ "${stderr_lines[-1]}" = "kunit/run: the run on $name ended with status 124; kernel log: build/kunit/$name.log" ]
}

@test "modules that cannot be unloaded fail the run" {
	log_edit 's/end 0/end 1/'
	kunit
	[ "$status" -eq 1 ]
	[[ "${stderr_lines[-1]}" == *"ended with status 1; kernel log: "* ]]
}

@test "a crash in the middle" {
	log_edit '/ok 2 merges/Q'
	echo '[    0.130000] Kernel panic - not syncing: Fatal exception' >>"$BATS_TEST_TMPDIR/log"
	kunit
	[ "$status" -eq 125 ]
	[[ "$stderr" == *"the guest panicked: Kernel panic"*"kernel log: "* && "$stderr" == *"mini_mm_slab: the suite did not start"* ]]
	[ -s "$root/build/kunit/$name.log" ]
}

@test "a run without an end" {
	log_edit '/ok 2 merges/Q'
	# shellcheck disable=SC2016
	boots 'cat "$log"; exec sleep 1000'
	kunit --timeout 1
	[ "$status" -eq 125 ]
	[[ "$stderr" == *"no end after 1 s; kernel log: "* ]]
}

@test "a glob that nothing matches is refused with the suites that there are" {
	kunit --suite 'nothing*'
	[ "$status" -eq 1 ] && [ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" == *"no suite or case matches 'nothing*'; the suites are: mini_mm_buddy "* ]]
	kunit --suite 'mini_mm_slab.nothing*'
	[ "$status" -eq 1 ]
}

@test "a kernel without KUnit is refused with those that have it" {
	echo '# CONFIG_KUNIT is not set' >"$fake/build/.config"
	echo 'other um 0.0 gcc base 64 - kunit' >>"$MINI_MM_MATRIX"
	kunit
	[ "$status" -eq 1 ] && [ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" == *"the kernel $name has no KUnit; these have: $name other" ]]
}

@test "bad usage is told in one line" {
	local arguments
	for arguments in --suite --nonsense "--timeout x" "--kernel none" "extra"; do
		# shellcheck disable=SC2086  # several words on purpose
		kunit $arguments
		[ "$status" -ne 0 ] || { echo "accepted: $arguments"; return 1; }
		[ "${stderr_lines[-1]}" = "${stderr_lines[0]}" ]
	done
}

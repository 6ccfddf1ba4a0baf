#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# module/gate-build: which kernels and compilers are refused, each in one line, and that Kbuild asks it. The compilers
# are stubs that say which they are.

bats_require_minimum_version 1.5.0

setup() {
	root=$(realpath "$BATS_TEST_DIRNAME/../..")
	gate=$root/module/gate-build bin=$BATS_TEST_TMPDIR/bin
	mkdir -p "$bin"
	PATH=$bin:$PATH
	compiler gcc-12 'gcc 12'
	compiler g++-12 'gcc 12'
}

# compiler NAME SAYS [C++20]: one that says so when asked who it is, and has C++20 unless told otherwise.
compiler() {
	printf '%s\n' '#!/bin/sh' 'cat >/dev/null' "case \$* in *-fsyntax-only*) ${3-true} ;; *) printf '\n\n%s\n' '$2' ;; esac" \
		>"$bin/$1"
	chmod +x "$bin/$1"
}

# says LINE ARGUMENT...: the gate, called with these, prints this one line.
says() {
	local line=$1
	shift
	run -0 sh "$gate" "$@"
	printf '%s: %s\n' "$*" "$output"
	# shellcheck disable=SC2053  # a pattern
	[[ "$output" == $line ]] && [ "${#lines[@]}" -le 1 ]
}

@test "kernels that were tried are accepted, with the compilers that belong together" {
	for kernel in 6.1 6.2 6.9 6.10 6.12 6.19 7.0 7.2; do says '' "$kernel" gcc-12 g++-12; done
	compiler clang 'clang 14'
	compiler clang++ 'clang 14'
	says '' 6.12 clang clang++
	says '' 6.12 'env gcc-12' 'env g++-12'
}

@test "an old kernel is refused, whatever is said" {
	for kernel in 4.19 5.10 5.15 6.0; do
		says "Linux $kernel is too old: it takes 6.1 to 7.2" "$kernel" gcc-12 g++-12 1
	done
}

@test "a kernel newer than those that were tried is refused, unless asked for" {
	for kernel in 7.3 7.10 8.0 10.1; do
		says "Linux $kernel is newer than 7.2, the newest that it was tried on: "*MINI_MM_ANY_KERNEL=1 "$kernel" gcc-12 g++-12
		says '' "$kernel" gcc-12 g++-12 1
	done
}

@test "a C++ compiler that is not there, is none, or of another kind or version, is named" {
	says 'there is no g++-99: install the C++ compiler that goes with gcc-12, or name it with KCXX=' 6.12 gcc-12 g++-99
	says 'there is no C++ compiler: '* 6.12 gcc-12 ''
	says "false compiles no C++: "* 6.12 gcc-12 false
	compiler g++-13 'gcc 13'
	says "g++-13 is gcc 13, but the kernel's C is compiled by gcc 12 (gcc-12): "* 6.12 gcc-12 g++-13
	compiler clang++ 'clang 14'
	says "clang++ is clang 14, but the kernel's C is compiled by gcc 12 (gcc-12): "* 6.12 gcc-12 clang++
}

@test "a C++ compiler without C++20 is refused" {
	compiler g++-12 'gcc 12' false
	says 'g++-12 (gcc 12) has no C++20: it takes gcc 11 or clang 14, or newer, '* 6.12 gcc-12 g++-12
}

@test "the real compilers of this machine are told apart" {
	says '' 6.12 gcc g++
	says "clang++ is clang "*", but the kernel's C is compiled by gcc "* 6.12 gcc clang++
}

@test "the kernel's build says it in one line, compiles nothing, and can still clean" {
	local kernel tree=$BATS_TEST_TMPDIR/tree
	kernel=$("$root/vm/kernel" 6.12 2>/dev/null) || skip "no kernel to build for"
	"$root/packaging/sources" "$tree"
	for wrong in 'VERSION=5 PATCHLEVEL=10' 'VERSION=7 PATCHLEVEL=3' KCXX=g++-99; do
		# shellcheck disable=SC2086  # two words
		run ! make -C "$kernel/build" M="$tree" $wrong modules
		printf '%s\n' "${lines[@]}"
		[ "$(grep -c 'mini_mm: ' <<<"$output")" = 1 ]
		[ -z "$(find "$tree" -name '*.o')" ]
	done
	make -C "$kernel/build" M="$tree" KCXX=g++-99 clean
}

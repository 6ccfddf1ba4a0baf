#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# vm/build-kernel without a kernel: a copy of the scripts, a source tree with nothing in it, and a make that
# does what it is told to. What can go wrong is said in one line, and the build's log is kept.

bats_require_minimum_version 1.5.0

setup() {
	local root
	root=$(realpath "$BATS_TEST_DIRNAME/../..")
	tree=$BATS_TEST_TMPDIR/tree bin=$BATS_TEST_TMPDIR/bin
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
	source=$XDG_CACHE_HOME/mini_mm/sources/6.12
	kernel=$XDG_CACHE_HOME/mini_mm/kernels/6.12-kunit
	mkdir -p "$tree/kunit" "$bin" "$source/scripts/kconfig"
	cp -r "$root/vm" "$root/scripts" "$tree"
	cp "$root/kunit/.kunitconfig" "$tree/kunit"
	export MINI_MM_MATRIX=$tree/vm/matrix

	echo 6.12.7-1 >"$source.version"
	program "$source/scripts/min-tool-version.sh" 'echo 5.1'
	# shellcheck disable=SC2016  # the stubs' own variables, here and below
	program "$source/scripts/kconfig/merge_config.sh" 'out=$3/.config; shift 4; cat "$@" >"$out"'
	program "$bin/apt-cache" 'echo "Version: 6.12.7-1"'
	program "$bin/apt-get" 'exit 100'
	program "$bin/ccache" 'exit 1'
	# shellcheck disable=SC2016
	program "$bin/make" 'echo "$*" >>"$MAKE_CALLS"
		for word; do
			case $word in O=*) out=${word#O=} ;; esac
		done
		case "$*" in
		*tinyconfig) : >"$out/.config" ;;
		*olddefconfig) sed -i "/${DROPPED_OPTION-nothing}/d" "$out/.config" ;;
		*)
			echo "  CC      init/main.o"
			if [ -n "${BUILD_ERROR-}" ]; then echo "$BUILD_ERROR"; exit 2; fi
			mkdir -p "$out/arch/x86/boot" "$out/include/config"
			echo x | tee "$out/Module.symvers" "$out/arch/x86/boot/bzImage" "$out/Makefile" >/dev/null
			echo 6.12.7-mine >"$out/include/config/kernel.release"
			;;
		esac'
	export MAKE_CALLS=$BATS_TEST_TMPDIR/make-calls
	: >"$MAKE_CALLS"
	PATH=$bin:$PATH
}

program() {
	printf '#!/bin/bash\n%s\n' "$2" >"$1"
	chmod +x "$1"
}

build() {
	run --separate-stderr "$tree/vm/build-kernel" 6.12-kunit
	printf 'status %s, stdout: %s, stderr: %s\n' "$status" "$output" "$stderr"
}

# failed STATUS TEXT: so it ended, with TEXT in its last line, and no kernel is there.
failed() {
	[ "$status" -eq "$1" ] && [[ "${stderr_lines[-1]}" == *"$2"* ]] && [ -z "$output" ] && [ ! -e "$kernel" ]
}

@test "a kernel is built once, and its directory printed" {
	build
	[ "$status" -eq 0 ] && [ "$output" = "$kernel" ]
	[ -s "$kernel/vmlinuz" ] && [ "$(<"$kernel/release")" = 6.12.7-mine ]
	: >"$MAKE_CALLS"
	build
	[ "$status" -eq 0 ] && [ "$output" = "$kernel" ] && [ ! -s "$MAKE_CALLS" ]
}

@test "another option, source or compiler is a new build; a comment, or an option that moves, is none" {
	build
	: >"$MAKE_CALLS"
	sed -i '/CONFIG_EPOLL=y/d' "$tree/vm/config/base.config"
	printf '# a comment\nCONFIG_EPOLL=y\n' >>"$tree/vm/config/x86.config"
	sed -i '/CONFIG_KUNIT=y/d' "$tree/vm/config/base.config"
	build
	[ ! -s "$MAKE_CALLS" ]

	echo CONFIG_NEW=y >>"$tree/vm/config/base.config"
	build
	[ -s "$MAKE_CALLS" ]

	: >"$MAKE_CALLS"
	program "$bin/apt-cache" 'echo "Version: 6.12.8-1"'
	echo 6.12.8-1 >"$source.version"
	build
	[ -s "$MAKE_CALLS" ]

	: >"$MAKE_CALLS"
	# shellcheck disable=SC2016
	program "$bin/gcc" 'if [[ $1 == --version ]]; then echo "gcc 99"; else exec /usr/bin/gcc "$@"; fi'
	build
	[ "$status" -eq 0 ] && [ -s "$MAKE_CALLS" ]
}

@test "the suites' own options are part of every kernel" {
	echo CONFIG_SUITES_NEED_THIS=y >>"$tree/kunit/.kunitconfig"
	build
	grep -qx CONFIG_SUITES_NEED_THIS=y "$kernel/build/.config"
}

@test "no source package: skipped, and it says so" {
	rm -rf "$source" "$source.version"
	program "$bin/apt-cache" 'exit 100'
	build
	failed 77 "skipped 6.12-kunit: no linux-source-6.12 in this system's package lists"
}

@test "no network for a package that is known: skipped, and the log says why" {
	rm -rf "$source" "$source.version"
	program "$bin/apt-get" 'echo "Could not resolve host"; exit 100'
	build
	failed 77 "could not be downloaded; see $kernel.log"
	grep -q 'Could not resolve host' "$kernel.log"
}

@test "without network, what was unpacked before still builds" {
	program "$bin/apt-cache" 'exit 100'
	build
	[ "$status" -eq 0 ] && [ "$output" = "$kernel" ]
}

@test "a disk with too little space is refused before anything is built" {
	program "$bin/df" 'printf "Avail\n 200M\n"'
	build
	failed 1 "has 200 MiB free, a kernel needs"
	[ ! -s "$MAKE_CALLS" ]
}

@test "a disk that becomes full while building" {
	BUILD_ERROR='fatal error: error writing to /tmp/x.s: No space left on device' build
	failed 1 "No space left on device; see $kernel.log"
	[ -s "$kernel.log" ]
}

@test "a compiler that is too old" {
	program "$source/scripts/min-tool-version.sh" 'echo 99.1'
	build
	failed 1 "is too old for Linux 6.12, which needs 99.1 or newer"
}

@test "an option that is asked for and not granted" {
	DROPPED_OPTION=CONFIG_KUNIT_DEBUGFS build
	failed 1 "not granted by Linux 6.12.7-1: CONFIG_KUNIT_DEBUGFS=y"
	[ -e "$kernel.log" ]
}

@test "missing tools are named as packages" {
	local tool
	mkdir "$BATS_TEST_TMPDIR/few"
	for tool in bash dirname realpath awk grep sed paste wc uname cut tail date mkdir cat nproc; do
		ln -s "$(command -v "$tool")" "$BATS_TEST_TMPDIR/few/$tool"
	done
	run --separate-stderr env PATH="$BATS_TEST_TMPDIR/few" "$tree/vm/build-kernel" 6.12-kunit
	failed 1 "missing packages: make gcc flex bison"
}

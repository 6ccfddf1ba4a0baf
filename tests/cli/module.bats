#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# With no module, and with no permission. Loads and unloads it, so it wants the file where vm/run puts it.
load helpers

module=/lib/modules/mini_mm/mini_mm.ko

teardown() {
	[ -e /dev/mini_mm ] || insmod "$module"
	clean_up
}

@test "without the module, every command says how to load it" {
	[ -e "$module" ] || skip "no $module to load again"
	rmmod mini_mm
	for command in info "page alloc --order 0" "obj alloc foo" "dump 1" map "stress --seconds 1"; do
		# shellcheck disable=SC2086
		refused ENOENT "/dev/mini_mm: the module is not loaded; as root run 'modprobe mini_mm', or 'insmod mini_mm.ko'" \
			minimm $command
	done
	refused ENOENT "the module is not loaded" minimm buddyinfo
	refused ENOENT "the module is not loaded" minimm slabinfo
	succeeds minimm --version
	succeeds minimm page --help
}

@test "what is not the module's device is named, whatever it is" {
	[ -e "$module" ] || skip "no $module to load again"
	rmmod mini_mm
	for command in 'echo hello >' 'mkdir' 'ln -s /dev/null' 'ln -s mini_mm'; do
		eval "$command /dev/mini_mm"
		try minimm info
		[ "$status" -eq 1 ]
		one_line "/dev/mini_mm: what is there is not the module's device; remove it, and load the module again"
		rm -rf /dev/mini_mm
	done
}

@test "the error is JSON with --json" {
	[ -e "$module" ] || skip "no $module to load again"
	rmmod mini_mm
	try minimm info --json
	[ "$status" -eq 1 ]
	is_json <<<"$stderr"
	[[ $stderr == *'"errno":"ENOENT","reason":"no-device"}' ]]
}

@test "without permission, the message says to be root" {
	try su nobody -c 'minimm info'
	[ "$status" -eq 1 ]
	one_line "/dev/mini_mm: only root may use the device; run minimm as root, or with sudo (EACCES)"
	try su nobody -c 'minimm slabinfo'
	[ "$status" -eq 1 ]
	one_line "/proc/mini_slabinfo: only root may read it"
	succeeds su nobody -c 'minimm buddyinfo'
}

@test "the module is not unloaded while the device is open" {
	[ -e "$module" ] || skip "no $module to load again"
	hold 'page alloc --order 0'
	try rmmod mini_mm
	[ "$status" -ne 0 ]
	[ -e /dev/mini_mm ]
	let_go
	rmmod mini_mm
	[ ! -e /dev/mini_mm ]
}

@test "kept allocations do not keep the module loaded; they are freed with it" {
	[ -e "$module" ] || skip "no $module to load again"
	minimm page alloc --order 3
	minimm cache create foo --size 64
	minimm obj alloc foo --count 10
	rmmod mini_mm
	insmod "$module"
	as_before
	succeeds minimm handles
	[ "${#lines[@]}" -eq 1 ]
}

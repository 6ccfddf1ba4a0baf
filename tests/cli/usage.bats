#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# How minimm ends and where it complains; what it complains of is tested without a device, in
# userspace-tools/tests.
load helpers

@test "--help shows options and examples, on standard output" {
	succeeds minimm --help
	[[ $stdout == *"Examples:"* ]]
	succeeds minimm page alloc --help
	[[ $stdout == *"Usage: minimm page alloc"*"--order N"* ]]
}

@test "--version" {
	succeeds minimm --version
	[[ $stdout =~ ^minimm\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "a command line that makes no sense is one line, status 2" {
	misused "a command is missing: info, arena, page" minimm
	misused "unknown command 'pages'; see 'minimm --help'" minimm pages
	misused "page alloc: --order is missing, or --size; see 'minimm page alloc --help'" minimm page alloc
	misused "page alloc: --order: 'x' is not a number" minimm page alloc --order x
	misused "fill: BYTE: '-1' is not a number from 0 up" minimm fill 1 -1
	misused "info: unknown option '--frob'" minimm info --frob
}

@test "with --json it is a JSON document on standard error" {
	try minimm page alloc --order x --json
	[ "$status" -eq 2 ]
	[ -z "$stdout" ]
	is_json <<<"$stderr"
	[[ $stderr == '{"error":"page alloc: --order'*'"errno":"EINVAL","reason":"usage"}' ]]
}

@test "names that are commands elsewhere are names" {
	minimm cache create list --size 64
	minimm obj alloc list
	minimm cache create page --size 64
}

@test "output that cannot be written is an error" {
	try bash -c 'minimm info >/dev/full'
	[ "$status" -eq 1 ]
	one_line "standard output: cannot be written to"
}

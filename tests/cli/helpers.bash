# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the tests of minimm share. They run as root where the module is loaded and nobody else uses it;
# bash, bats and busybox are all they need. Each begins and ends with an empty default arena; an arena of
# its own is called t.
bats_require_minimum_version 1.5.0

setup() {
	# bats looks at each command before it is run, which takes long in an emulated machine: at those of the
	# test itself only, not at those in here. Where a test fails is said all the same.
	set +T
	declare -ft "$BATS_TEST_NAME"
	read_file before /proc/mini_buddyinfo
}

teardown() {
	clean_up
	as_before
}

clean_up() {
	local caches
	mapfile -t caches </proc/mini_slabinfo
	# In an emulated machine a process more is felt.
	if ! as_before || ((${#caches[@]} > 2)); then
		minimm run - >/dev/null 2>&1 <<-'END'
			arena reset default
			-arena reset t
			-arena destroy t
		END
	fi
}

as_before() {
	local now
	read_file now /proc/mini_buddyinfo
	[ "$now" = "$before" ]
}

in_use() { ! as_before; }

# read_file VARIABLE FILE: without a process.
read_file() {
	IFS= read -r -d '' "$1" <"$2" || true
}

# try COMMAND...: like bats' run --separate-stderr, but without a process of its own. $stdout and $stderr
# are without the last line's end.
try() {
	status=0
	"$@" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
	read_file stdout "$BATS_TEST_TMPDIR/stdout"
	read_file stderr "$BATS_TEST_TMPDIR/stderr"
	stdout=${stdout%$'\n'} stderr=${stderr%$'\n'}
	echo "$* ended with $status"
	echo "stdout: $stdout"
	echo "stderr: $stderr"
}

# succeeds COMMAND...: status 0 and nothing on stderr; $lines are those of $stdout.
succeeds() {
	try "$@"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	lines=()
	[ -z "$stdout" ] || mapfile -t lines <<<"$stdout"
}

# refused ERRNO WORDS COMMAND...: status 1, and one line on stderr that says WORDS and ends in (ERRNO).
refused() {
	local errno=$1 words=$2
	shift 2
	try "$@"
	[ "$status" -eq 1 ]
	one_line "$words"
	[[ $stderr == *" ($errno)" ]]
}

# misused WORDS COMMAND...: status 2, nothing on stdout, and one line on stderr that says WORDS.
misused() {
	local words=$1
	shift
	try "$@"
	[ "$status" -eq 2 ]
	[ -z "$stdout" ]
	one_line "$words"
}

# The one line on stderr says $1.
one_line() {
	[[ $stderr == "minimm: "*"$1"* ]]
	[[ $stderr != *$'\n'* ]]
}

# Standard input is one JSON document: strings and numbers become V, then what is made of Vs does.
is_json() {
	local left
	left=$(sed -E '
		s/"([^"\\]|\\.)*"/S/g
		s/true|false|null|-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?/V/g
		:again
		s/\[([SV](,[SV])*)?\]|\{(S:[SV](,S:[SV])*)?\}/V/
		t again')
	echo "left of the JSON: $left"
	[ "$left" = V ]
}

# json_of COMMAND...: runs it with --json; what it printed, $stdout, has to be JSON.
json_of() {
	succeeds "$@" --json
	is_json <<<"$stdout"
}

# arena_number FIELD [ARENA]: a number of an arena, into $number.
arena_number() {
	try minimm arena list --json
	[[ $stdout =~ \"name\":\"${2:-default}\"[^}]*\"$1\":([0-9]+) ]]
	number=${BASH_REMATCH[1]}
}

# arena_has FIELD NUMBER [ARENA]
arena_has() {
	local number
	arena_number "$1" "${3:-default}"
	[ "$number" -eq "$2" ]
}

# handles_of COMMAND...: runs it; the handles that it printed into the array $handles, the first into $handle.
handles_of() {
	succeeds "$@"
	handles=("${lines[@]}")
	# shellcheck disable=SC2034  # for the tests
	handle=${handles[0]}
}

# hold COMMAND...: another process runs these, one a line of a script, and holds what they made until
# let_go, or until it is killed. What they printed is in $holder_out.
hold() {
	holder_out=$BATS_TEST_TMPDIR/holder.out
	mkfifo "$BATS_TEST_TMPDIR/script"
	minimm run - <"$BATS_TEST_TMPDIR/script" >"$holder_out" 3>&- &
	holder=$!
	exec 5>"$BATS_TEST_TMPDIR/script"
	printf '%s\n' "$@" 'echo held' >&5
	wait_for grep -q held "$holder_out"
}

let_go() {
	exec 5>&-
	wait "$holder"
}

kill_holder() {
	kill -9 "$holder"
	exec 5>&-
	wait "$holder" || true
}

# wait_for COMMAND...: until it succeeds, half a minute at most.
wait_for() {
	local tries
	for ((tries = 0; tries < 300; tries++)); do
		! "$@" || return 0
		sleep 0.1
	done
	echo "waited in vain for: $*"
	return 1
}

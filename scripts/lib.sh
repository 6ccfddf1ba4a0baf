# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the project's scripts share: where caches live, messages on stderr, and long steps that show
# that they are alive. Source it; it changes no shell option.

# shellcheck disable=SC2034  # for the scripts that source this
cache=${XDG_CACHE_HOME:-${HOME:?set HOME or XDG_CACHE_HOME, the caches go below it}/.cache}/mini_mm
self=${0##*/}

say() { printf '%s: %s\n' "$self" "$*" >&2; }

die() {
	say "$@"
	exit 1
}

# step LABEL COMMAND...: runs COMMAND with its output kept back. On a terminal a line counts the
# seconds; elsewhere a line every 15 s does. If COMMAND fails, its status is returned, and step_error
# is the first line of its output that looks like the reason. Should COMMAND be a function, it has to
# check each of its steps: the shell's errexit does not reach it here.
step_error=
step() {
	local label=$1 log pid status=0 start=$SECONDS shown=0
	shift
	log=$(mktemp)
	[[ -t 2 ]] || say "$label"
	"$@" </dev/null >"$log" 2>&1 &
	pid=$!
	# The shell lets a background job ignore the terminal's interrupt.
	trap 'kill "$pid"; exit 130' INT
	while kill -0 "$pid" 2>/dev/null; do
		if [[ -t 2 ]]; then
			printf '\r%s: %s ... %d s ' "$self" "$label" $((SECONDS - start)) >&2
		elif ((SECONDS - start >= shown + 15)); then
			shown=$((SECONDS - start))
			say "$label: $shown s so far"
		fi
		sleep 0.1
	done
	wait "$pid" || status=$?
	trap - INT
	[[ -t 2 ]] && printf '\r%s: %s: %d s   \n' "$self" "$label" $((SECONDS - start)) >&2
	step_error=$({ grep -m1 -E '^E: |[Ee]rror|[Cc]annot|not found' "$log" || tail -n 1 "$log"; } | cut -c 1-200)
	rm -f "$log"
	return "$status"
}

# locked FILE COMMAND...: runs COMMAND while holding the lock FILE, and says so when it has to wait.
# The lock goes with the process, however that ends.
locked() {
	local file=$1 fd
	shift
	mkdir -p "${file%/*}" || die "cannot make ${file%/*}"
	exec {fd}>"$file"
	if ! flock -n "$fd"; then
		say "waiting for another run that holds $file"
		flock "$fd"
	fi
	"$@"
	exec {fd}>&-
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A machine for the tests of a file: a layer above the clean system that tests/packages/run made, which those tests
# may change as they like, one after the other. There is no kernel in it and no network.

# new_machine: called by setup_file.
new_machine() {
	machine=$BATS_FILE_TMPDIR/machine
	mkdir -p "$machine" "$BATS_FILE_TMPDIR"/{upper,work}
	mount -t overlay machine -o "lowerdir=${CHROOT:?},upperdir=$BATS_FILE_TMPDIR/upper,workdir=$BATS_FILE_TMPDIR/work" "$machine"
	mount -t proc proc "$machine/proc"
	mapfile -t kernels < <(find "$machine/lib/modules" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V)
	old=${kernels[0]} new=${kernels[-1]}
	export machine old new
}

# What bats deletes afterwards must not be mounted any more.
end_machine() { umount "$machine/proc" "$machine"; }

# copy_checkout FOLDER: what git knows of, and what is new.
copy_checkout() {
	local root
	root=$(realpath "$BATS_TEST_DIRNAME/../..")
	mkdir -p "$1"
	git -C "$root" ls-files -z --cached --others --exclude-standard | (cd "$root" && xargs -0 cp --parents -t "$1")
}

# on COMMAND...: runs it there, as root.
on() {
	chroot "$machine" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive "$@"
}

# module KERNEL NAME: the installed file's path there, or nothing.
module() { on sh -c "ls /lib/modules/$1/updates/dkms/$2.ko* 2>/dev/null" || true; }

# field KERNEL NAME FIELD: what modinfo says of the installed module.
field() { on modinfo -F "$3" "$(module "$1" "$2")"; }

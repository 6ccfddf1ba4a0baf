# SPDX-License-Identifier: GPL-2.0
# In a guest whose kernel loads only signed modules (vm/config/sig.config), with what tests/vm/sign made.

bats_require_minimum_version 1.5.0

load_module() { /usr/sbin/insmod "$1"; }

trust() { keyctl padd asymmetric '' %:.secondary_trusted_keys <"$1"; }

# refused FILE [REASON]: insmod always says the same, the kernel log says why.
refused() {
	run -1 load_module "$1"
	echo "$output"
	dmesg
	[[ "$output" == *"Key was rejected by service"* ]]
	[ ! -d /sys/module/mini_mm ]
	[ -z "${2-}" ] || dmesg | grep -q "Loading of $2 is rejected"
}

setup() { dmesg -c >/dev/null; }

teardown() {
	if [ -d /sys/module/mini_mm ]; then rmmod mini_mm; fi
}

@test "a module without a signature is refused" {
	refused /lib/modules/mini_mm/mini_mm.ko "unsigned module"
}

@test "a module signed by a key that the kernel does not know is refused" {
	refused signing/own.ko "module with unavailable key"
}

@test "a key that nobody vouches for is not taken" {
	run -1 trust signing/stranger.der
	refused signing/stranger.ko "module with unavailable key"
}

@test "a module that was changed after it was signed is refused, though the key is trusted" {
	trust signing/own.der
	refused signing/changed.ko
}

@test "signed by a key that the kernel trusts it loads, works and taints the kernel as out of tree only" {
	trust signing/own.der
	load_module signing/own.ko
	[ "$(cat /sys/module/mini_mm/taint)" = O ]
	minimm page free "$(minimm page alloc --order 3)"
}

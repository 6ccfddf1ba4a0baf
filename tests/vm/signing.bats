# SPDX-License-Identifier: GPL-2.0
# In a guest whose kernel loads only signed modules (vm/config/sig.config), with what tests/vm/sign made.

bats_require_minimum_version 1.5.0

load_module() { /usr/sbin/insmod "$1"; }

trust() { keyctl padd asymmetric '' %:.secondary_trusted_keys <"$1"; }

setup() { dmesg -c >/dev/null; }

teardown() {
	if [ -d /sys/module/mini_mm ]; then rmmod mini_mm; fi
}

@test "a module without a signature is refused" {
	run -1 load_module /lib/modules/mini_mm/mini_mm.ko
	echo "$output"
	[[ "$output" == *"Key was rejected by service"* ]]
	[ ! -d /sys/module/mini_mm ]
}

@test "a module signed by a key that the kernel does not know is refused" {
	run -1 load_module signing/own.ko
	[[ "$output" == *"Required key not available"* ]]
}

@test "a key that nobody vouches for is not taken" {
	run -1 trust signing/stranger.der
	run -1 load_module signing/stranger.ko
	[[ "$output" == *"Required key not available"* ]]
}

@test "a module that was changed after it was signed is refused, though the key is trusted" {
	trust signing/own.der
	sed 's/mini_mm version/mini_mm Version/; s/A laboratory for/A Laboratory for/' signing/own.ko >changed.ko
	! cmp -s changed.ko signing/own.ko
	run -1 load_module "$PWD/changed.ko"
	[[ "$output" == *"Key was rejected by service"* ]]
}

@test "signed by a key that the kernel trusts it loads, works and taints the kernel as out of tree only" {
	trust signing/own.der
	load_module signing/own.ko
	[ "$(cat /sys/module/mini_mm/taint)" = O ]
	minimm page free "$(minimm page alloc --order 3)"
}

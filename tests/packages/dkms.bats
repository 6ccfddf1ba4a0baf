# SPDX-License-Identifier: GPL-2.0
# make dkms-install and make dkms-remove on a machine with the distribution's DKMS and two kernels, in one story.

bats_require_minimum_version 1.5.0

setup_file() {
	load machine
	new_machine
	copy_checkout "$machine/root/mini_mm"
}

teardown_file() {
	load machine
	end_machine
}

setup() { load machine; }

# dkms_make TARGET [VARIABLE=VALUE]...
dkms_make() { on make -s -C /root/mini_mm "$@"; }

version() { on /root/mini_mm/scripts/version "$@"; }

@test "headers that are not there are named" {
	run -2 dkms_make dkms-install KERNELS=6.6.6-none
	[[ "$output" == *"install the headers of 6.6.6-none"* ]]
	! on test -e "/usr/src/mini-mm-$(version)"
}

@test "without the C++ compiler one line says which is missing" {
	compiler=$(on realpath /usr/bin/g++)
	on mv "$compiler" /root/g++-away
	run -2 dkms_make dkms-install KERNELS="$new"
	on mv /root/g++-away "$compiler"
	echo "$output"
	[[ "$output" == *"DKMS cannot install mini-mm/$(version) for $new: mini_mm: there is no "*"g++-12: install "* ]]
}

@test "both modules are built and installed for each kernel" {
	dkms_make dkms-install KERNELS="$old $new"
	[ "$(on dkms status -m mini-mm | grep -c ': installed')" = 2 ]
	for kernel in $old $new; do
		for name in mini_mm mini_mm_bench; do
			[[ "$(field "$kernel" $name vermagic)" == "$kernel "* ]]
		done
		[ "$(field "$kernel" mini_mm version)" = "$(version)" ]
		grep -q 'updates/dkms/mini_mm.ko' "$machine/lib/modules/$kernel/modules.dep"
	done
}

@test "DKMS signs them with a key of its own" {
	[[ "$(field "$new" mini_mm signer)" == "DKMS module signing key" ]]
	on openssl x509 -inform DER -noout -in /var/lib/dkms/mok.pub
}

@test "a new version takes the old one's place on all kernels" {
	was=$(version)
	now=$(version "$was.1")
	dkms_make dkms-install KERNELS="$new"
	for kernel in $old $new; do [ "$(field "$kernel" mini_mm version)" = "$now" ]; done
	[ "$(on dkms status -m mini-mm | grep -c "^mini-mm/$now, .*: installed")" = 2 ]
	[ "$(on dkms status -m mini-mm | wc -l)" = 2 ]
	[ "$(on sh -c 'echo /usr/src/mini-mm*')" = "/usr/src/mini-mm-$now" ]
}

@test "make dkms-remove leaves nothing" {
	dkms_make dkms-remove
	[ -z "$(on dkms status)" ]
	! on find / -xdev -path /root/mini_mm -prune -o \( -name 'mini-mm*' -o -name 'mini_mm*' \) -print | grep .
	! grep -r mini_mm "$machine"/lib/modules/*/modules.dep
}

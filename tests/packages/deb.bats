# SPDX-License-Identifier: GPL-2.0
# Debian's packages, as make deb builds them: what is in them, and installing and removing them on a machine with the
# distribution's DKMS and two kernels, in one story.

bats_require_minimum_version 1.5.0

setup_file() {
	load machine
	# Compiling minimm with Debian's flags takes minutes the first time.
	PATH=/usr/lib/ccache:$PATH packaging/build-deb
	new_machine
	cp build/deb/*.deb "$machine/root/"
}

teardown_file() {
	load machine
	end_machine
}

setup() { load machine; }

@test "lintian has nothing to say" {
	run -0 lintian --allow-root --fail-on error,warning build/deb/*.changes
	echo "$output"
	[ -z "$output" ]
}

@test "installing them builds the modules for each kernel, and minimm is in the path" {
	on sh -c 'dpkg --install /root/*.deb'
	for kernel in $old $new; do
		for name in mini_mm mini_mm_bench; do
			[[ "$(field "$kernel" $name vermagic)" == "$kernel "* ]]
		done
	done
	[ "$(on minimm --version)" = "minimm $(scripts/version)" ]
	run -1 on minimm info
	[[ "$output" == *"not loaded"* ]]
}

@test "the device's rule and the module's configuration are examples, and not active" {
	diff -r packaging/examples "$machine/usr/share/doc/mini-mm-tools/examples"
	! find "$machine"/etc/udev "$machine"/usr/lib/udev "$machine"/etc/modprobe.d "$machine"/etc/modules-load.d \
		-name '*mini*' 2>/dev/null | grep .
}

@test "modprobe takes the example of a configuration" {
	on sh -c 'cp /usr/share/doc/mini-mm-tools/examples/mini_mm.modprobe.conf /etc/modprobe.d/mini_mm.conf'
	on modprobe --show-depends --set-version "$new" mini_mm | grep 'region_mb=64 .*max_region_mb=256'
	on modinfo -F parm "$(module "$new" mini_mm)" | cut -d : -f 1 >"$BATS_TEST_TMPDIR/parameters"
	sed -n 's/^options mini_mm //p' packaging/examples/mini_mm.modprobe.conf | xargs -n 1 | while IFS='=' read -r name _; do
		grep -qxF "$name" "$BATS_TEST_TMPDIR/parameters"
	done
}

@test "removing them leaves nothing" {
	on dpkg --purge mini-mm-tools mini-mm-dkms
	on rm /etc/modprobe.d/mini_mm.conf
	[ -z "$(on dkms status)" ]
	! on find / -xdev -path /root -prune -o \( -name 'mini-mm*' -o -name 'mini_mm*' -o -name 'minimm*' \) -print | grep .
}

# SPDX-License-Identifier: GPL-2.0
# In the guest, with the distribution's udev: the device is root's alone, and a group's where the example of a rule is
# enabled as docs/installing.md says.

bats_require_minimum_version 1.5.0

setup_file() {
	mkdir -p /etc/udev/rules.d
	echo 'mini_mm:x:900:member' >>/etc/group
	printf '%s\n' 'member:x:1001:65534::/tmp:/bin/sh' 'other:x:1002:65534::/tmp:/bin/sh' >>/etc/passwd
	udevd --daemon
}

teardown_file() { udevadm control --exit; }

setup() { insmod /lib/modules/mini_mm/mini_mm.ko && udevadm settle; }

teardown() { rmmod mini_mm; }

device() { stat -c '%a %U %G' /dev/mini_mm; }

@test "without a rule the device is root's alone" {
	[ "$(device)" = "600 root root" ]
	run ! su member -c 'minimm info'
}

@test "with the rule the device is the group's, at once and after the module was loaded again" {
	cp /root/60-mini_mm.rules /etc/udev/rules.d/
	udevadm control --reload
	udevadm trigger --settle /dev/mini_mm
	[ "$(device)" = "660 root mini_mm" ]
	rmmod mini_mm
	insmod /lib/modules/mini_mm/mini_mm.ko && udevadm settle
	[ "$(device)" = "660 root mini_mm" ]
	su member -c 'minimm info'
	run ! su other -c 'minimm info'
}

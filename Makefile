# SPDX-License-Identifier: GPL-2.0
# mini_mm, for people; the kernel's build system reads Kbuild. 'make help' lists what there is.

KERNEL ?= 6.12
KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local

.PHONY: help demo test check module tools vm shell stress load unload install clean

help:
	@echo 'make demo              boot a VM, load the module, allocate, look, unload'
	@echo 'make test              all tests; the last line says how many passed and failed'
	@echo 'make check             format, lint, static analysis'
	@echo 'make module            mini_mm.ko for KERNEL, in build/modules/KERNEL/'
	@echo 'make tools             minimm, in build/userspace-tools/'
	@echo 'make vm CMD="..."      run a command in the VM, with the module loaded'
	@echo 'make shell             a shell in the VM, with the module loaded'
	@echo 'make stress            ten seconds of minimm stress in the VM'
	@echo 'make load, unload      the module on this machine (KDIR=its kernel build dir)'
	@echo 'make install           minimm, its man page and its completion, below PREFIX'
	@echo 'make clean             remove build/'
	@echo
	@echo 'KERNEL: 6.1, 6.12 (default), or one that vm/build-kernel makes; now: $(KERNEL)'

demo:
	@scripts/setup demo
	@vm/session --kernel $(KERNEL) --file vm/demo -- demo

test:
	@scripts/setup demo test check
	@tests/run

check:
	@scripts/setup demo test check
	@scripts/check

module:
	@scripts/setup demo
	@scripts/build-module $(KERNEL)

tools:
	@scripts/setup demo
	@$(MAKE) -s -C userspace-tools -j$$(nproc)

# Through the environment, so that CMD may have quotes of its own.
vm: export VM_COMMAND = $(CMD)
vm:
	@test -n "$$VM_COMMAND" || { echo "make vm wants CMD='...', e.g. make vm CMD='minimm info'" >&2; exit 2; }
	@scripts/setup demo
	@vm/session --kernel $(KERNEL) -- sh -c "$$VM_COMMAND"

shell:
	@scripts/setup demo
	@vm/session --kernel $(KERNEL) --shell

stress:
	@scripts/setup demo
	@vm/session --kernel $(KERNEL) -- minimm stress --seconds 10 --threads 2 --seed 1

load: tools
	@test -d '$(KDIR)' || { echo "no kernel build dir $(KDIR): install linux-headers-$$(uname -r), or give KDIR=" >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules
	insmod mini_mm.ko $(PARAMS)

unload:
	rmmod mini_mm

install: tools
	@$(MAKE) -s -C userspace-tools install PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)

clean:
	rm -rf build

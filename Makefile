# SPDX-License-Identifier: GPL-2.0
# mini_mm, for people; the kernel's build system reads Kbuild. 'make help' lists what there is.

KERNEL ?= 6.12
# The quick loop's own default: a User Mode Linux starts in a third of a second.
KUNIT_KERNEL = $(if $(filter file,$(origin KERNEL)),7.2-um,$(KERNEL))
KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local

.PHONY: help demo test test-all kunit kunit-all check coverage mutants kernel module tools vm shell stress fuzz soak bench bench-icount bench-check bench-host load unload install dkms-install dkms-remove deb clean

help:
	@echo 'make demo              boot a VM, load the module, allocate, look, unload'
	@echo 'make test              what has to pass; the last line says how many passed and failed'
	@echo 'make test-all          the same on every kernel of vm/matrix'
	@echo 'make kunit             the KUnit suites, on 7.2-um; also KERNEL=6.12-debug,'
	@echo '                       SUITE="mini_mm_slab*" (or suite.case), SPEED=fast or slow, SEED=N'
	@echo 'make kunit-all         the KUnit suites, on every kernel that has KUnit'
	@echo 'make check             format, lint, static analysis'
	@echo 'make coverage          which lines the tests reach: build/coverage/index.html'
	@echo 'make mutants           breaks the code on purpose: do the suites see it?'
	@echo 'make bench-host        the core and its layer in user space against malloc libraries; also JSON=FILE'
	@echo 'make kernel            fetches or builds KERNEL, and prints where it lies'
	@echo 'make module            mini_mm.ko for KERNEL, in build/modules/KERNEL/'
	@echo 'make tools             minimm, in build/userspace-tools/'
	@echo 'make vm CMD="..."      run a command in the VM, with the module loaded'
	@echo 'make shell             a shell in the VM, with the module loaded'
	@echo 'make stress            ten seconds of minimm stress in the VM'
	@echo 'make fuzz              half a minute of calls at random, right ones and wrong ones, in the VM'
	@echo 'make soak              kills, loads, CPUs unplugged and failures by the thousands, on 7.2-um and 6.12-debug'
	@echo 'make bench             mini_mm beside the kernel'"'"'s allocators, on 7.2-um at native speed;'
	@echo '                       also WORKS="object kmalloc-hot" (minimm bench --list)'
	@echo 'make bench-icount      the same in instructions, on 6.1 and 6.12'
	@echo 'make bench-check       are they as quick as bench/baseline.json says?'
	@echo 'make load, unload      the module on this machine (KDIR=its kernel build dir)'
	@echo 'make install           minimm, its man page and its completion, below PREFIX'
	@echo 'make dkms-install      the module by DKMS, for this machine'"'"'s kernel (KERNELS="6.1.0-9-amd64 ...")'
	@echo 'make dkms-remove       and away again, for all kernels'
	@echo 'make deb               Debian packages, in build/deb/: docs/installing.md'
	@echo 'make clean             remove build/'
	@echo
	@echo "KERNEL: one of $$(awk '/^[^#]/ { printf "%s ", $$1 }' vm/matrix)(vm/matrix); now: $(KERNEL)"

# What a kernel for another machine takes besides.
machine := $(if $(findstring arm64,$(KERNEL)),arm64)

demo:
	@scripts/setup demo $(machine)
	@vm/session --kernel $(KERNEL) --file vm/demo -- demo

test:
	@scripts/setup demo test check
	@tests/run

test-all:
	@scripts/setup demo test check matrix packages arm64
	@tests/run --all

# Through the environment, so that the shell leaves the globs alone.
kunit: export KUNIT_SUITE = $(SUITE)
kunit:
	@scripts/setup demo test
	@kunit/run --kernel $(KUNIT_KERNEL) --suite "$$KUNIT_SUITE" $(if $(SPEED),--$(SPEED)) $(if $(SEED),--seed $(SEED))

kunit-all:
	@scripts/setup demo test matrix
	@tests/run --all kunit

check:
	@scripts/setup demo test check
	@scripts/check

coverage:
	@scripts/setup demo test coverage
	@scripts/coverage

mutants:
	@scripts/setup demo test
	@tests/mutants/run

bench-host:
	@scripts/setup bench
	@bench/host/run $(if $(JSON),--json '$(JSON)')

kernel:
	@scripts/setup demo test
	@vm/kernel $(KERNEL)

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

fuzz:
	@scripts/setup demo
	@vm/session --kernel $(KERNEL) -- minimm fuzz --seconds 30

soak:
	@scripts/setup demo test
	@scripts/soak $(KUNIT_KERNEL)
	@scripts/soak 6.12-debug 50 100

# In small guests memory soon lies in pieces, and the kernel's lists of pages are short.
bench:
	@scripts/setup demo test
	@vm/session --kernel $(KUNIT_KERNEL) --bench --mem 2048 --timeout 600 -- minimm bench $(WORKS)

# Without zeroing behind anybody's back, which Debian's kernels do by default.
bench-icount:
	@scripts/setup demo
	@for kernel in 6.1 6.12; do \
		vm/session --kernel $$kernel --bench --icount --mem 2048 --timeout 300 --append init_on_alloc=0 -- \
			minimm bench --unit instructions --brief $(WORKS) || exit; \
	done

bench-check:
	@scripts/setup demo
	@scripts/bench-check

load: tools
	@test -d '$(KDIR)' || { echo "no kernel build dir $(KDIR): install linux-headers-$$(uname -r), or give KDIR=" >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules
	insmod mini_mm.ko $(PARAMS)

unload:
	rmmod mini_mm

install: tools
	@$(MAKE) -s -C userspace-tools install PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)

dkms-install:
	@packaging/dkms install $(KERNELS)

dkms-remove:
	@packaging/dkms remove

deb:
	@scripts/setup packages
	@packaging/build-deb

clean:
	rm -rf build

# SPDX-License-Identifier: GPL-2.0
# C++20 for Kbuild, which has no rule of its own for it. Included by Kbuild, after ccflags-y is complete.
#
# The flags are the kernel's C flags of this very build ($(_c_flags), with whatever return thunks,
# tracing, branch tracking or sanitizers the kernel was configured with), less what only C knows, plus
# what freestanding C++ needs. objtool runs where the kernel runs it: on each object ($(cmd_objtool)
# expands to nothing elsewhere), or later on the linked module. $(obj) and $(src) are in front of every
# path because the kernel's working directory differs between versions.

# The C++ compiler beside the kernel's C compiler: gcc-12 -> g++-12, clang -> clang++. KCXX overrides.
mini-mm-cxx-name = $(subst gcc,g++,$(subst clang,clang++,$(notdir $(1))))
mini-mm-cxx := $(or $(KCXX),$(foreach word,$(CC),$(if $(findstring /,$(word)),$(dir $(word)))$(call mini-mm-cxx-name,$(word))))

mini-mm-c-only := -std=% -Wstrict-prototypes -Werror=strict-prototypes -Wmissing-prototypes \
	-Werror=missing-prototypes -Wold-style-definition -Wdeclaration-after-statement \
	-Werror=implicit-% -Wno-pointer-sign -Werror=incompatible-pointer-types -Werror=designated-init \
	-Wno-override-init -Wno-initializer-overrides -Wenum-conversion -Wjump-misses-init \
	-Wno-missing-parameter-name -Wno-default-const-init-unsafe -fms-extensions -Wno-microsoft-anon-tag \
	-include% -g -gdwarf%

# -g1: line tables, no types; the tool that turns debug data into BTF does not know C++ types.
mini-mm-cxx-only := -std=c++20 -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics \
	-fno-use-cxa-atexit -fno-asynchronous-unwind-tables -fno-unwind-tables \
	-Wall -Wextra -Wshadow -Wno-unused-parameter $(if $(CONFIG_DEBUG_INFO),-g1)

mini-mm-cxxflags = $(filter-out $(mini-mm-c-only),$(_c_flags) $(modkern_cflags)) $(mini-mm-cxx-only)

quiet_cmd_mini_mm_cxx = CXX $(quiet_modtag)  $@
      cmd_mini_mm_cxx = $(mini-mm-cxx) -Wp,-MMD,$(depfile) $(mini-mm-cxxflags) -c -o $@ $< $(cmd_objtool)

$(obj)/module/core/%.o: $(src)/module/core/%.cpp FORCE
	$(call if_changed_dep,mini_mm_cxx)

targets += $(MINI_MM_CXX_OBJECTS)

# The gate: what would load and then fail in a running kernel fails the build instead.
quiet_cmd_mini_mm_gate = GATE    $@
      cmd_mini_mm_gate = sh $(src)/module/gate-object $(OBJDUMP) \
	$(if $(CONFIG_MITIGATION_RETHUNK)$(CONFIG_RETHUNK),--return-thunks) \
	$(if $(CONFIG_CONSTRUCTORS),--constructors) $< && touch $@

$(obj)/mini_mm.gate: $(obj)/mini_mm.o $(src)/module/gate-object FORCE
	$(call if_changed,mini_mm_gate)

always-y += mini_mm.gate
targets += mini_mm.gate

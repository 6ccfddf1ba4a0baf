// SPDX-License-Identifier: GPL-2.0
/* That the headers of the per-CPU layer are valid C11 and complete by themselves: compiled, never called. */
#include "percpu/magazine.h"
#include "percpu/page_list.h"
#include "percpu/window.h"

void *percpu_c11_object(struct mini_magazine_cpu *cpu, void *object);
uint32_t percpu_c11_page(struct mini_page_cpu *cpu, struct mini_page_list *list, struct mini_page_entry *map);

void *percpu_c11_object(struct mini_magazine_cpu *cpu, void *object)
{
	return mini_window_enter(&cpu->window) && mini_magazine_give(cpu, object) ? mini_magazine_take(cpu) : object;
}

uint32_t percpu_c11_page(struct mini_page_cpu *cpu, struct mini_page_list *list, struct mini_page_entry *map)
{
	return mini_page_take(cpu, list, map);
}

/* SPDX-License-Identifier: GPL-2.0 */
/* Types, numbers, texts, lists and errors. */
#ifndef SHIM_BASICS_H
#define SHIM_BASICS_H

#include <asm/errno.h>
#include <asm/ioctl.h>
#include <asm/types.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef unsigned int gfp_t;
typedef unsigned int slab_flags_t;

#define U32_MAX ((u32)~0U)
#define S64_MAX ((s64)(~0ULL >> 1))

#define CONFIG_64BIT
#define IS_ENABLED(option) shim_##option
enum { shim_CONFIG_PREEMPT_COUNT = 1, shim_CONFIG_MEM_ALLOC_PROFILING = 0 };
#define KERNEL_VERSION(a, b, c) ((a) << 16 | (b) << 8 | (c))
#define LINUX_VERSION_CODE KERNEL_VERSION(7, 2, 0)

#define __user
#define __rcu
#define __percpu
#define __force
#define __init
#define __exit
#define __ro_after_init
#define noinline __attribute__((noinline))
#undef __always_inline /* the C library has one */
#define __always_inline inline __attribute__((always_inline))
#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)
#define _RET_IP_ ((unsigned long)__builtin_return_address(0))
#define _THIS_IP_ _RET_IP_
#define READ_ONCE(place) (*(const volatile __typeof__(place) *)&(place))
#define WRITE_ONCE(place, value) (*(volatile __typeof__(place) *)&(place) = (value))
#define data_race(expression) (expression)
#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)

/* What has to hold, or a line that says what does not, and the end. */
__attribute__((noreturn)) void shim_found(const char *format, ...);
#define shim_require(condition, ...) ((condition) ? (void)0 : shim_found(__VA_ARGS__))

/* --- numbers ------------------------------------------------------------------------------------------ */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define sizeof_field(type, field) sizeof(((type *)0)->field)
#define struct_size(pointer, field, count) (sizeof(*(pointer)) + (count) * sizeof((pointer)->field[0]))
#define container_of(pointer, type, field) ((type *)((char *)(pointer) - offsetof(type, field)))

#define min(a, b) ({ __typeof__((a) + 0) a_ = (a); __typeof__((b) + 0) b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b) ({ __typeof__((a) + 0) c_ = (a); __typeof__((b) + 0) d_ = (b); c_ > d_ ? c_ : d_; })
#define min_t(type, a, b) ({ type e_ = (a), f_ = (b); e_ < f_ ? e_ : f_; })
#define max_t(type, a, b) ({ type g_ = (a), h_ = (b); g_ > h_ ? g_ : h_; })
#define clamp(value, low, high) min(max(value, low), high)

#define BIT(n) (1UL << (n))
#define SZ_256 256
#define SZ_1K 1024
#define SZ_4K 4096
#define SZ_64K 65536
#define SZ_1M 1048576
#define DIV_ROUND_UP(a, b) (((a) + (b) - 1) / (b))
#define round_down(value, to) ((value) & ~((__typeof__(value))(to) - 1))
#define round_up(value, to) round_down((value) + (to) - 1, to)
#define check_mul_overflow(a, b, product) __builtin_mul_overflow(a, b, product)
#define hweight32(value) __builtin_popcount(value)
#define fls64(value) ((value) ? 64 - __builtin_clzll(value) : 0)
#define __ffs(value) __builtin_ctzl(value)
#define ilog2(value) (63 - __builtin_clzll(value))
#define order_base_2(value) ((value) > 1 ? ilog2((value) - 1) + 1 : 0)
#define div_u64(a, b) ((u64)(a) / (b))
#define div64_u64 div_u64
#define hash_64(value, bits) ((u32)((u64)(value) * 0x61c8864680b583ebULL >> (64 - (bits))))

static inline void set_bit(int bit, unsigned long *word)
{
	*word |= BIT(bit);
}

static inline void clear_bit(int bit, unsigned long *word)
{
	*word &= ~BIT(bit);
}

static inline void assign_bit(int bit, unsigned long *word, bool value)
{
	*word = (*word & ~BIT(bit)) | (unsigned long)value << bit;
}

static inline bool test_and_clear_bit(int bit, unsigned long *word)
{
	bool was = *word & BIT(bit);

	clear_bit(bit, word);
	return was;
}

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

#define atomic_read(atomic) READ_ONCE((atomic)->counter)
#define atomic_read_acquire atomic_read
#define atomic_set(atomic, value) WRITE_ONCE((atomic)->counter, value)
#define atomic_inc_return(atomic) (++(atomic)->counter)
#define atomic_dec_return_release(atomic) (--(atomic)->counter)
#define atomic_inc(atomic) ((void)atomic_inc_return(atomic))
#define atomic_dec(atomic) ((void)atomic_dec_return_release(atomic))
#define atomic64_read atomic_read
#define atomic64_inc_return atomic_inc_return
#define atomic64_inc atomic_inc
#define atomic64_dec atomic_dec

/* In unsigned numbers: what does not fit wraps around. */
#define atomic64_add_return(by, atomic) ((atomic)->counter = (s64)((u64)(atomic)->counter + (u64)(by)))
#define atomic64_sub(by, atomic) ((void)atomic64_add_return(-(u64)(by), atomic))

static inline int atomic_dec_if_positive(atomic_t *atomic)
{
	return atomic->counter > 0 ? --atomic->counter : atomic->counter - 1;
}

typedef atomic_t refcount_t;

#define refcount_set atomic_set
#define refcount_read atomic_read

static inline void refcount_inc(refcount_t *count)
{
	shim_require(count->counter > 0, "a reference is taken to what has none");
	count->counter++;
}

static inline bool refcount_dec_and_test(refcount_t *count)
{
	shim_require(count->counter > 0, "a reference is given back that nobody has");
	return --count->counter == 0;
}

struct rnd_state {
	u64 value;
};

static inline void prandom_seed_state(struct rnd_state *state, u64 seed)
{
	state->value = seed;
}

static inline u32 prandom_u32_state(struct rnd_state *state)
{
	state->value = state->value * 6364136223846793005ULL + 1442695040888963407ULL;
	return state->value >> 32;
}

u64 get_random_u64(void);
void sort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *), void *swap);

/* --- texts -------------------------------------------------------------------------------------------- */

int snprintf(char *text, size_t size, const char *format, ...);
int scnprintf(char *text, size_t size, const char *format, ...);
ssize_t strscpy(char *to, const char *from, size_t size);
void *memchr_inv(const void *start, int byte, size_t size);

#define isascii(letter) ((unsigned char)(letter) < 128)
#define isalnum(letter) \
	(((letter) >= '0' && (letter) <= '9') || ((letter) >= 'a' && (letter) <= 'z') || \
	 ((letter) >= 'A' && (letter) <= 'Z'))

/* --- lists -------------------------------------------------------------------------------------------- */

struct list_head {
	struct list_head *next, *prev;
};

#define list_entry_(at, pointer, field) container_of(at, __typeof__(*(pointer)), field)
#define list_for_each_entry(entry, head, field) \
	for (entry = list_entry_((head)->next, entry, field); &entry->field != (head); \
	     entry = list_entry_(entry->field.next, entry, field))
#define list_for_each_entry_safe(entry, after, head, field) \
	for (entry = list_entry_((head)->next, entry, field), \
	    after = list_entry_(entry->field.next, entry, field); \
	     &entry->field != (head); entry = after, after = list_entry_(after->field.next, after, field))
/* By somebody who is in an RCU read-side section. */
#define list_for_each_entry_rcu(entry, head, field) \
	for (shim_need_rcu(), entry = list_entry_((head)->next, entry, field); &entry->field != (head); \
	     entry = list_entry_(entry->field.next, entry, field))

void shim_need_rcu(void);

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	node->next = head;
	node->prev = head->prev;
	node->prev->next = node;
	head->prev = node;
}

/* Under RCU a reader may still go on from here. */
static inline void list_del_rcu(struct list_head *node)
{
	node->next->prev = node->prev;
	node->prev->next = node->next;
	node->prev = NULL;
}

static inline void list_del(struct list_head *node)
{
	list_del_rcu(node);
	node->next = NULL;
}

static inline void list_del_init(struct list_head *node)
{
	list_del_rcu(node);
	INIT_LIST_HEAD(node);
}

#define list_add_tail_rcu list_add_tail

/* --- errors ------------------------------------------------------------------------------------------- */

#define MAX_ERRNO 4095
#define IS_ERR_OR_NULL(pointer) (!(pointer) || (unsigned long)(pointer) >= (unsigned long)-MAX_ERRNO)
#define ERR_PTR(error) ((void *)(long)(error))

#endif /* SHIM_BASICS_H */

// The C text of the native runtime: walks a program's table of instructions in one call and deals out the tasks of each phase to a small
// pool of threads. The contract of kernels is docs/native-kernels.md.

/** Fields of one instruction, in 64-bit words. */
export const instructionWords = 12

/** What an instruction does; the words after the first. */
export const opcodes = {
  /** function, first argument, first dim, tasks */
  phase: 0,
  /** target slot, source slot, bytes */
  copy: 1,
  /** steps, end of the body, first moving slot, count of moving slots, first argument of the body, end of its arguments, reverse, parts, first view, end of its views */
  scan: 2,
  /** predicate slot, end of the first branch, end of the second branch */
  cond: 3,
  /** predicate slot, end of the condition, end of the body */
  while: 4,
} as const

/**
 * Words of a slot that moves with the steps of a scan: slot, base slot, bytes per step, steps that it is ahead, the slot that it stands for where
 * that is outside of the loop, whether it goes to and fro between two places instead of on.
 */
export const movingWords = 6

/** Words of a slot that lies elsewhere in each part of a scan: slot, the slot it is in the first, bytes from one to the next. */
export const viewWords = 3

export const runtimeSource = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__x86_64__) || defined(__i386__)
#define RELAX() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define RELAX() __asm__ volatile("yield")
#else
#define RELAX() ((void)0)
#endif

typedef void (*kernel)(void *const *buf, const int64_t *dim, int64_t task);

double tenon_address(const void *p) { return (double)(uintptr_t)p; }

/* Asks for large pages: fewer faults at the first touch, fewer misses when columns are walked. */
void tenon_advise(double address, double bytes) {
#if defined(__linux__)
  const uintptr_t page = 2 << 20, from = ((uintptr_t)address + page - 1) & ~(page - 1), to = (uintptr_t)(address + bytes) & ~(page - 1);
  if (to > from) madvise((void *)from, to - from, MADV_HUGEPAGE);
#endif
}

double tenon_open(const char *path) { return (double)(uintptr_t)dlopen(path, RTLD_NOW | RTLD_LOCAL); }

double tenon_find(double library, const char *name) { return (double)(uintptr_t)dlsym((void *)(uintptr_t)library, name); }

/* The pool. A ticket packs generation, number of tasks and next task, so that a thread that was away for long can tell from the ticket
   alone that it holds no task; the other fields are read only by holders of a task, which keeps them in place. */
#define MOST_THREADS 256
#define TASK_BITS 24
#define TASK_MASK ((1u << TASK_BITS) - 1)

static struct {
  _Atomic uint64_t ticket __attribute__((aligned(64)));
  _Atomic int64_t done __attribute__((aligned(64)));
  kernel fn __attribute__((aligned(64)));
  void *const *buf;
  const int64_t *dim;
  _Atomic int sleeping;
  _Atomic int active;
  int created;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  pthread_mutex_t owner;
} pool = {.mutex = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER, .owner = PTHREAD_MUTEX_INITIALIZER, .active = 1};

static inline uint64_t generation_of(uint64_t ticket) { return ticket >> (2 * TASK_BITS); }

/* Takes tasks until there are none; returns the ticket that said so. */
static uint64_t take_tasks(void) {
  for (;;) {
    const uint64_t ticket = atomic_fetch_add(&pool.ticket, 1);
    const uint32_t task = ticket & TASK_MASK, tasks = (ticket >> TASK_BITS) & TASK_MASK;
    if (task >= tasks) return ticket;
    pool.fn(pool.buf, pool.dim, task);
    atomic_fetch_add_explicit(&pool.done, 1, memory_order_release);
  }
}

static void *work(void *argument) {
  const int index = (int)(intptr_t)argument;
  uint64_t last = generation_of(atomic_load(&pool.ticket)) - 1;
  for (;;) {
    int spins = 0;
    while (generation_of(atomic_load_explicit(&pool.ticket, memory_order_acquire)) == last || index >= atomic_load(&pool.active)) {
      RELAX();
      if (++spins < 6000 && index < atomic_load_explicit(&pool.active, memory_order_relaxed)) continue;
      pthread_mutex_lock(&pool.mutex);
      atomic_fetch_add(&pool.sleeping, 1);
      while (generation_of(atomic_load(&pool.ticket)) == last || index >= atomic_load(&pool.active)) pthread_cond_wait(&pool.wake, &pool.mutex);
      atomic_fetch_sub(&pool.sleeping, 1);
      pthread_mutex_unlock(&pool.mutex);
      spins = 0;
    }
    last = generation_of(take_tasks());
  }
  return 0;
}

/* Threads that work on a phase, the caller included; returns how many there are. */
int tenon_threads(int count) {
  if (count < 1) return atomic_load(&pool.active);
  if (count > MOST_THREADS) count = MOST_THREADS;
  pthread_mutex_lock(&pool.owner);
  while (pool.created < count - 1) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 4 << 20);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    const int failed = pthread_create(&thread, &attributes, work, (void *)(intptr_t)(pool.created + 1));
    pthread_attr_destroy(&attributes);
    if (failed) break;
    pool.created++;
  }
  if (count > pool.created + 1) count = pool.created + 1;
  pthread_mutex_lock(&pool.mutex);
  atomic_store(&pool.active, count);
  pthread_cond_broadcast(&pool.wake);
  pthread_mutex_unlock(&pool.mutex);
  pthread_mutex_unlock(&pool.owner);
  return count;
}

static void run_phase(kernel fn, void *const *buf, const int64_t *dim, int64_t tasks, int shared) {
  if (tasks <= 1 || !shared || tasks > TASK_MASK - MOST_THREADS) {
    for (int64_t task = 0; task < tasks; task++) fn(buf, dim, task);
    return;
  }
  pool.fn = fn, pool.buf = buf, pool.dim = dim;
  atomic_store(&pool.done, 0);
  const uint64_t generation = generation_of(atomic_load(&pool.ticket)) + 1;
  atomic_store(&pool.ticket, generation << (2 * TASK_BITS) | (uint64_t)tasks << TASK_BITS);
  if (atomic_load(&pool.sleeping) > 0) {
    pthread_mutex_lock(&pool.mutex);
    pthread_cond_broadcast(&pool.wake);
    pthread_mutex_unlock(&pool.mutex);
  }
  take_tasks();
  for (int spins = 0; atomic_load_explicit(&pool.done, memory_order_acquire) < tasks;) {
    RELAX();
    if (++spins > 20000) sched_yield();
  }
}

typedef struct {
  int64_t words[${instructionWords}];
} instruction;

typedef struct {
  int64_t instructions, slots, arguments, moving, parts;
  instruction *code;
  int32_t *argument;      /* slot of each argument */
  int32_t *base;          /* slot -> index into the addresses of a run */
  int64_t *offset;        /* slot -> bytes after that address */
  int64_t *moves;
  int64_t *views;
  int64_t *profile;       /* nanoseconds per instruction, when asked for */
} program;

static void *copied(const void *from, size_t bytes) {
  void *to = malloc(bytes ? bytes : 1);
  if (to) memcpy(to, from, bytes);
  return to;
}

double tenon_program(const int64_t *code, int64_t instructions, const int32_t *argument, int64_t arguments, const int32_t *base,
                     const int64_t *offset, int64_t slots, const int64_t *moves, int64_t moving, const int64_t *views, int64_t viewing, int64_t parts) {
  program *p = calloc(1, sizeof *p);
  if (!p) return 0;
  p->instructions = instructions, p->slots = slots, p->arguments = arguments, p->moving = moving, p->parts = parts;
  p->code = copied(code, instructions * sizeof(instruction));
  p->argument = copied(argument, arguments * 4);
  p->base = copied(base, slots * 4);
  p->offset = copied(offset, slots * 8);
  p->moves = copied(moves, moving * ${movingWords} * 8);
  p->views = copied(views, viewing * ${viewWords} * 8);
  return (double)(uintptr_t)p;
}

void tenon_free(double handle) {
  program *p = (void *)(uintptr_t)handle;
  if (!p) return;
  free(p->code), free(p->argument), free(p->base), free(p->offset), free(p->moves), free(p->views), free(p->profile), free(p);
}

#include <time.h>
static int64_t nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

typedef struct {
  const program *p;
  char **slot;
  void **buf;
  const int64_t *dims, *tasks, *moves;
  int64_t *profile;
  int shared;
} context;

static void bind(context *c, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; i++) c->buf[i] = c->slot[c->p->argument[i]];
}

static void run_range(context *c, int64_t from, int64_t to);

/* All steps of the scan at an instruction. */
static void run_loop(context *c, int64_t at) {
  const int64_t *w = c->p->code[at].words, steps = c->tasks ? c->tasks[at] : w[1];
  for (int64_t i = 0; i < steps; i++) {
    for (int64_t m = w[3]; m < w[3] + w[4]; m++) {
      const int64_t *move = c->moves + m * ${movingWords}, to = i + move[3];
      const int64_t step = move[5] ? to & 1 : w[7] ? steps - 1 - to : to;
      c->slot[move[0]] = to < 0 || to >= steps ? c->slot[move[4]] : c->slot[move[1]] + step * move[2];
    }
    bind(c, w[5], w[6]);
    run_range(c, at + 1, w[2]);
  }
}

/* The same for one part of its rows, on this thread alone and with tables of its own. */
static void run_part(void *const *buf, const int64_t *at, int64_t part) {
  const context *whole = buf[0];
  const program *p = whole->p;
  const int64_t *w = p->code[*at].words, words = p->slots + p->arguments;
  void **table = (void **)whole->slot + (part + 1) * words;
  context c = *whole;
  memcpy(table, whole->slot, words * sizeof(void *));
  c.slot = (char **)table, c.buf = table + p->slots, c.shared = 0;
  if (part > 0) c.profile = 0;
  for (int64_t v = w[9]; v < w[10]; v++) {
    const int64_t *view = p->views + v * ${viewWords};
    c.slot[view[0]] = whole->slot[view[1]] + part * view[2];
  }
  run_loop(&c, *at);
}

static void run_range(context *c, int64_t from, int64_t to) {
  for (int64_t at = from; at < to; at++) {
    const int64_t *w = c->p->code[at].words;
    switch (w[0]) {
      case ${opcodes.phase}: {
        const int64_t start = c->profile ? nanoseconds() : 0;
        run_phase((kernel)(uintptr_t)w[1], c->buf + w[2], c->dims + w[3], c->tasks ? c->tasks[at] : w[4], c->shared);
        if (c->profile) c->profile[at] += nanoseconds() - start;
        break;
      }
      case ${opcodes.copy}:
        if (c->slot[w[1]] != c->slot[w[2]]) {
          const int64_t start = c->profile ? nanoseconds() : 0;
          memcpy(c->slot[w[1]], c->slot[w[2]], c->tasks ? c->tasks[at] : w[3]);
          if (c->profile) c->profile[at] += nanoseconds() - start;
        }
        break;
      case ${opcodes.scan}: {
        if (w[8] == 1) {
          run_loop(c, at);
        } else {
          void *part[1] = {c};
          run_phase(run_part, part, &at, w[8], c->shared);
        }
        at = w[2] - 1;
        break;
      }
      case ${opcodes.cond}:
        if (*(const uint8_t *)c->slot[w[1]]) run_range(c, at + 1, w[2]);
        else run_range(c, w[2], w[3]);
        at = w[3] - 1;
        break;
      case ${opcodes.while}:
        for (;;) {
          run_range(c, at + 1, w[2]);
          if (!*(const uint8_t *)c->slot[w[1]]) break;
          run_range(c, w[2], w[3]);
        }
        at = w[3] - 1;
        break;
    }
  }
}

/* Runs a program; addresses are those of inputs, outputs and arena. Returns 0, or 1 where memory for the tables is missing. */
int tenon_run(double handle, const double *addresses, const int64_t *dims, const int64_t *tasks, const int64_t *moves) {
  const program *p = (void *)(uintptr_t)handle;
  /* One table for the program, one more for each part of a loop. */
  void **table = malloc((p->parts > 1 ? p->parts + 1 : 1) * (p->slots + p->arguments + 1) * sizeof(void *));
  if (!table) return 1;
  context c = {p, (char **)table, table + p->slots, dims, tasks, moves ? moves : p->moves, p->profile, 0};
  for (int64_t i = 0; i < p->slots; i++) c.slot[i] = (char *)(uintptr_t)addresses[p->base[i]] + p->offset[i];
  bind(&c, 0, p->arguments);
  /* A second program at the same time computes with its own thread alone. */
  const int owner = pthread_mutex_trylock(&pool.owner) == 0;
  c.shared = owner && atomic_load(&pool.active) > 1;
  run_range(&c, 0, p->instructions);
  if (owner) pthread_mutex_unlock(&pool.owner);
  free(table);
  return 0;
}

/* Starts to count nanoseconds per instruction, or copies the counts and stops. */
void tenon_profile(double handle, int64_t *counts) {
  program *p = (void *)(uintptr_t)handle;
  if (counts) {
    if (p->profile) memcpy(counts, p->profile, p->instructions * 8);
    free(p->profile);
    p->profile = 0;
  } else if (!p->profile) {
    p->profile = calloc(p->instructions + 1, 8);
  }
}
`

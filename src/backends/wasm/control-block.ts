// Where a pool's threads meet: a block of linear memory. Words that many threads write stand in cache lines of their own. All are i32 but the
// ticket, which is i64: generation · 2²⁴ + next task.

/** Threads that a pool may have. */
export const mostThreads = 256

/** Offsets in bytes. */
export const control = {
  /** Counted up whenever there is something to do; idle workers wait for it. */
  signal: 0,
  /** Workers that wait. */
  sleeping: 64,
  ticket: 128,
  /** Tasks that are finished. */
  done: 192,
  /** Whether somebody waits for the last task. */
  waiting: 196,
  /** Tasks in which a thread failed. */
  failed: 200,
  /** Not 0: the run is to be given up. */
  abort: 204,
  /** The phase under way: its program, the program's table (an address), place in the module's table, items, items of a task, tasks. */
  program: 256,
  table: 280,
  phase: 264,
  items: 268,
  grain: 272,
  tasks: 276,
  /** For each worker, how many messages were sent to it: it looks for them when it has received fewer. */
  mail: 320,
} as const

/** Bytes of the block. */
export const controlBytes = control.mail + 4 * mostThreads

/** Words at the start of a program's table, then addresses. Addresses are i32 or i64 as the memory has them, the others i32. */
export const tableHeader = {
  /** Address of the pool's control block, 0 where the program runs on one thread. */
  control: 0,
  /** Address of the first thread's memory, and bytes from one thread's to the next one's. */
  own: 8,
  stride: 24,
  /** Whether the calling thread may wait. */
  mayWait: 28,
  /** The program's number in the pool. */
  program: 32,
  /** Address of the arguments of the phase under way. */
  arguments: 16,
  /** Set by a segment whose work goes on beyond the items it was given: a loop that ends on a condition, after one round. */
  more: 36,
} as const

/** Bytes of the room for an address, in the header and elsewhere: enough for 64 bits whatever the memory has. */
export const addressBytes = 8

/** Bytes of the header. */
export const headerBytes = 64

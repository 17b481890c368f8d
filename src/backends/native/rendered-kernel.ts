// What a kernel renderer hands to the native runtime: C text, its phases and its scratch. The contract is docs/native-kernels.md.

/** A size that is known when the kernel is rendered, or an expression over the run-time sizes `dim[i]` of the kernel. */
export type CInt = number | SymbolicCInt

/** A size bound at run time: `c` is its C text (over `dim[i]`), `evaluate` the same formula for the host. */
export interface SymbolicCInt {
  readonly c: string
  readonly evaluate: (dims: readonly number[]) => number
}

/** One barrier-separated part of a kernel; its tasks may run in any order on any thread. */
export interface KernelPhase {
  readonly symbol: string
  readonly tasks: CInt
}

/** A kernel as C text; see docs/native-kernels.md for the calling convention. */
export interface RenderedKernel {
  /** C text without the prelude. Every function name starts with `KERNEL_`, which the cache replaces by a unique prefix. */
  readonly source: string
  readonly phases: readonly KernelPhase[]
  /** Bytes of scratch shared by the phases, passed as the last entry of `buf`; 0 for none. */
  readonly scratchBytes: CInt
}

/** The machine a kernel is rendered for. */
export interface Target {
  /** Bytes of a vector register that arithmetic should use: 64 (AVX-512), 32 (AVX2), 16 (NEON, SSE). */
  readonly vectorBytes: 64 | 32 | 16
  /** Architectural vector registers: 32 (AVX-512, NEON) or 16 (AVX2, SSE). */
  readonly vectorRegisters: 32 | 16
  readonly l1Bytes: number
  readonly l2Bytes: number
  readonly l3Bytes: number
}

/** The C text of a size. */
export function cText(size: CInt): string {
  return typeof size === 'number' ? String(size) : size.c
}

/** The value of a size for given run-time sizes. */
export function cValue(size: CInt, dims: readonly number[]): number {
  return typeof size === 'number' ? size : size.evaluate(dims)
}

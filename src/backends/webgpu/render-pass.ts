// How many workgroups a pass takes, and the text around what each invocation does.

import { addDims, type Dim, maxDim, multiplyDims, SymbolicDim } from '../../core/dimension.ts'
import type { GpuPass, GpuTarget } from './gpu-kernel.ts'
import { indent, type KernelNames } from './render-expression.ts'

/** Invocations of a workgroup where each works for itself. */
const wide = 256
const narrow = 64

/** At least count / threads, rounded up, as a size: exact for a number, else the smaller of two bounds. */
export function groupsOf(count: Dim, threads: number): Dim {
  if (!(count instanceof SymbolicDim)) return Math.ceil(count / threads)
  const most = Math.ceil(maxDim(count) / threads)
  const bound = count.terms.reduce<Dim>(
    (sum, { coefficient, variables }) =>
      addDims(sum, multiplyDims(Math.ceil(coefficient / threads), new SymbolicDim([{ coefficient: 1, variables }]))),
    0,
  )
  return maxDim(bound) <= 2 * most ? bound : most
}

/** A function `kernel` around its statements, after declarations of its own. */
export function kernelText(lines: readonly string[], declarations: readonly string[] = []): string {
  return [...declarations, 'fn kernel(group: i32, thread: i32) {', ...indent(lines), '}', ''].join('\n')
}

/** A pass whose invocations each take one of `count` points by itself; `lines` may use `point`. */
export function pointPass(
  names: KernelNames,
  target: GpuTarget,
  count: Dim,
  lines: readonly string[],
  declarations: readonly string[] = [],
): GpuPass {
  const threads = Math.min(target.mostThreads, maxDim(count) >= 64 * wide ? wide : narrow)
  const body = kernelText([`let point = group * ${threads} + thread;`, `if (point >= ${names.dim(count)}) { return; }`, ...lines], declarations)
  return { body, threads, groups: groupsOf(count, threads) }
}

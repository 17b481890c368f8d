// Running sums, products, maxima and minima along an axis as WGSL: an invocation for each line; a few long lines are taken by a workgroup each,
// whose invocations first reduce a part of the line and then continue from what the parts before it gave.

import { elementCount, maxDim, multiplyDims } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'
import type { CumulativeFunction } from '../../core/primitives.ts'
import type { GpuKernel, GpuPass, GpuTarget } from './gpu-kernel.ts'
import { indent, KernelNames } from './render-expression.ts'
import { kernelText, pointPass } from './render-pass.ts'
import { type Accumulator, accumulator, declare, SharedWords } from './wgsl-reduction.ts'

export interface Cumulative {
  readonly input: Node
  readonly out: Node
  readonly fn: CumulativeFunction
  readonly axis: number
  /** From the end of the axis towards its start. */
  readonly reverse: boolean
}

/** Lines longer than this are taken by a workgroup each, where there are fewer than so many. */
const longLine = 512
const fewLines = 8192

/** Renders a cumulative function; half precisions are carried in f32, integers wrap. */
export function renderCumulative(cumulative: Cumulative, target: GpuTarget): GpuKernel {
  const { input, axis } = cumulative
  const names = new KernelNames()
  const count = multiplyDims(elementCount(input.shape.slice(0, axis)), elementCount(input.shape.slice(axis + 1)))
  const isLong = maxDim(input.shape[axis] ?? 1) > longLine && maxDim(count) < fewLines
  const pass = isLong ? workgroupLines(names, cumulative, target) : pointPass(names, target, count, wholeLine(names, cumulative))
  return { buffers: names.buffers, passes: [pass], scratchBytes: 0, dims: names.dims }
}

function wholeLine(names: KernelNames, cumulative: Cumulative): string[] {
  const total = accumulator(names, cumulative.fn, cumulative.out.dtype)
  return [...lineStart(names, cumulative, 'point'), ...declare([total]), ...walk(names, cumulative, total, '0', 'size', true)]
}

/** `line`, where the line begins, `size` and `after`, the distance of its elements; `at` is the number of the line. */
function lineStart(names: KernelNames, { input, axis }: Cumulative, at: string): string[] {
  return [
    `let size = ${names.dim(input.shape[axis] ?? 1)};`,
    `let after = ${names.dim(elementCount(input.shape.slice(axis + 1)))};`,
    `let line = ${at} / after * (size * after) + ${at} % after;`,
  ]
}

/** Takes elements `from` ≤ i < `to` of the line in the direction of the function into `total`, and writes each if `writes`. */
function walk(names: KernelNames, { input, out, reverse }: Cumulative, total: Accumulator, from: string, to: string, writes: boolean): string[] {
  return [
    `for (var i = ${from}; i < ${to}; i++) {`,
    `  let at = line + ${reverse ? '(size - 1 - i)' : 'i'} * after;`,
    `  let value = ${names.load(input, 'at')};`,
    ...indent(total.add('value', '')),
    ...(writes ? [`  ${names.store(out, 'at', total.result)}`] : []),
    '}',
  ]
}

function workgroupLines(names: KernelNames, cumulative: Cumulative, target: GpuTarget): GpuPass {
  const { input, out, fn, axis } = cumulative
  const threads = Math.min(256, target.mostThreads)
  const shared = new SharedWords(threads)
  const total = accumulator(names, fn, out.dtype)
  const name = total.states[0]?.name ?? ''
  const lines = [
    ...lineStart(names, cumulative, 'group'),
    `let part = (size + ${threads - 1}) / ${threads};`,
    'let first = min(thread * part, size);',
    'let last = min(first + part, size);',
    ...declare([total]),
    ...walk(names, cumulative, total, 'first', 'last', false),
    ...shared.put(total.states),
    'workgroupBarrier();',
    `${name} = ${total.states[0]?.start ?? ''};`,
    'for (var before = 0; before < thread; before++) {',
    ...indent(total.merge(shared.get(total.states, 'before'))),
    '}',
    ...walk(names, cumulative, total, 'first', 'last', true),
  ]
  const groups = multiplyDims(elementCount(input.shape.slice(0, axis)), elementCount(input.shape.slice(axis + 1)))
  return { body: kernelText(lines, shared.declarations), threads, groups }
}

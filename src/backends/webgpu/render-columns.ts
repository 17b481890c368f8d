// Reductions over outer axes as WGSL: an invocation for each column; where columns are few, the rows are cut into parts that are combined, in
// their order, by a second pass.

import { type Dim, elementCount, maxDim, multiplyDims } from '../../core/dimension.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import type { GpuKernel, GpuTarget } from './gpu-kernel.ts'
import { decodeLines, ExpressionText, indent, KernelNames, mostPoints } from './render-expression.ts'
import { pointPass } from './render-pass.ts'
import { accumulator, declare } from './wgsl-reduction.ts'
import { computedType } from './wgsl-scalar.ts'
import { scratchLoad, scratchStore, wordsOf } from './wgsl-words.ts'

/** Rows that an invocation takes at least, before they are cut into more parts. */
const fewestRows = 32
/** Invocations that keep a device busy. */
const enoughInvocations = 32768
/** Parts at most: the second pass takes them one after the other. */
const mostParts = 256

/** Renders a reduction that keeps its innermost axis. */
export function renderColumns(kernel: Extract<Kernel, { kind: 'columns' }>, target: GpuTarget): GpuKernel {
  const { outer, column, reduced, fn, value, store } = kernel
  const names = new KernelNames()
  const units = [...outer, column]
  const unitCount = elementCount(units.map((a) => a.extent))
  const rows = elementCount(reduced.map((a) => a.extent))
  const parts = partsOf(mostPoints(reduced), mostPoints(units))
  const whole = parts === 1
  const total = accumulator(names, fn, value.dtype)
  const type = computedType(value.dtype)

  const text = new ExpressionText(names)
  const lines = text.within(units, () => {
    if (!whole) text.push(`let unit = point % ${names.dim(unitCount)};`, `let part = point / ${names.dim(unitCount)};`)
    text.push(...decodeLines(names, units, whole ? 'point' : 'unit'), ...declare([total]))
    const add = () => text.push(...total.add(text.value(value), ''))
    if (whole) text.nest(reduced, add)
    else {
      const row = names.fresh('r')
      const body = text.within(reduced, () => {
        text.push(...decodeLines(names, reduced, row))
        add()
      })
      const count = names.dim(rows)
      text.push(
        `let span = (${count} + ${parts - 1}) / ${parts};`,
        `for (var ${row} = part * span; ${row} < min(part * span + span, ${count}); ${row}++) {`,
        ...indent(body),
        '}',
      )
    }
    if (whole) text.write(store.node, store.index, total.result)
    else text.push(...scratchStore(type, 'point', total.states[0]?.name ?? ''))
  })
  const points: Dim = multiplyDims(unitCount, parts)
  const first = pointPass(names, target, points, lines)
  if (whole) return { buffers: names.buffers, passes: [first], scratchBytes: 0, dims: names.dims }

  const sum = accumulator(names, fn, value.dtype)
  const sumText = new ExpressionText(names)
  const sumLines = sumText.within(units, () => {
    sumText.push(
      ...decodeLines(names, units, 'point'),
      ...declare([sum]),
      `for (var part = 0; part < ${parts}; part++) {`,
      `  let partial = ${scratchLoad(type, `part * ${names.dim(unitCount)} + point`)};`,
      ...indent(sum.merge(['partial'])),
      '}',
    )
    sumText.write(store.node, store.index, sum.result)
  })
  const second = pointPass(names, target, unitCount, sumLines)
  return { buffers: names.buffers, passes: [first, second], scratchBytes: 4 * wordsOf(type) * maxDim(points), dims: names.dims }
}

function partsOf(rows: number, units: number): number {
  const wanted = Math.ceil(enoughInvocations / Math.max(1, units))
  return Math.max(1, Math.min(wanted, Math.floor(rows / fewestRows), mostParts))
}

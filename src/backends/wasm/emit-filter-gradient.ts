// The gradient of a convolution's filter: for each tap and channel, the sum over all output positions of what it reads there times the output's
// gradient. One sample after the other, which stays in the cache while all tiles of four rows (taps and channels) and eight filters pass over it.

import { maxDim } from '../../core/dimension.ts'
import { byteSize, type DType } from '../../core/dtype.ts'
import { type ConvolutionSizes, productOf, type SpatialAxis } from '../../compiler/convolution-geometry.ts'
import type { Kernel } from '../../compiler/loop-ir.ts'
import { coordinates } from './coordinates.ts'
import { computedBytes } from './element-types.ts'
import { emitEpilogue } from './epilogue.ts'
import type { Evaluator } from './evaluator.ts'
import { add, i32, mul, op, select, sub, type Value } from './function-builder.ts'
import type { KernelFunction } from './kernel-function.ts'
import { forColumns, RegisterTile } from './register-tile.ts'

/** Rows of a tile. */
const tileRows = 4

const smaller = (a: Value, b: Value): Value => select(op('i32.lt_s', a, b), a, b)
const larger = (a: Value, b: Value): Value => select(op('i32.gt_s', a, b), a, b)

/** What a row of the filter reads. */
interface Line {
  /** The channel in its group. */
  readonly channel: Value
  /** Along each axis, the input position that output position 0 reads. */
  readonly starts: readonly Value[]
}

export function emitFilterGradient(
  kernel: KernelFunction,
  evaluator: Evaluator,
  { node, a, b, element, channel, epilogue }: Extract<Kernel, { kind: 'convolution' }>,
  sizes: ConvolutionSizes,
): void {
  const { fn } = kernel
  const { dtype } = node
  const { axes, channels, filters, groups } = sizes
  const size = byteSize(dtype)
  const finishedSize = computedBytes(dtype)
  const rowBytes = filters * finishedSize
  const perGroup = channels / groups
  const filtersPerGroup = filters / groups
  const zeros = kernel.scratch(64)
  const finished = kernel.scratch((maxDim(element.extent) + tileRows) * rowBytes + 64)
  const rows = kernel.dim(element.extent)
  fn.clearMemory(zeros, i32(64))
  fn.clearMemory(finished, mul(add(rows, tileRows), rowBytes))
  const planes = { input: productOf(axes, (x) => x.input), output: productOf(axes, (x) => x.output) }
  fn.loop(0, kernel.dim(sizes.batch), 1, (sample) => {
    const image = fn.let(add(kernel.buffer(a), mul(sample, planes.input * channels * size)))
    const gradients = fn.let(add(kernel.buffer(b), mul(sample, planes.output * filters * size)))
    fn.loop(0, rows, tileRows, (firstRow) => {
      const lines = Array.from({ length: tileRows }, (_, t) => lineAt(kernel, axes, perGroup, fn.let(smaller(add(firstRow, t), sub(rows, 1)))))
      fn.loop(0, groups, 1, (group) => {
        const start = fn.let(mul(group, filtersPerGroup))
        const bases = lines.map((line) => fn.let(add(image, mul(add(mul(group, perGroup), line.channel), size))))
        forColumns(kernel, dtype, start, fn.let(add(start, filtersPerGroup)), (column, block) => {
          const tile = new RegisterTile(kernel, dtype, tileRows, block)
          tile.clear()
          const from: Passed = { sizes, dtype, lines, bases, zeros, gradients: fn.let(add(gradients, mul(column, size))) }
          // All rows of a tile are channels of one tap, or each has a place of its own.
          if (perGroup % tileRows === 0) passRuns(kernel, tile, from)
          else passPositions(kernel, tile, from)
          tile.write(add(finished, add(mul(firstRow, rowBytes), mul(column, finishedSize))), rowBytes, true)
        })
      })
    })
  })
  emitEpilogue(kernel, evaluator, { node, row: element, column: channel, epilogue, address: (row) => add(finished, mul(row, rowBytes)) })
}

function lineAt(kernel: KernelFunction, axes: readonly SpatialAxis[], perGroup: number, row: Value): Line {
  const { fn } = kernel
  const tap = fn.let(op('i32.div_u', row, i32(perGroup)))
  const { at } = coordinates(
    kernel,
    tap,
    axes.map((x) => x.window),
  )
  const starts = axes.map((x, i) => fn.let(sub(mul(at[i] ?? i32(0), x.dilation), x.low)))
  return { channel: fn.let(op('i32.rem_u', row, i32(perGroup))), starts }
}

/** One sample, as one block of columns of one tile sees it. */
interface Passed {
  readonly sizes: ConvolutionSizes
  readonly dtype: DType
  readonly lines: readonly Line[]
  /** Where each line's channel of the first position lies. */
  readonly bases: readonly Value[]
  readonly zeros: Value
  /** Where the column's gradient of the first position lies. */
  readonly gradients: Value
}

function passRuns(kernel: KernelFunction, tile: RegisterTile, { sizes, dtype, lines, bases, gradients }: Passed): void {
  const { fn } = kernel
  const size = byteSize(dtype)
  const [line, base] = [lines[0], bases[0]]
  if (line === undefined || base === undefined) return
  walkInside(kernel, sizes.axes, line.starts, ({ place, output, count, step }) => {
    const x = fn.variable(add(base, mul(place, sizes.channels * size)))
    const gradient = fn.variable(add(gradients, mul(output, sizes.filters * size)))
    fn.loop(0, count, 1, () => {
      tile.step([x, x, x, x], gradient, size)
      fn.set(x, add(x, step * sizes.channels * size))
      fn.set(gradient, add(gradient, sizes.filters * size))
    })
  })
}

function passPositions(kernel: KernelFunction, tile: RegisterTile, { sizes, dtype, lines, bases, zeros, gradients }: Passed): void {
  const { fn } = kernel
  const size = byteSize(dtype)
  const gradient = fn.variable(gradients)
  walkOutputs(kernel, sizes.axes, lines, (reads) => {
    const from = reads.map(({ place, isInside }, t) => fn.let(select(isInside, add(bases[t] ?? zeros, mul(place, sizes.channels * size)), zeros)))
    tile.step(from, gradient)
    fn.set(gradient, add(gradient, sizes.filters * size))
  })
}

interface Read {
  /** Position in the input plane, where it is inside. */
  readonly place: Value
  readonly isInside: Value
}

/** Loops over all output positions in order; for each, what every line reads there. */
function walkOutputs(kernel: KernelFunction, axes: readonly SpatialAxis[], lines: readonly Line[], body: (reads: readonly Read[]) => void): void {
  const { fn } = kernel
  const walk = (i: number, reads: readonly Read[]): void => {
    const a = axes[i]
    if (a === undefined) {
      body(reads)
      return
    }
    fn.loop(0, a.output, 1, (o) => {
      const offset = fn.let(mul(o, a.stride))
      const next = lines.map(({ starts }, t): Read => {
        const at = fn.let(add(offset, starts[i] ?? i32(0)))
        const old = reads[t]
        const inside = op('i32.lt_u', at, i32(a.input))
        return {
          place: fn.let(add(mul(old?.place ?? i32(0), a.input), at)),
          isInside: fn.let(old === undefined ? inside : op('i32.and', old.isInside, inside)),
        }
      })
      walk(i + 1, next)
    })
  }
  walk(0, [])
}

/** Neighbouring output positions that read inside the input. */
interface Run {
  /** Where the first of them reads in the input plane, and where it stands in the output plane. */
  readonly place: Value
  readonly output: Value
  readonly count: Value
  /** Input positions from one to the next. */
  readonly step: number
}

/** Runs `body` for every run of output positions along the last axis that read inside; `starts`: what output position 0 reads. */
function walkInside(kernel: KernelFunction, axes: readonly SpatialAxis[], starts: readonly Value[], body: (run: Run) => void): void {
  const { fn } = kernel
  const walk = (i: number, place: Value, output: Value): void => {
    const [a, start] = [axes[i], starts[i]]
    if (a === undefined || start === undefined) return
    const atLeast = (x: Value) => op('i32.div_s', larger(x, i32(0)), i32(a.stride))
    // The first position, and the one after the last, with 0 ≤ position · stride + start < input.
    const from = fn.let(atLeast(fn.let(sub(i32(a.stride - 1), start))))
    const end = fn.let(atLeast(fn.let(sub(i32(a.input + a.stride - 1), start))))
    const to = fn.let(smaller(end, i32(a.output)))
    const positionOf = (o: Value) => fn.let(add(mul(place, a.input), add(mul(o, a.stride), start)))
    const outputOf = (o: Value) => fn.let(add(mul(output, a.output), o))
    if (i === axes.length - 1) body({ place: positionOf(from), output: outputOf(from), count: fn.let(sub(to, from)), step: a.stride })
    else fn.loop(from, to, 1, (o) => walk(i + 1, positionOf(o), outputOf(o)))
  }
  walk(0, i32(0), i32(0))
}

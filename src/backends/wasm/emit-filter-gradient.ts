// The gradient of a convolution's filter: for each tap and channel, the sum over all output positions of what it reads there times the output's
// gradient. One sample after the other, which stays in the cache while all tiles of four rows (taps and channels) and eight filters pass over it.
// Samples are dealt out to a number of parts that follows from the sizes; a second phase adds their results in order.

import { maxDim } from '../../core/dimension.ts'
import { byteSize, type DType } from '../../core/dtype.ts'
import { type ConvolutionSizes, productOf, type SpatialAxis } from '../../compiler/convolution-geometry.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import { coordinates } from './coordinates.ts'
import { computedBytes, computedType, wrapped } from './element-types.ts'
import { emitEpilogue } from './epilogue.ts'
import { add, i32, load, mul, op, select, smaller, sub, type Value } from './function-builder.ts'
import type { ItemRange, KernelFunction } from './kernel-function.ts'
import { lanesOf } from './module-builder.ts'
import { combined } from './reduction.ts'
import { forColumns, RegisterTile } from './register-tile.ts'
import { grainOf, taskProducts } from './task-cut.ts'

/** Rows of a tile. */
const tileRows = 4

const larger = (a: Value, b: Value): Value => select(op('i32.gt_s', a, b), a, b)

/** What a row of the filter reads. */
interface Line {
  /** The channel in its group. */
  readonly channel: Value
  /** Along each axis, the input position that output position 0 reads. */
  readonly starts: readonly Value[]
}

type FilterGradient = Extract<Kernel, { kind: 'convolution' }>

/** Parts and blocks of rows together: tasks for as many threads as there may be. */
const wantedTasks = 16
/** Elements of all parts' results. */
const mostPartElements = 2 ** 20

/** How the work is cut: parts of the samples times blocks of the filter's rows. */
interface Cutting {
  readonly parts: number
  readonly blocks: number
  /** Rows of a block, a multiple of the tile's. */
  readonly blockRows: number
}

function cutFilterGradient({ batch, axes, filters }: ConvolutionSizes, rows: number): Cutting {
  const positions = productOf(axes, (x) => x.output)
  const products = maxDim(batch) * positions * rows * filters
  const tasks = Math.min(wantedTasks, Math.floor(products / taskProducts))
  const parts = Math.max(1, Math.min(tasks, maxDim(batch), Math.floor(mostPartElements / Math.max(1, rows * filters))))
  const blockRows = tileRows * Math.max(1, Math.ceil(rows / tileRows / Math.max(1, Math.ceil(tasks / parts))))
  return { parts, blocks: Math.max(1, Math.ceil(rows / blockRows)), blockRows }
}

export function emitFilterGradient(kernel: KernelFunction, convolution: FilterGradient, sizes: ConvolutionSizes): void {
  const { node, element, channel, epilogue } = convolution
  const { filters, batch } = sizes
  const rowBytes = filters * computedBytes(node.dtype)
  const { parts, blocks, blockRows } = cutFilterGradient(sizes, maxDim(element.extent))
  const partBytes = Math.ceil(((maxDim(element.extent) + tileRows) * rowBytes + 64) / 64) * 64
  const waiting = kernel.reserve(parts * partBytes)
  kernel.phase([], { items: parts * blocks, grain: 1 }, (_, range) => {
    const { fn } = kernel
    const zeros = kernel.threadScratch(64)
    fn.clearMemory(zeros, i32(64))
    const [rows, samples] = [kernel.dim(element.extent), kernel.dim(batch)]
    const each = fn.let(op('i32.div_u', add(samples, parts - 1), i32(parts)))
    fn.loop(range.from, range.to, 1, (item) => {
      const part = fn.let(op('i32.div_u', item, i32(blocks)))
      const firstRow = fn.let(mul(op('i32.rem_u', item, i32(blocks)), blockRows))
      const block = { from: firstRow, to: fn.let(smaller(add(firstRow, blockRows), rows)) }
      const first = fn.let(smaller(mul(part, each), samples))
      const finished = fn.let(add(kernel.scratchAt(waiting), mul(part, partBytes)))
      emitSamples(kernel, convolution, sizes, { from: first, to: fn.let(smaller(add(first, each), samples)) }, block, finished, zeros)
    })
  })
  const own = epilogue.map((s) => s.node)
  kernel.phase(own, { items: element.extent, grain: grainOf(2 * parts * filters) }, (evaluator, range) => {
    const { fn } = kernel
    const finished = kernel.scratchAt(waiting)
    if (parts > 1)
      addParts(kernel, node.dtype, fn.let(add(finished, mul(range.from, rowBytes))), mul(sub(range.to, range.from), filters), parts, partBytes)
    emitEpilogue(kernel, evaluator, {
      node,
      row: element,
      column: channel,
      epilogue,
      rows: range,
      address: (row) => add(finished, mul(row, rowBytes)),
    })
  })
}

/** Adds the elements of the other parts to those of the first, in order. */
function addParts(kernel: KernelFunction, dtype: DType, address: Value, count: Value, parts: number, partBytes: number): void {
  const { fn } = kernel
  forColumns(kernel, dtype, i32(0), fn.let(count), (element, block) => {
    const l = lanesOf(block.isWide)
    const type = block.isWide ? 'v128' : computedType(dtype)
    for (let j = 0; j < block.vectors; j++) {
      const first = fn.let(add(address, add(mul(element, computedBytes(dtype)), 4 * j * computedBytes(dtype))))
      const total = fn.variable(load(`${type}.load`, first))
      const from = fn.variable(first)
      fn.loop(1, parts, 1, () => {
        fn.set(from, add(from, partBytes))
        fn.set(total, combined(l, 'sum', dtype, total, fn.let(load(`${type}.load`, from))))
      })
      fn.store(`${type}.store`, first, wrapped(l, total, dtype))
    }
  })
}

/** The sums of a range of samples for a block of the filter's rows. */
function emitSamples(
  kernel: KernelFunction,
  { node, a, b }: FilterGradient,
  sizes: ConvolutionSizes,
  samples: ItemRange,
  block: ItemRange,
  finished: Value,
  zeros: Value,
): void {
  const { fn } = kernel
  const { dtype } = node
  const { axes, channels, filters, groups } = sizes
  const size = byteSize(dtype)
  const finishedSize = computedBytes(dtype)
  const rowBytes = filters * finishedSize
  const perGroup = channels / groups
  const filtersPerGroup = filters / groups
  const planes = { input: productOf(axes, (x) => x.input), output: productOf(axes, (x) => x.output) }
  // The last tile may reach beyond the rows.
  const reach = fn.let(mul(op('i32.div_u', add(sub(block.to, block.from), tileRows - 1), i32(tileRows)), tileRows * rowBytes))
  fn.clearMemory(add(finished, mul(block.from, rowBytes)), reach)
  fn.loop(samples.from, samples.to, 1, (sample) => {
    const image = fn.let(add(kernel.buffer(a), mul(sample, planes.input * channels * size)))
    const gradients = fn.let(add(kernel.buffer(b), mul(sample, planes.output * filters * size)))
    fn.loop(block.from, block.to, tileRows, (firstRow) => {
      const lines = Array.from({ length: tileRows }, (_, t) => lineAt(kernel, axes, perGroup, fn.let(smaller(add(firstRow, t), sub(block.to, 1)))))
      fn.loop(0, groups, 1, (group) => {
        const start = fn.let(mul(group, filtersPerGroup))
        const bases = lines.map((line) => fn.let(add(image, mul(add(mul(group, perGroup), line.channel), size))))
        forColumns(kernel, dtype, start, fn.let(add(start, filtersPerGroup)), (column, columns) => {
          const tile = new RegisterTile(kernel, dtype, tileRows, columns)
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
    const x = fn.let(add(base, mul(place, sizes.channels * size)))
    const gradient = fn.let(add(gradients, mul(output, sizes.filters * size)))
    const positive = fn.let(larger(count, i32(0)))
    tile.run({ addresses: [x], offset: size, bytes: step * sizes.channels * size }, gradient, positive, sizes.filters * size)
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

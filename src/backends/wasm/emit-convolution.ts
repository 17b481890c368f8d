// Convolution and the gradient of its input. Results are computed in tiles of four positions and eight channels: what a row reads
// is found by address, and where padding would be read the address is that of zeros. Nothing is unfolded in memory.

import { byteSize } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'
import { type ConvolutionSizes, convolutionSizes, productOf, type SpatialAxis } from '../../compiler/convolution-geometry.ts'
import type { Kernel } from '../../compiler/loop-ir.ts'
import { computedBytes } from './element-types.ts'
import { emitFilterGradient } from './emit-filter-gradient.ts'
import { emitEpilogue } from './epilogue.ts'
import { coordinates } from './coordinates.ts'
import type { Evaluator } from './evaluator.ts'
import { add, i32, load, type Local, mul, op, select, sub, type Value } from './function-builder.ts'
import type { ItemRange, KernelFunction } from './kernel-function.ts'
import { advance, forColumns, RegisterTile } from './register-tile.ts'
import { grainOf, scalarWork, taskProducts } from './task-cut.ts'

type Convolution = Extract<Kernel, { kind: 'convolution' }>

/** Rows of a tile. */
const tileRows = 4
const rowIndices = [0, 1, 2, 3]

const smaller = (a: Value, b: Value): Value => select(op('i32.lt_s', a, b), a, b)

export function emitConvolution(kernel: KernelFunction, convolution: Convolution): void {
  const { variant, geometry, node, a, b, epilogue } = convolution
  const own = epilogue.map((s) => s.node)
  if (variant === 'convFilterGradient') {
    emitFilterGradient(kernel, convolution, convolutionSizes(geometry, a.shape, node.shape, b.shape))
  } else if (variant === 'conv') {
    const sizes = convolutionSizes(geometry, a.shape, b.shape, node.shape)
    emitGathered(kernel, own, convolution, {
      sizes,
      summed: sizes.channels / sizes.groups,
      columns: sizes.filters,
      filter: () => kernel.buffer(b),
      isGradient: false,
    })
  } else {
    const sizes = convolutionSizes(geometry, node.shape, b.shape, a.shape)
    const filter = transposedFilter(kernel, b, sizes)
    emitGathered(kernel, own, convolution, {
      sizes,
      summed: sizes.filters / sizes.groups,
      columns: sizes.channels,
      filter: () => kernel.scratchAt(filter),
      isGradient: true,
    })
  }
}

/** A phase that lays the filter out as [tap, filter of a group, channel], for the gradient of the input; where in scratch memory. */
function transposedFilter(kernel: KernelFunction, filter: Node, sizes: ConvolutionSizes): number {
  const { axes, groups, channels, filters } = sizes
  const taps = productOf(axes, (a) => a.window)
  const [perGroup, channelsPerGroup] = [filters / groups, channels / groups]
  const size = byteSize(filter.dtype)
  const reserved = kernel.reserve(taps * perGroup * channels * size)
  const [loadName, storeName] =
    size === 8
      ? ['i64.load', 'i64.store']
      : size === 4
        ? ['i32.load', 'i32.store']
        : size === 2
          ? ['i32.load16_u', 'i32.store16']
          : ['i32.load8_u', 'i32.store8']
  kernel.phase([], { items: taps * channels, grain: grainOf(perGroup * scalarWork) }, (_, range) => {
    const { fn } = kernel
    const target = kernel.scratchAt(reserved)
    fn.loop(range.from, range.to, 1, (item) => {
      const tap = fn.let(op('i32.div_u', item, i32(channels)))
      const channel = fn.let(op('i32.rem_u', item, i32(channels)))
      const group = fn.let(op('i32.div_u', channel, i32(channelsPerGroup)))
      const inGroup = op('i32.rem_u', channel, i32(channelsPerGroup))
      const from = fn.variable(
        add(kernel.buffer(filter), mul(add(mul(add(mul(tap, channelsPerGroup), inGroup), filters), mul(group, perGroup)), size)),
      )
      const to = fn.variable(add(target, mul(add(mul(mul(tap, perGroup), channels), channel), size)))
      fn.loop(0, perGroup, 1, () => {
        fn.store(storeName, to, load(loadName, from))
        fn.set(from, add(from, size))
        fn.set(to, add(to, channels * size))
      })
    })
  })
  return reserved
}

/** What is summed for each result: over taps, `summed` channels of the gathered value times rows of the filter. */
interface Gathered {
  readonly sizes: ConvolutionSizes
  /** Channels of a group of the gathered value. */
  readonly summed: number
  /** Channels of the result. */
  readonly columns: number
  /** [tap, summed, columns]. */
  readonly filter: () => Value
  /** Whether results stand at input positions and read output positions. */
  readonly isGradient: boolean
}

function emitGathered(kernel: KernelFunction, own: readonly Node[], convolution: Convolution, gathered: Gathered): void {
  const { sizes, summed, columns } = gathered
  const products = productOf(sizes.axes, (x) => x.window) * summed * columns
  // Whole tiles, so that a task's rows are computed together as they would be without tasks.
  const grain = tileRows * Math.max(1, Math.floor(taskProducts / Math.max(1, tileRows * products)))
  kernel.phase(own, { items: convolution.element.extent, grain }, (evaluator, range) => emitRange(kernel, evaluator, convolution, gathered, range))
}

function emitRange(
  kernel: KernelFunction,
  evaluator: Evaluator,
  { node, a, element, channel, epilogue }: Convolution,
  gathered: Gathered,
  range: ItemRange,
): void {
  const { fn } = kernel
  const { sizes, summed, columns } = gathered
  const filter = gathered.filter()
  const { dtype } = node
  const size = byteSize(dtype)
  const finishedSize = computedBytes(dtype)
  const taps = productOf(sizes.axes, (x) => x.window)
  const pointers = kernel.threadScratch(Math.max(1, taps) * tileRows * 4)
  const zeroBytes = sizes.groups * summed * size
  const zeros = kernel.threadScratch(Math.max(16, zeroBytes))
  const finished = kernel.threadScratch(tileRows * columns * finishedSize + 64)
  fn.clearMemory(zeros, i32(zeroBytes))
  const rows = kernel.dim(element.extent)
  const perGroup = columns / sizes.groups
  fn.loop(range.from, range.to, tileRows, (firstRow) => {
    for (const t of rowIndices) {
      const last = sub(rows, 1)
      const position = fn.let(smaller(add(firstRow, t), last))
      emitPointers(kernel, gathered, position, kernel.buffer(a), zeros, add(pointers, 4 * t), size)
    }
    fn.loop(0, sizes.groups, 1, (group) => {
      const start = fn.let(mul(group, perGroup))
      forColumns(kernel, dtype, start, fn.let(add(start, perGroup)), (column, block) => {
        const tile = new RegisterTile(kernel, dtype, tileRows, block)
        tile.clear()
        const weights = fn.variable(add(filter, mul(column, size)))
        const groupBytes = fn.let(mul(group, summed * size))
        const table = fn.variable(pointers)
        fn.loop(0, taps, 1, () => {
          const from = rowIndices.map((t) => fn.variable(add(load('i32.load', table, 4 * t), groupBytes)))
          // Not unrolled: the engine would load ahead and run out of registers.
          fn.loop(0, summed, 1, () => {
            tile.step(from, weights)
            advance(kernel, from, size)
            advance(kernel, [weights], columns * size)
          })
          advance(kernel, [table], 4 * tileRows)
        })
        tile.write(add(finished, mul(column, finishedSize)), columns * finishedSize, false)
      })
    })
    const end = fn.let(smaller(add(firstRow, tileRows), rows))
    const address = (row: Local): Value => add(finished, mul(sub(row, firstRow), columns * finishedSize))
    emitEpilogue(kernel, evaluator, { node, row: element, column: channel, epilogue, rows: { from: firstRow, to: end }, address })
  })
}

/** The addresses that the result at `position` reads for each tap, four entries apart. */
function emitPointers(kernel: KernelFunction, gathered: Gathered, position: Value, source: Value, zeros: Value, table: Value, size: number): void {
  const { fn } = kernel
  const { sizes, summed, isGradient } = gathered
  const { axes } = sizes
  const { outer, at } = coordinates(
    kernel,
    position,
    axes.map((a) => (isGradient ? a.input : a.output)),
  )
  const channels = sizes.groups * summed
  const target = fn.variable(table)
  const walkTaps = (i: number, place: Value, isInside: Value): void => {
    const a = axes[i]
    if (a === undefined) {
      const address = add(source, mul(place, channels * size))
      fn.store('i32.store', target, select(isInside, address, zeros))
      fn.set(target, add(target, 4 * tileRows))
      return
    }
    fn.loop(0, a.window, 1, (tap) => {
      const read = readAt(kernel, a, at[i] ?? i32(0), tap, isGradient)
      const inside = fn.let(op('i32.and', isInside, read.isInside))
      walkTaps(i + 1, fn.let(add(mul(place, isGradient ? a.output : a.input), read.position)), inside)
    })
  }
  walkTaps(0, outer, i32(1))
}

/** Where the result at `position` reads along an axis for a tap. */
function readAt(
  kernel: KernelFunction,
  a: SpatialAxis,
  position: Value,
  tap: Value,
  isGradient: boolean,
): { readonly position: Value; readonly isInside: Value } {
  const { fn } = kernel
  if (!isGradient) {
    const read = fn.let(add(mul(position, a.stride), sub(mul(tap, a.dilation), a.low)))
    return { position: read, isInside: op('i32.lt_u', read, i32(a.input)) }
  }
  const scaled = fn.let(sub(add(position, a.low), mul(tap, a.dilation)))
  if (a.stride === 1) return { position: scaled, isInside: op('i32.lt_u', scaled, i32(a.output)) }
  const read = fn.let(op('i32.div_s', scaled, i32(a.stride)))
  const isExact = op('i32.eq', mul(read, a.stride), scaled)
  return { position: read, isInside: op('i32.and', isExact, op('i32.lt_u', read, i32(a.output))) }
}

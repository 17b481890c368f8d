// Convolution and the gradient of its input. Results are computed in tiles of four positions and eight channels: what a row reads
// is found by address, and where padding would be read the address is that of zeros. Nothing is unfolded in memory.

import { byteSize } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'
import { convolutionSizes, productOf, type SpatialAxis, staysInside } from '../../compiler/convolution-geometry.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import { computedBytes } from './element-types.ts'
import { type FilterRows, packFilter, panelOffset } from './filter-panels.ts'
import { emitFilterGradient } from './emit-filter-gradient.ts'
import { emitEpilogue } from './epilogue.ts'
import { addressBytes } from './control-block.ts'
import { coordinates } from './coordinates.ts'
import type { Evaluator } from './evaluator.ts'
import { add, i32, type Local, mul, op, select, smaller, sub, type Value } from './function-builder.ts'
import type { ItemRange, KernelFunction } from './kernel-function.ts'
import { columnsOf, forColumns, RegisterTile } from './register-tile.ts'
import { taskProducts } from './task-cut.ts'

type Convolution = Extract<Kernel, { kind: 'convolution' }>

/** Rows of a tile. */
const tileRows = 4
/** Tiles that share a panel of the filter while it lies in the first cache, and bytes of their results. */
const mostTiles = 8
const mostFinished = 2 ** 17
const rowIndices = [0, 1, 2, 3]

export function emitConvolution(kernel: KernelFunction, convolution: Convolution): void {
  const { variant, geometry, node, a, b, epilogue } = convolution
  const own = epilogue.map((s) => s.node)
  if (variant === 'convFilterGradient') {
    emitFilterGradient(kernel, convolution, convolutionSizes(geometry, a.shape, node.shape, b.shape))
    return
  }
  const isGradient = variant === 'convInputGradient'
  const sizes = isGradient ? convolutionSizes(geometry, node.shape, b.shape, a.shape) : convolutionSizes(geometry, a.shape, b.shape, node.shape)
  const { channels, filters, groups } = sizes
  const [summed, columns] = isGradient ? [filters / groups, channels] : [channels / groups, filters]
  const panels = packFilter(kernel, b, { sizes, summed, columns, isGradient })
  emitGathered(kernel, own, convolution, { sizes, summed, columns, isGradient, panels })
}

/** What is summed for each result: over taps, rows of the filter times channels of the gathered value. Results of gradients stand at input positions. */
interface Gathered extends FilterRows {
  /** Where the filter's panels lie in scratch memory. */
  readonly panels: number
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
  const panels = kernel.scratchAt(gathered.panels)
  const { dtype } = node
  const size = byteSize(dtype)
  const finishedSize = computedBytes(dtype)
  const { taps, run } = runsOf(gathered)
  const blockTiles = Math.max(1, Math.min(mostTiles, Math.floor(mostFinished / (tileRows * columns * finishedSize))))
  const tableBytes = Math.max(1, taps) * tileRows * addressBytes
  const pointers = kernel.threadScratch(blockTiles * tableBytes)
  const zeroBytes = Math.max(sizes.groups * summed, run) * size
  const zeros = kernel.threadScratch(Math.max(16, zeroBytes))
  const finished = kernel.threadScratch(blockTiles * tileRows * columns * finishedSize + 64)
  fn.clearMemory(zeros, i32(zeroBytes))
  const last = fn.let(sub(kernel.dim(element.extent), 1))
  const perGroup = columns / sizes.groups
  fn.loop(range.from, range.to, tileRows * blockTiles, (firstRow) => {
    const end = fn.let(smaller(add(firstRow, tileRows * blockTiles), range.to))
    const tiles = fn.let(op('i32.div_u', add(sub(end, firstRow), tileRows - 1), i32(tileRows)))
    fn.loop(0, tiles, 1, (tile) => {
      const table = fn.let(add(pointers, mul(tile, tableBytes)))
      for (const t of rowIndices) {
        const position = fn.let(smaller(add(firstRow, add(mul(tile, tileRows), t)), last))
        emitPointers(kernel, gathered, position, kernel.buffer(a), zeros, add(table, addressBytes * t), size)
      }
    })
    fn.loop(0, sizes.groups, 1, (group) => {
      const start = fn.let(mul(group, perGroup))
      const groupBytes = fn.let(mul(group, summed * size))
      forColumns(kernel, dtype, start, fn.let(add(start, perGroup)), (column, block) => {
        const panel = fn.let(add(panels, panelOffset(gathered, column, size)))
        const columnBytes = columnsOf(block) * size
        fn.loop(0, tiles, 1, (i) => {
          const tile = new RegisterTile(kernel, dtype, tileRows, block)
          tile.clear()
          const weights = fn.variable(panel)
          const table = fn.variable(add(pointers, mul(i, tableBytes)))
          fn.loop(0, taps, 1, () => {
            const addresses = rowIndices.map((t) => fn.let(add(kernel.module.loadAddress(table, addressBytes * t), groupBytes)))
            tile.run({ addresses, offset: 0, bytes: size }, weights, run, columnBytes)
            fn.set(weights, add(weights, run * columnBytes))
            fn.set(table, add(table, addressBytes * tileRows))
          })
          tile.write(add(finished, add(mul(i, tileRows * columns * finishedSize), mul(column, finishedSize))), columns * finishedSize, false)
        })
      })
    })
    const address = (row: Local): Value => add(finished, mul(sub(row, firstRow), columns * finishedSize))
    emitEpilogue(kernel, evaluator, { node, row: element, column: channel, epilogue, rows: { from: firstRow, to: end }, address })
  })
}

/**
 * Runs of values that lie side by side, for each result: a run for each tap, or one for all taps along the last axis where these never leave the
 * input.
 */
function runsOf({ sizes, summed, isGradient }: Gathered): { readonly axes: readonly SpatialAxis[]; readonly taps: number; readonly run: number } {
  const { axes, groups } = sizes
  const last = axes.at(-1)
  const isMerged = last !== undefined && !isGradient && groups === 1 && last.dilation === 1 && staysInside(last)
  const walked = isMerged ? axes.map((a, i) => (i === axes.length - 1 ? { ...a, window: 1 } : a)) : axes
  return { axes: walked, taps: productOf(walked, (a) => a.window), run: isMerged ? last.window * summed : summed }
}

/** The addresses that the result at `position` reads for each tap, four entries apart. */
function emitPointers(kernel: KernelFunction, gathered: Gathered, position: Value, source: Value, zeros: Value, table: Value, size: number): void {
  const { fn, module } = kernel
  const { sizes, summed, isGradient } = gathered
  const { axes } = runsOf(gathered)
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
      fn.store(`${module.address}.store`, target, select(isInside, address, zeros))
      fn.set(target, add(target, addressBytes * tileRows))
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

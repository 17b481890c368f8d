// Sliding windows: pooling, the value that stands where another tensor has its window's extreme, and the gradient of pooling.

import { elementCount, maxDim } from '../../core/dimension.ts'
import { byteSize } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'
import { productOf, type SpatialAxis, type WindowSizes, windowSizes } from '../../compiler/convolution-geometry.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import { coordinates } from './coordinates.ts'
import { computedBytes, computedType, constant, loadScalar, loadVector, wrapped } from './element-types.ts'
import { emitEpilogue } from './epilogue.ts'
import type { Evaluator } from './evaluator.ts'
import { add, i32, load, type Local, mul, op, select, sub, type Value } from './function-builder.ts'
import type { ItemRange, KernelFunction } from './kernel-function.ts'
import { lanesOf } from './module-builder.ts'
import { present } from './present.ts'
import { better, combined, identity } from './reduction.ts'
import { type ColumnBlock, forColumns } from './register-tile.ts'
import { grainOf } from './task-cut.ts'

type Window = Extract<Kernel, { kind: 'window' }>

export function emitWindow(kernel: KernelFunction, window: Window): void {
  const input = present(window.inputs[0], 'an input of a window')
  const second = window.inputs[1]
  if (window.variant !== 'windowScatter') {
    emitReduced(kernel, window, input, second)
    return
  }
  emitScattered(kernel, window, input, present(second, 'an output gradient'))
}

/** Runs `body` for every tap of the window at `row` that lies inside the input, with the position that it reads. */
function forTaps(kernel: KernelFunction, { axes }: WindowSizes, row: Value, body: (position: Value) => void): void {
  const { fn } = kernel
  const { outer, at } = coordinates(
    kernel,
    row,
    axes.map((a) => a.output),
  )
  // Along each axis: the first position read, and the taps that lie inside.
  const ranges = axes.map((a, i) => tapRange(kernel, a, at[i] ?? i32(0)))
  const walk = (i: number, place: Value): void => {
    const [a, range] = [axes[i], ranges[i]]
    if (a === undefined || range === undefined) {
      body(place)
      return
    }
    fn.loop(range.from, range.to, 1, (tap) => walk(i + 1, fn.let(add(mul(place, a.input), add(range.first, tap)))))
  }
  walk(0, outer)
}

function tapRange(kernel: KernelFunction, a: SpatialAxis, position: Value): { readonly first: Value; readonly from: Value; readonly to: Value } {
  const { fn } = kernel
  const first = fn.let(sub(mul(position, a.stride), a.low))
  const room = sub(i32(a.input), first)
  return {
    first,
    from: fn.let(select(op('i32.lt_s', first, i32(0)), sub(i32(0), first), i32(0))),
    to: fn.let(select(op('i32.lt_s', room, i32(a.window)), room, i32(a.window))),
  }
}

/** Elements read for one position of the result. */
const workOf = ({ axes, channels }: WindowSizes): number => 2 * productOf(axes, (a) => a.window) * channels

function emitReduced(kernel: KernelFunction, window: Window, input: Node, values: Node | undefined): void {
  const { element, epilogue } = window
  const sizes = windowSizes(window.geometry, input.shape, window.node.shape)
  const own = epilogue.map((s) => s.node)
  kernel.phase(own, { items: element.extent, grain: grainOf(workOf(sizes)) }, (evaluator, range) => {
    emitRange(kernel, evaluator, window, input, values, range)
  })
}

function emitRange(kernel: KernelFunction, evaluator: Evaluator, window: Window, input: Node, values: Node | undefined, range: ItemRange): void {
  const { fn } = kernel
  const { node, geometry, element, channel, epilogue } = window
  const { dtype } = node
  const sizes = windowSizes(geometry, input.shape, node.shape)
  const finishedSize = computedBytes(dtype)
  const finished = kernel.threadScratch(sizes.channels * finishedSize + 64)
  fn.loop(range.from, range.to, 1, (row) => {
    forColumns(kernel, dtype, i32(0), i32(sizes.channels), (column, block) => {
      const result =
        window.variant === 'windowPick' && values !== undefined
          ? picked(kernel, window, sizes, input, values, row, column, block)
          : reduced(kernel, window, sizes, input, row, column, block)
      const l = lanesOf(block.isWide)
      const type = computedType(dtype)
      result.forEach((value, j) => {
        const number = wrapped(l, dtype === 'bool' ? l.toInt(value) : value, dtype)
        fn.store(block.isWide ? 'v128.store' : `${type}.store`, add(finished, mul(column, finishedSize)), number, 4 * j * finishedSize)
      })
    })
    const rows = { from: row, to: fn.let(add(row, 1)) }
    emitEpilogue(kernel, evaluator, { node, row: element, column: channel, epilogue, rows, address: () => finished })
  })
}

/** The elements of a node at a position, from a column on. */
function elements(kernel: KernelFunction, node: Node, sizes: WindowSizes, position: Value, column: Value, block: ColumnBlock): Value[] {
  const { fn } = kernel
  const size = byteSize(node.dtype)
  const address = fn.let(add(kernel.buffer(node), mul(add(mul(position, sizes.channels), column), size)))
  return Array.from({ length: block.vectors }, (_, j) =>
    fn.let(block.isWide ? loadVector(kernel, node.dtype, address, 4 * j * size) : loadScalar(kernel, node.dtype, address)),
  )
}

/** The sum or extreme of a window; padding counts as nothing. */
function reduced(
  kernel: KernelFunction,
  { fn: reduce, node }: Window,
  sizes: WindowSizes,
  input: Node,
  row: Value,
  column: Value,
  block: ColumnBlock,
): Local[] {
  const { fn } = kernel
  const l = lanesOf(block.isWide)
  const totals = Array.from({ length: block.vectors }, () => fn.variable(identity(l, reduce, node.dtype)))
  forTaps(kernel, sizes, row, (position) => {
    const found = elements(kernel, input, sizes, position, column, block)
    totals.forEach((total, j) => {
      const value = found[j]
      if (value !== undefined) fn.set(total, combined(l, reduce, node.dtype, total, value))
    })
  })
  return totals
}

/** The element of `values` that stands where `input` has its window's first extreme; 0 for a window of nothing but padding. */
function picked(
  kernel: KernelFunction,
  { fn: reduce, node }: Window,
  sizes: WindowSizes,
  input: Node,
  values: Node,
  row: Value,
  column: Value,
  block: ColumnBlock,
): Local[] {
  const { fn } = kernel
  const l = lanesOf(block.isWide)
  const zero = (dtype: Node['dtype']) => constant(l, 0, dtype)
  const extreme = reduce === 'min' ? 'min' : 'max'
  const best = Array.from({ length: block.vectors }, () => fn.variable(zero(input.dtype)))
  const found = best.map(() => fn.variable(zero(node.dtype)))
  const any = fn.variable(i32(0))
  forTaps(kernel, sizes, row, (position) => {
    const candidates = elements(kernel, input, sizes, position, column, block)
    const pairs = elements(kernel, values, sizes, position, column, block)
    best.forEach((old, j) => {
      const [value, pair, kept] = [candidates[j], pairs[j], found[j]]
      if (value === undefined || pair === undefined || kept === undefined) return
      fn.if(
        any,
        () => {
          const isBetter = fn.let(better(l, extreme, input.dtype, value, old))
          const choose = (a: Value, b: Value) => (block.isWide ? op('v128.bitselect', a, b, isBetter) : select(isBetter, a, b))
          fn.set(old, choose(value, old))
          fn.set(kept, choose(pair, kept))
        },
        () => {
          fn.set(old, value)
          fn.set(kept, pair)
        },
      )
    })
    fn.set(any, i32(1))
  })
  return found
}

/** Adds each window's gradient to the first place that holds its extreme; where windows overlap they add. A sample's windows stay in the sample. */
function emitScattered(kernel: KernelFunction, window: Window, input: Node, gradient: Node): void {
  const { node, geometry, element, channel, epilogue } = window
  const sizes = windowSizes(geometry, input.shape, gradient.shape)
  const rowBytes = sizes.channels * computedBytes(node.dtype)
  const waiting = kernel.reserve(computedBytes(node.dtype) * Math.max(1, maxDim(elementCount(node.shape))) + 64)
  const perSample = workOf(sizes) * productOf(sizes.axes, (a) => a.output)
  kernel.phase([], { items: sizes.batch, grain: grainOf(2 * perSample) }, (_, range) => {
    const { fn } = kernel
    const places = productOf(sizes.axes, (a) => a.input)
    const windows = productOf(sizes.axes, (a) => a.output)
    const finished = kernel.scratchAt(waiting)
    fn.clearMemory(add(finished, mul(range.from, places * rowBytes)), mul(sub(range.to, range.from), places * rowBytes))
    fn.loop(mul(range.from, windows), mul(range.to, windows), 1, (row) => scatterRow(kernel, window, sizes, input, gradient, row, finished))
  })
  const own = epilogue.map((s) => s.node)
  kernel.phase(own, { items: element.extent, grain: grainOf(2 * sizes.channels) }, (evaluator, range) => {
    const finished = kernel.scratchAt(waiting)
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

/** Adds the gradient of the windows at one position: first which tap holds each channel's extreme, then to every tap what it gets, or 0. */
function scatterRow(kernel: KernelFunction, window: Window, sizes: WindowSizes, input: Node, gradient: Node, row: Value, finished: Value): void {
  const { fn } = kernel
  const { dtype } = window.node
  const finishedSize = computedBytes(dtype)
  const extreme = window.fn === 'min' ? 'min' : 'max'
  forColumns(kernel, dtype, i32(0), i32(sizes.channels), (column, block) => {
    const l = lanesOf(block.isWide)
    const type = block.isWide ? 'v128' : computedType(dtype)
    const each = Array.from({ length: block.vectors }, (_, j) => j)
    const best = each.map(() => fn.variable(constant(l, 0, input.dtype)))
    const holders = each.map(() => fn.variable(l.int(-1)))
    /** Runs `body` for every tap with its position and its number, in every lane. */
    const numbered = (body: (position: Value, number: Value) => void) => {
      const count = fn.variable(i32(0))
      forTaps(kernel, sizes, row, (position) => {
        body(position, fn.let(block.isWide ? op('i32x4.splat', count) : count))
        fn.set(count, add(count, 1))
      })
    }
    numbered((position, number) => {
      elements(kernel, input, sizes, position, column, block).forEach((value, j) => {
        const [old, holder] = [best[j], holders[j]]
        if (old === undefined || holder === undefined) return
        const isNew = fn.let(l.i('or', l.i('lt_s', holder, l.int(0)), better(l, extreme, input.dtype, value, old)))
        fn.set(old, l.select(isNew, value, old))
        fn.set(holder, l.select(isNew, number, holder))
      })
    })
    const updates = elements(kernel, gradient, sizes, row, column, block)
    numbered((position, number) => {
      const target = fn.let(add(finished, mul(add(mul(position, sizes.channels), column), finishedSize)))
      updates.forEach((update, j) => {
        const holder = holders[j]
        if (holder === undefined) return
        const part = fn.let(l.select(l.i('eq', holder, number), update, constant(l, 0, dtype)))
        const old = fn.let(load(`${type}.load`, target, 4 * j * finishedSize))
        fn.store(`${type}.store`, target, wrapped(l, combined(l, 'sum', dtype, old, part), dtype), 4 * j * finishedSize)
      })
    })
  })
}

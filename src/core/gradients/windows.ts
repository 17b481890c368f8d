// Gradient rules of sliding windows over [batch, ...spatial, channels].

import { type Dims, multiplyDims, sameDim, staticDim } from '../dimension.ts'
import { makeNode, type Node } from '../graph.ts'
import { broadcastNode } from '../ops/broadcast.ts'
import type { WindowGeometry } from '../primitives.ts'
import { reshapeNode } from '../node-algebra.ts'
import type { Rule } from './rule.ts'

export const reduceWindowGradient: Rule<'reduceWindow'> = ({ fn, geometry }, use) => {
  const [x, g] = [use.input(0), use.cotangent()]
  if (fn !== 'sum') return [makeNode({ name: 'windowScatter', fn, geometry }, [x, g])]
  return [tiles(x.shape, g.shape, geometry) ? repeatWindows(g, x.shape, geometry) : spreadWindows(g, x.shape, geometry)]
}

export const windowScatterGradient: Rule<'windowScatter'> = ({ fn, geometry }, use) => [
  undefined,
  use.needs(1) ? makeNode({ name: 'windowPick', fn, geometry }, [use.input(0), use.cotangent()]) : undefined,
]

export const windowPickGradient: Rule<'windowPick'> = ({ fn, geometry }, use) => [
  undefined,
  use.needs(1) ? makeNode({ name: 'windowScatter', fn, geometry }, [use.input(0), use.cotangent()]) : undefined,
]

/** Whether the windows stand side by side and cover the whole input once. */
function tiles(x: Dims, y: Dims, { window, strides, padding }: WindowGeometry): boolean {
  return window.every((size, i) => {
    const [low, high] = padding[i] ?? [0, 0]
    return strides[i] === size && low === 0 && high === 0 && sameDim(x[i + 1] ?? 0, multiplyDims(y[i + 1] ?? 0, size))
  })
}

/** Every element of g repeated over its window. */
function repeatWindows(g: Node, shape: Dims, { window }: WindowGeometry): Node {
  const split = (sizes: readonly number[]): Dims => [g.shape[0] ?? 1, ...sizes.flatMap((size, i) => [g.shape[i + 1] ?? 1, size]), g.shape.at(-1) ?? 1]
  return reshapeNode(broadcastNode(reshapeNode(g, split(window.map(() => 1))), split(window)), shape)
}

/** Input position i is in the windows that start in (i − size, i]: g spread to its starts, then windows of the same size that end at i. */
function spreadWindows(g: Node, shape: Dims, { window, strides, padding }: WindowGeometry): Node {
  const sizes = window.map((_, i) => staticDim(shape[i + 1] ?? 1, 'reduceWindow'))
  const counts = window.map((_, i) => staticDim(g.shape[i + 1] ?? 1, 'reduceWindow'))
  const low = window.map((size, i) => size - 1 - (padding[i]?.[0] ?? 0))
  const high = sizes.map((n, i) => n + (padding[i]?.[0] ?? 0) - ((counts[i] ?? 1) - 1) * (strides[i] ?? 1) - 1)
  const interior = strides.map((s) => s - 1)
  const spread = makeNode({ name: 'pad', low: [0, ...low, 0], high: [0, ...high, 0], interior: [0, ...interior, 0], value: 0 }, [g])
  const geometry = { window, strides: window.map(() => 1), padding: window.map((): readonly [number, number] => [0, 0]) }
  return makeNode({ name: 'reduceWindow', fn: 'sum', geometry }, [spread])
}

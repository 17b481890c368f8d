// Sliding windows over the spatial axes of `[batch, ...spatial, channels]`. Padding is never part of a window.

import type { WindowGeometry } from '../../core/primitives.ts'
import { computeFrom, computeFromTwo } from './arithmetic.ts'
import { coordinatesOf } from './convolution.ts'
import { firstBest } from './reductions.ts'
import type { Rules } from './rule.ts'
import { at, countOf, stridesOf } from './values.ts'

/** `reduceWindow`, `windowScatter`, `windowPick`. */
export const windows: Rules<'reduceWindow' | 'windowScatter' | 'windowPick'> = {
  /** NaN goes through; a window of nothing but padding is 0, −∞ or ∞ (an integer's lowest, highest). */
  reduceWindow: (op, inputs, { types }) => {
    const [x, { shape }] = [at(inputs, 0), at(types, 0)]
    return [
      computeFrom(shape, x, (arithmetic, out, cells) => {
        const { zero, lowest, highest, add, maximum, minimum } = arithmetic
        const [start, step] = op.fn === 'sum' ? [zero, add] : op.fn === 'max' ? [lowest, maximum] : [highest, minimum]
        forEachWindow(op.geometry, x.shape, shape, (window, o) => {
          out[o] = window.reduce((total, position) => step(total, at(cells, position)), start)
        })
      }),
    ]
  },

  /** Each output gradient is added to its window's first NaN, else its first largest (smallest) element in row-major order. */
  windowScatter: (op, inputs) => {
    const [x, gradient] = [at(inputs, 0), at(inputs, 1)]
    return [
      computeFromTwo(x.shape, x, gradient, (arithmetic, out, cells, gs) =>
        forEachWindow(op.geometry, x.shape, gradient.shape, (window, o) => {
          const best = window[firstBest(op.fn, arithmetic, cells, 0, window)]
          if (best !== undefined) out[best] = arithmetic.add(at(out, best), at(gs, o))
        }),
      ),
    ]
  },

  /** The second input's element where the first has its window's largest (smallest); 0 for a window of nothing but padding. */
  windowPick: (op, inputs, { types }) => {
    const [x, values, { shape }] = [at(inputs, 0), at(inputs, 1), at(types, 0)]
    return [
      computeFromTwo(shape, x, values, (arithmetic, out, cells, vs) =>
        forEachWindow(op.geometry, x.shape, shape, (window, o) => {
          const best = window[firstBest(op.fn, arithmetic, cells, 0, window)]
          if (best !== undefined) out[o] = at(vs, best)
        }),
      ),
    ]
  },
}

/** Calls `visit` with the input positions of every window, in row-major order, and the output position. */
function forEachWindow(
  geometry: WindowGeometry,
  input: readonly number[],
  output: readonly number[],
  visit: (window: readonly number[], output: number) => void,
): void {
  const spatial = input.slice(1, -1)
  const strides = stridesOf(spatial)
  const [batch, channels] = [at(input, 0), at(input, input.length - 1)]
  const taps = coordinatesOf(geometry.window)
  const places = coordinatesOf(output.slice(1, -1))
  const plane = countOf(spatial)
  places.forEach((place, o) => {
    const inside = taps.flatMap((tap) => {
      const index = tap.map((t, axis) => at(place, axis) * at(geometry.strides, axis) + t - at(at(geometry.padding, axis), 0))
      if (index.some((i, axis) => i < 0 || i >= at(spatial, axis))) return []
      return [index.reduce((sum, i, axis) => sum + i * at(strides, axis), 0)]
    })
    for (let n = 0; n < batch; n++)
      for (let c = 0; c < channels; c++)
        visit(
          inside.map((position) => (n * plane + position) * channels + c),
          (n * places.length + o) * channels + c,
        )
  })
}

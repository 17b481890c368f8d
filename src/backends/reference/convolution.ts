// Convolution (cross-correlation) and its two gradients: one walk over all triples of input, filter and output elements that meet, and one
// of the three is summed into.

import type { ConvolutionGeometry } from '../../core/primitives.ts'
import { computeFromTwo } from './arithmetic.ts'
import { positionsOf } from './positions.ts'
import type { Rules } from './rule.ts'
import { at, countOf, stridesOf } from './values.ts'

/** `conv`, `convInputGradient`, `convFilterGradient`. Padding is not read, so an infinite filter makes no NaN there. Rounded once. */
export const convolution: Rules<'conv' | 'convInputGradient' | 'convFilterGradient'> = {
  conv: (op, inputs, { types }) => {
    const [x, filter, { shape }] = [at(inputs, 0), at(inputs, 1), at(types, 0)]
    return [
      computeFromTwo(shape, x, filter, ({ add, multiply }, out, xs, fs) =>
        forEachTriple(op.geometry, x.shape, filter.shape, shape, (i, f, o) => (out[o] = add(at(out, o), multiply(at(xs, i), at(fs, f))))),
      ),
    ]
  },
  convInputGradient: (op, inputs, { types }) => {
    const [gradient, filter, { shape }] = [at(inputs, 0), at(inputs, 1), at(types, 0)]
    return [
      computeFromTwo(shape, gradient, filter, ({ add, multiply }, out, gs, fs) =>
        forEachTriple(op.geometry, shape, filter.shape, gradient.shape, (i, f, o) => (out[i] = add(at(out, i), multiply(at(gs, o), at(fs, f))))),
      ),
    ]
  },
  convFilterGradient: (op, inputs, { types }) => {
    const [x, gradient, { shape }] = [at(inputs, 0), at(inputs, 1), at(types, 0)]
    return [
      computeFromTwo(shape, x, gradient, ({ add, multiply }, out, xs, gs) =>
        forEachTriple(op.geometry, x.shape, shape, gradient.shape, (i, f, o) => (out[f] = add(at(out, f), multiply(at(xs, i), at(gs, o))))),
      ),
    ]
  },
}

/** Calls `visit` with the positions of every input, filter and output element whose product is part of the output. */
function forEachTriple(
  geometry: ConvolutionGeometry,
  input: readonly number[],
  filter: readonly number[],
  output: readonly number[],
  visit: (input: number, filter: number, output: number) => void,
): void {
  const spatial = input.length - 2
  const places = coordinatesOf(output.slice(1, -1))
  const taps = coordinatesOf(filter.slice(0, spatial))
  const [batch, inputSpatial] = [at(input, 0), input.slice(1, -1)]
  const inputStrides = stridesOf(inputSpatial)
  const [channels, filters] = [at(filter, spatial), at(filter, spatial + 1)]
  const perGroup = filters / geometry.groups
  const allChannels = at(input, spatial + 1)
  const inputPlane = countOf(inputSpatial)
  places.forEach((place, o) => {
    taps.forEach((tap, f) => {
      let position = 0
      for (let axis = 0; axis < spatial; axis++) {
        const index = at(place, axis) * at(geometry.strides, axis) + at(tap, axis) * at(geometry.dilation, axis) - at(at(geometry.padding, axis), 0)
        if (index < 0 || index >= at(inputSpatial, axis)) return
        position += index * at(inputStrides, axis)
      }
      for (let n = 0; n < batch; n++) {
        const inputAt = (n * inputPlane + position) * allChannels
        const outputAt = (n * places.length + o) * filters
        for (let group = 0; group < geometry.groups; group++)
          for (let c = 0; c < channels; c++)
            for (let k = group * perGroup; k < (group + 1) * perGroup; k++)
              visit(inputAt + group * channels + c, (f * channels + c) * filters + k, outputAt + k)
      }
    })
  })
}

/** All indices of a shape, in row-major order. */
export function coordinatesOf(shape: readonly number[]): number[][] {
  const strides = stridesOf(shape)
  return Array.from(positionsOf(shape, strides), (position) => shape.map((size, axis) => Math.floor(position / at(strides, axis)) % size))
}

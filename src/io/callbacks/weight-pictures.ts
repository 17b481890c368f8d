// Weights as grey pictures.

import type { Picture } from '../tensorboard/png.ts'

/** The most pictures of one weight, as many as TensorBoard's own summaries show. */
const maxPictures = 3

/**
 * A vector as a row, a matrix as rows and columns (lying where it is taller than wide), of three axes one picture for each of the first of the last axis;
 * nothing for more. Black is the smallest value, white the largest.
 */
export function picturesOf(values: Float32Array, shape: readonly number[]): Picture[] {
  const sizes = shape.filter((size) => size !== 1)
  const [a = 1, b = 1, c = 1] = sizes
  if (values.length === 0) return []
  if (sizes.length <= 1) return [picture(values, 1, a, (_, x) => x)]
  if (sizes.length === 2) return [a > b ? picture(values, b, a, (y, x) => x * b + y) : picture(values, a, b, (y, x) => y * b + x)]
  if (sizes.length > 3) return []
  return Array.from({ length: Math.min(c, maxPictures) }, (_, i) => picture(values, a, b, (y, x) => (y * b + x) * c + i))
}

function picture(values: Float32Array, height: number, width: number, at: (y: number, x: number) => number): Picture {
  const grey = Float32Array.from({ length: height * width }, (_, i) => values[at(Math.floor(i / width), i % width)] ?? 0)
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of grey) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  const scale = high > low ? 255 / (high - low) : 0
  return { height, width, channels: 1, bytes: Uint8Array.from(grey, (value) => Math.round((value - low) * scale)) }
}

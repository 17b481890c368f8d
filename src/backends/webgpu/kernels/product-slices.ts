// Products of great depth and few results: the depth is cut into slices whose sums wait in scratch memory, and a second pass adds them in order.

import { elementCount, maxDim, multiplyDims } from '../../../core/dimension.ts'
import type { GpuPass } from '../gpu-kernel.ts'
import { batchCount, mostElements, type Product, sizesText } from './product.ts'

/** Invocations of a workgroup of the second pass. */
const threads = 64
/** Bytes of scratch memory that slices may take together. */
const mostBytes = 2 ** 26

/** How many slices: enough that `groups` workgroups become about `wanted`, each slice at least `least` deep. */
export function sliceCount(product: Product, groups: number, least: number, wanted = 128): number {
  const most = Math.floor(maxDim(product.depth) / least)
  const fitting = Math.floor(mostBytes / (4 * product.arithmetic.words * Math.max(1, mostElements(product))))
  return Math.max(1, Math.min(most, Math.ceil(wanted / Math.max(1, groups)), fitting))
}

/** Declares the depths `begin` ≤ d < `end` of slice `slice`. */
export function sliceText(slices: number): string {
  if (slices === 1) return '  let begin = 0;\n  let end = depth;'
  return `  let slicePart = (depth + ${slices - 1}) / ${slices};
  let begin = min(slice * slicePart, depth);
  let end = min(begin + slicePart, depth);`
}

/** A statement that hands on element [batch, row, column] with a value: to what follows, or to scratch memory where there are slices. */
export function emitText(product: Product, slices: number, row: string, column: string, value: string): string {
  if (slices === 1) return `finish(batch, ${row}, ${column}, ${value});`
  const place = `((slice * ${product.dim(batchCount(product))} + batch) * rows + ${row}) * columns + ${column}`
  return product.arithmetic.park(place, value)
}

/** The pass that adds the slices. */
export function slicesPass(product: Product, slices: number): GpuPass {
  const { arithmetic, batch, rows, columns, finish, dim } = product
  const body = `${finish}
fn kernel(group: i32, thread: i32) {
${sizesText({ ...product, depth: 0 })}
  let count = ${dim(batchCount(product))} * rows * columns;
  let place = group * ${threads} + thread;
  if (place >= count) { return; }
  var sum = ${arithmetic.fetch('place')};
  for (var slice = 1; slice < ${slices}; slice++) { sum = ${arithmetic.add('sum', arithmetic.fetch('slice * count + place'))}; }
  finish(place / (rows * columns), place / columns % rows, place % columns, sum);
}`
  return { body, threads, groups: Math.ceil(maxDim(multiplyDims(elementCount(batch), multiplyDims(rows, columns))) / threads) }
}

/** Bytes that the slices take. */
export function sliceBytes(product: Product, slices: number): number {
  return slices === 1 ? 0 : slices * mostElements(product) * 4 * product.arithmetic.words
}

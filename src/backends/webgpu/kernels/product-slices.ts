// Products of great depth and few results: the depth is cut into slices whose sums wait in scratch memory, and a second pass adds them in order.

import { maxDim } from '../../../core/dimension.ts'
import type { GpuPass } from '../gpu-kernel.ts'
import { batchCount, mostElements, type Product, type ProductPasses, sizesText } from './product.ts'

/** Invocations of a workgroup of the second pass. */
const threads = 64

/** Workgroups that keep a GPU busy. */
const wantedGroups = 128

/** How many slices: enough that `groups` workgroups become about as many as are wanted, each slice at least `least` deep. */
export function sliceCount(product: Product, groups: number, least: number): number {
  const most = Math.floor(maxDim(product.depth) / least)
  return Math.max(1, Math.min(most, Math.ceil(wantedGroups / Math.max(1, groups))))
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

/** The passes of a product whose slices `pass` sums. */
export function withSlices(product: Product, pass: GpuPass, slices: number): ProductPasses {
  if (slices === 1) return { passes: [pass], scratchBytes: 0 }
  return { passes: [pass, slicesPass(product, slices)], scratchBytes: slices * mostElements(product) * 4 * product.arithmetic.words }
}

/** The pass that adds the slices. */
function slicesPass(product: Product, slices: number): GpuPass {
  const { arithmetic, finish, dim } = product
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
  return { body, threads, groups: Math.ceil(mostElements(product) / threads) }
}

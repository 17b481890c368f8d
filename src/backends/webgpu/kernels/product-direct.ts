// Products without blocks: one invocation sums one element. For elements of 64 bits, and where channels are too few to share what is read, as in
// a depthwise convolution.

import { batchCount, declarations, mostElements, type Product, type ProductPasses, sizesText } from './product.ts'
import { emitText, sliceCount, sliceText, withSlices } from './product-slices.ts'

const threads = 64
/** A slice is at least this deep. */
const leastSlice = 128

/** Renders a product of any elements. */
export function directProduct(product: Product): ProductPasses {
  const { arithmetic, dim } = product
  const groups = Math.ceil(mostElements(product) / threads)
  const slices = sliceCount(product, groups, leastSlice)
  const batches = batchCount(product)
  // Neighbouring invocations take neighbouring elements in memory.
  const split = product.isBatchInner
    ? `  let column = place % columns;
  let batch = place / columns % batches;
  let row = place / (columns * batches);`
    : `  let column = place % columns;
  let row = place / columns % rows;
  let batch = place / (columns * rows);`
  const body = `${declarations(product)}
fn kernel(group: i32, thread: i32) {
${sizesText(product)}
  let batches = ${dim(batches)};
  let slice = group % ${slices};
  let place = group / ${slices} * ${threads} + thread;
  if (place >= batches * rows * columns) { return; }
${split}
${sliceText(slices)}
  let x = ${product.left.name}At(batch, row);
  let y = ${product.right.name}At(batch, column);
  var sum = ${arithmetic.type}();
  for (var d = begin; d < end; d++) { sum = ${arithmetic.multiplyAdd('sum', `${product.left.name}(x, d)`, `${product.right.name}(y, d)`)}; }
  ${emitText(product, slices, 'row', 'column', 'sum')}
}`
  const pass = { body, threads, groups: groups * slices, features: arithmetic.features }
  return withSlices(product, pass, slices)
}

// Products with few rows, as a matrix times a vector: a workgroup shares the depth of a few columns among its invocations and adds their sums
// in a fixed tree. Functions of subgroups would spare the tree a few barriers, which cost little beside what is loaded, and would make the order
// of the sums that of the adapter.

import { maxDim, multiplyDims } from '../../../core/dimension.ts'
import { batchCount, blocksOf, declarations, type Product, type ProductPasses, sizesText } from './product.ts'
import { emitText, sliceCount, sliceText, withSlices } from './product-slices.ts'

const threads = 128
/** A slice is at least this deep. */
const leastSlice = 1024

/** Most rows of such a product. */
export const mostFewRows = 4

/** Renders a product of at most {@link mostFewRows} rows. */
export function reducedProduct(product: Product): ProductPasses {
  const { arithmetic, left, right } = product
  const { type } = arithmetic
  // Neighbouring invocations read neighbours: along the depth or along the columns.
  const mostColumns = right.isDepthFast ? 4 : 32
  const columns = Math.min(mostColumns, 2 ** Math.ceil(Math.log2(Math.max(1, maxDim(product.columns)))))
  const lanes = threads / columns
  const blocks = blocksOf(product.columns, columns)
  const batch = batchCount(product)
  const slices = sliceCount(product, blocks * maxDim(batch), leastSlice)
  const rows = Array.from({ length: maxDim(product.rows) }, (_, r) => r)
  const [columnOf, laneOf] = right.isDepthFast ? [`thread / ${lanes}`, `thread % ${lanes}`] : [`thread % ${columns}`, `thread / ${columns}`]
  const body = `${declarations(product)}
var<workgroup> sums: array<${type}, ${rows.length * threads}>;
fn kernel(group: i32, thread: i32) {
${sizesText(product)}
  let column0 = group % ${blocks} * ${columns};
  let slice = group / ${blocks} % ${slices};
  let batch = group / ${blocks * slices};
  if (column0 >= columns) { return; }
${sliceText(slices)}
  let ownColumn = ${columnOf};
  let lane = ${laneOf};
  let place = lane * ${columns} + ownColumn;
  let columnAt = ${right.name}At(batch, min(column0 + ownColumn, columns - 1));
${rows.map((r) => `  let at${r} = ${left.name}At(batch, min(${r}, rows - 1));\n  var sum${r} = ${type}();`).join('\n')}
  for (var d = begin + lane; d < end; d += ${lanes}) {
    let y = ${right.name}(columnAt, d);
${rows.map((r) => `    sum${r} = ${arithmetic.multiplyAdd(`sum${r}`, `${left.name}(at${r}, d)`, 'y')};`).join('\n')}
  }
${rows.map((r) => `  sums[${r * threads} + place] = sum${r};`).join('\n')}
  workgroupBarrier();
  for (var other = ${threads / 2}; other >= ${columns}; other /= 2) {
    if (place < other) {
${rows.map((r) => `      sums[${r * threads} + place] = ${arithmetic.add(`sums[${r * threads} + place]`, `sums[${r * threads} + place + other]`)};`).join('\n')}
    }
    workgroupBarrier();
  }
  for (var i = thread; i < ${rows.length * columns}; i += ${threads}) {
    let row = i / ${columns};
    let column = column0 + i % ${columns};
    if (row < rows && column < columns) { ${emitText(product, slices, 'row', 'column', `sums[row * ${threads} + i % ${columns}]`)} }
  }
}`
  const pass = { body, threads, groups: multiplyDims(batch, blocks * slices), features: arithmetic.features }
  return withSlices(product, pass, slices)
}

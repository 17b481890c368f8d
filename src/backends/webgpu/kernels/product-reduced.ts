// Products with few rows, as a matrix times a vector: a workgroup shares the depth of a few columns among its invocations and adds their sums
// in a fixed tree. Where the adapter has subgroups and neighbours share a column, the last levels of the same tree are within a subgroup, without
// barriers.

import { maxDim, multiplyDims } from '../../../core/dimension.ts'
import type { GpuFeature } from '../gpu-kernel.ts'
import { batchCount, blocksOf, declarations, type Product, type ProductPasses, sizesText } from './product.ts'
import { emitText, sliceCount, sliceText, withSlices } from './product-slices.ts'
import { teamOf } from './subgroup-teams.ts'

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
  const [columnOf, depthOf] = right.isDepthFast ? [`thread / ${lanes}`, `thread % ${lanes}`] : [`thread % ${columns}`, `thread / ${columns}`]
  const hasNeighbours = right.isDepthFast || columns === 1
  const team = hasNeighbours ? teamOf(product.target, threads, lanes) : undefined
  const sums = (r: number) => `sums[${r * threads} + place]`
  const toMemory = rows.map((r) => `${sums(r)} = sum${r};`).join(' ')
  const isWithinTeams = team?.isWhole === true
  const treeText = `  ${toMemory}
  workgroupBarrier();
  for (var other = ${threads / 2}; other >= ${team === undefined ? columns : `team * ${columns}`}; other /= 2) {
    if (place < other) {
${rows.map((r) => `      ${sums(r)} = ${arithmetic.add(sums(r), `sums[${r * threads} + place + other]`)};`).join('\n')}
    }
    workgroupBarrier();
  }`
  // Elsewhere sums of no meaning are added, too.
  const teamText = `${isWithinTeams ? '' : rows.map((r) => `  sum${r} = ${sums(r)};`).join('\n')}
  for (var other = team / 2; other > 0; other /= 2) {
${rows.map((r) => `    sum${r} = ${arithmetic.add(`sum${r}`, `subgroupShuffleXor(sum${r}, u32(other))`)};`).join('\n')}
  }
  if (ownDepth == 0) { ${toMemory} }
  workgroupBarrier();`
  const body = `${declarations(product)}
var<workgroup> sums: array<${type}, ${rows.length * threads}>;
fn kernel(group: i32, thread: i32${team === undefined ? '' : ', lane: i32, lanes: i32'}) {
${sizesText(product)}
  let column0 = group % ${blocks} * ${columns};
  let slice = group / ${blocks} % ${slices};
  let batch = group / ${blocks * slices};
  if (column0 >= columns) { return; }
${sliceText(slices)}
  let ownColumn = ${columnOf};
  let ownDepth = ${depthOf};
  let place = ownDepth * ${columns} + ownColumn;
  let columnAt = ${right.name}At(batch, min(column0 + ownColumn, columns - 1));
${rows.map((r) => `  let at${r} = ${left.name}At(batch, min(${r}, rows - 1));\n  var sum${r} = ${type}();`).join('\n')}
  for (var d = begin + ownDepth; d < end; d += ${lanes}) {
    let y = ${right.name}(columnAt, d);
${rows.map((r) => `    sum${r} = ${arithmetic.multiplyAdd(`sum${r}`, `${left.name}(at${r}, d)`, 'y')};`).join('\n')}
  }
${team === undefined ? '' : team.text}
${isWithinTeams ? '' : treeText}
${team === undefined ? '' : teamText}
  for (var i = thread; i < ${rows.length * columns}; i += ${threads}) {
    let row = i / ${columns};
    let column = column0 + i % ${columns};
    if (row < rows && column < columns) { ${emitText(product, slices, 'row', 'column', `sums[row * ${threads} + i % ${columns}]`)} }
  }
}`
  const features: readonly GpuFeature[] = team === undefined ? arithmetic.features : [...arithmetic.features, 'subgroups']
  const pass = { body, threads, groups: multiplyDims(batch, blocks * slices), features }
  return withSlices(product, pass, slices)
}

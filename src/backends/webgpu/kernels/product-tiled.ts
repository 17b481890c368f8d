// Products in tiles: a workgroup computes a block of results, of which each invocation keeps a few in registers; blocks of both operands
// pass through workgroup memory. Finished results go the same way, a row of each invocation at a time, so that what follows runs over neighbours
// and stands in the text once.

import { maxDim, multiplyDims } from '../../../core/dimension.ts'
import { batchCount, blocksOf, declarations, type Operand, type Product, type ProductPasses, sizesText } from './product.ts'
import { emitText, sliceCount, sliceText, withSlices } from './product-slices.ts'

/** A block of results. */
export interface Tile {
  readonly rows: number
  readonly columns: number
  /** Rows of one invocation: 4 or 8; it has four columns. */
  readonly each: number
}

/** Depth of a block of operands. */
const blockDepth = 16
/** A slice is at least this deep. */
const leastSlice = 256

const tiles: readonly Tile[] = [
  { rows: 64, columns: 64, each: 8 },
  { rows: 32, columns: 32, each: 4 },
  { rows: 64, columns: 16, each: 4 },
  { rows: 16, columns: 64, each: 4 },
  { rows: 16, columns: 16, each: 4 },
]

/** Renders a product of elements of 32 bits. */
export function tiledProduct(product: Product): ProductPasses {
  const tile = chooseTile(product)
  const [rowBlocks, columnBlocks] = [blocksOf(product.rows, tile.rows), blocksOf(product.columns, tile.columns)]
  const blocks = rowBlocks * columnBlocks
  const batch = batchCount(product)
  const slices = sliceCount(product, blocks * maxDim(batch), leastSlice)
  const groups = multiplyDims(batch, blocks * slices)
  const pass = { body: tileText(product, tile, slices), threads: threadsOf(tile), groups, features: product.arithmetic.features }
  return withSlices(product, pass, slices)
}

const threadsOf = (tile: Tile): number => (tile.rows / tile.each) * (tile.columns / 4)

/** The tile that loads and computes least beyond the edges. */
function chooseTile(product: Product): Tile {
  const cost = (tile: Tile) => {
    const blocks = blocksOf(product.rows, tile.rows) * blocksOf(product.columns, tile.columns)
    // Work of an invocation on a product of one depth, plus what it loads for it.
    return blocks * (tile.rows * tile.columns + 8 * (tile.rows + tile.columns))
  }
  return tiles.reduce((best, tile) => (cost(tile) < cost(best) ? tile : best))
}

function tileText(product: Product, tile: Tile, slices: number): string {
  const { arithmetic, left, right } = product
  const { rows, columns, each } = tile
  const { type } = arithmetic
  const threads = threadsOf(tile)
  // Rows of vectors are one longer than needed: neighbours along the depth then fall into different banks.
  const [leftLine, rightLine] = [rows / 4 + 1, columns / 4 + 1]
  const rightStart = blockDepth * leftLine
  const vectors = Math.max(blockDepth * (leftLine + rightLine), threads)
  const [rowBlocks, columnBlocks] = [blocksOf(product.rows, rows), blocksOf(product.columns, columns)]
  const own = Array.from({ length: each }, (_, i) => i)
  const leftFill = fill({ operand: left, first: 'row0', limit: 'rows', size: rows, start: 0, line: leftLine, threads, type })
  const rightFill = fill({ operand: right, first: 'column0', limit: 'columns', size: columns, start: rightStart, line: rightLine, threads, type })
  return `${declarations(product)}
var<workgroup> block: array<vec4<${type}>, ${vectors}>;
fn kernel(group: i32, thread: i32) {
${sizesText(product)}
  let column0 = group % ${columnBlocks} * ${columns};
  let row0 = group / ${columnBlocks} % ${rowBlocks} * ${rows};
  let slice = group / ${columnBlocks * rowBlocks} % ${slices};
  let batch = group / ${columnBlocks * rowBlocks * slices};
  if (row0 >= rows || column0 >= columns) { return; }
${sliceText(slices)}
  let ownColumn = thread % ${columns / 4};
  let ownRow = thread / ${columns / 4} * ${each};
${own.map((i) => `  var sum${i} = vec4<${type}>();`).join('\n')}
${leftFill.places}
${rightFill.places}
  for (var depth0 = begin; depth0 < end; depth0 += ${blockDepth}) {
${leftFill.loads}
${rightFill.loads}
    workgroupBarrier();
    for (var d = 0; d < ${blockDepth}; d++) {
      let y = block[${rightStart} + d * ${rightLine} + ownColumn];
${Array.from({ length: each / 4 }, (_, i) => `      let x${i} = block[d * ${leftLine} + ownRow / 4 + ${i}];`).join('\n')}
${own.map((i) => `      sum${i} += x${Math.floor(i / 4)}.${'xyzw'[i % 4] ?? 'x'} * y;`).join('\n')}
    }
    workgroupBarrier();
  }
  for (var part = 0; part < ${each}; part++) {
    var line = sum0;
    switch part {
${own.map((i) => (i === 0 ? '      default: {}' : `      case ${i}: { line = sum${i}; }`)).join('\n')}
    }
    block[thread] = line;
    workgroupBarrier();
    for (var i = thread; i < ${4 * threads}; i += ${threads}) {
      let row = row0 + i / ${columns} * ${each} + part;
      let column = column0 + i % ${columns};
      if (row < rows && column < columns) { ${emitText(product, slices, 'row', 'column', 'block[i / 4][i % 4]')} }
    }
    workgroupBarrier();
  }
}`
}

interface Fill {
  readonly operand: Operand
  /** Names of the first row or column of the block, and of how many there are. */
  readonly first: string
  readonly limit: string
  /** Rows or columns of the block. */
  readonly size: number
  /** Where it starts in workgroup memory, and its vectors from one depth to the next. */
  readonly start: number
  readonly line: number
  readonly threads: number
  readonly type: string
}

/** Loads a block of an operand, transposed so that a depth is a line; a vector is four neighbouring rows or columns of one depth. */
function fill({ operand, first, limit, size, start, line, threads, type }: Fill): { readonly places: string; readonly loads: string } {
  const { name, isDepthFast } = operand
  const vectors = (blockDepth * size) / 4
  const passes = Math.ceil(vectors / threads)
  const rounds = Array.from({ length: passes }, (_, i) => i)
  const id = (i: number) => `${name}${isDepthFast ? i : 0}`
  // Where neighbouring invocations take neighbouring rows, all rounds of one read the same rows.
  const placeRounds = isDepthFast ? rounds : [0]
  const lane = (i: number) => `(thread + ${i * threads})`
  const [quadOf, depthOf] = isDepthFast
    ? [(i: number) => `${lane(i)} / ${blockDepth}`, (i: number) => `${lane(i)} % ${blockDepth}`]
    : [() => `thread % ${size / 4}`, (i: number) => `${lane(i)} / ${size / 4}`]
  const parts = ['x', 'y', 'z', 'w']
  const places = placeRounds.flatMap((i) => [
    `  let ${id(i)}Quad = ${quadOf(i)};`,
    ...parts.map((p, c) => `  let ${id(i)}${p} = ${name}At(batch, min(${first} + ${id(i)}Quad * 4 + ${c}, ${limit} - 1));`),
  ])
  const loads = rounds.flatMap((i) => {
    const guard = vectors % threads === 0 || i < passes - 1 ? '' : `if (thread + ${i * threads} < ${vectors}) `
    const values = parts.map((p) => `${name}(${id(i)}${p}, depth0 + d)`).join(', ')
    return [
      `    ${guard}{
      let d = ${depthOf(i)};
      var v = vec4<${type}>();
      if (depth0 + d < end) { v = vec4<${type}>(${values}); }
      block[${start} + d * ${line} + ${id(i)}Quad] = v;
    }`,
    ]
  })
  return { places: places.join('\n'), loads: loads.join('\n') }
}

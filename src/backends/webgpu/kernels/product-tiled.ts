// Products in tiles: a workgroup computes a block of results, of which each invocation keeps a few in registers; blocks of both operands
// pass through workgroup memory. Finished results go the same way, a row of each invocation at a time, so that what follows runs over neighbours
// and stands in the text once.
//
// Where the adapter has subgroups, only the right operand passes through workgroup memory: invocations with the same rows each read a part of the
// depths of the left one and hand it to the others. What that leaves free holds a second block, so that one barrier is needed where there were two.
// Products are added in the same order, whatever the size of a subgroup.

import { maxDim, multiplyDims } from '../../../core/dimension.ts'
import type { GpuPass } from '../gpu-kernel.ts'
import { batchCount, blocksOf, declarations, type Operand, type Product, type ProductPasses, sizesText } from './product.ts'
import { emitText, sliceCount, sliceText, withSlices } from './product-slices.ts'
import { type Team, teamOf } from './subgroup-teams.ts'

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
  const threads = threadsOf(tile)
  const team = teamsOf(product, tile)
  const { features } = product.arithmetic
  const pass: GpuPass = {
    body: tileText(product, tile, slices, team),
    threads,
    groups,
    features: team === undefined ? features : [...features, 'subgroups'],
  }
  return withSlices(product, pass, slices)
}

const threadsOf = (tile: Tile): number => (tile.rows / tile.each) * (tile.columns / 4)

/** Invocations with the same rows that lie in one subgroup, where handing the left operand to each other suits the adapter and how it lies. */
function teamsOf({ target, left }: Product, tile: Tile): Team | undefined {
  const most = tile.columns / 4
  // Neighbours read along the depth. Subgroups that are all smaller would each read what others read, too.
  const isSuited = left.isDepthFast && target.subgroupSizes !== undefined && target.subgroupSizes.most >= most
  return isSuited ? teamOf(target, threadsOf(tile), most) : undefined
}

/** The tile that loads and computes least beyond the edges. */
function chooseTile(product: Product): Tile {
  const cost = (tile: Tile) => {
    const blocks = blocksOf(product.rows, tile.rows) * blocksOf(product.columns, tile.columns)
    // Work of an invocation on a product of one depth, plus what it loads for it.
    return blocks * (tile.rows * tile.columns + 8 * (tile.rows + tile.columns))
  }
  return tiles.reduce((best, tile) => (cost(tile) < cost(best) ? tile : best))
}

/** The text of a pass; where there are teams, they share the left operand. */
function tileText(product: Product, tile: Tile, slices: number, team: Team | undefined): string {
  const { arithmetic } = product
  const { rows, columns, each } = tile
  const { type } = arithmetic
  const threads = threadsOf(tile)
  const { vectors, places, loop } = team === undefined ? blocksText(product, tile) : teamsText(product, tile, team)
  const [rowBlocks, columnBlocks] = [blocksOf(product.rows, rows), blocksOf(product.columns, columns)]
  const own = Array.from({ length: each }, (_, i) => i)
  return `${declarations(product)}
var<workgroup> block: array<vec4<${type}>, ${Math.max(vectors, threads)}>;
fn kernel(group: i32, thread: i32${team === undefined ? '' : ', lane: i32, lanes: i32'}) {
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
${places}
${loop}
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

/** How a tile is summed. */
interface Summing {
  /** Vectors of workgroup memory. */
  readonly vectors: number
  /** Declares what is common to all depths. */
  readonly places: string
  readonly loop: string
}

/** sum0 += x0.x · y and so on, for all rows of an invocation. */
const rowSums = (each: number): string[] => Array.from({ length: each }, (_, i) => `sum${i} += x${Math.floor(i / 4)}.${partOf(i)} * y;`)
const partOf = (i: number): string => 'xyzw'.charAt(i % 4)
/** Numbers of the vectors that hold the rows of an invocation. */
const quadsOf = (each: number): number[] => Array.from({ length: each / 4 }, (_, i) => i)

/** Vectors of a line: one more than needed, so that neighbours along the depth fall into different banks. */
const lineOf = (size: number): number => size / 4 + 1

/** Both operands pass through workgroup memory. */
function blocksText({ arithmetic: { type }, left, right }: Product, tile: Tile): Summing {
  const { rows, columns, each } = tile
  const threads = threadsOf(tile)
  const rightStart = blockDepth * lineOf(rows)
  const leftFill = fill({ operand: left, first: 'row0', limit: 'rows', size: rows, start: '0', threads, type })
  const rightFill = fill({ operand: right, first: 'column0', limit: 'columns', size: columns, start: `${rightStart}`, threads, type })
  return {
    vectors: blockDepth * (lineOf(rows) + lineOf(columns)),
    places: `${leftFill.places}\n${rightFill.places}`,
    loop: `  for (var depth0 = begin; depth0 < end; depth0 += ${blockDepth}) {
${leftFill.loads}
${rightFill.loads}
    workgroupBarrier();
    for (var d = 0; d < ${blockDepth}; d++) {
      let y = block[${rightStart} + d * ${lineOf(columns)} + ownColumn];
${[...quadsOf(each).map((q) => `let x${q} = block[d * ${lineOf(rows)} + ownRow / 4 + ${q}];`), ...rowSums(each)].map((line) => `      ${line}`).join('\n')}
    }
    workgroupBarrier();
  }`,
  }
}

/** As many depths of the left operand as a team has invocations: each reads one, all have the same rows. */
function teamsText({ arithmetic: { type }, left, right }: Product, tile: Tile, team: Team): Summing {
  const { columns, each } = tile
  const size = blockDepth * lineOf(columns)
  const rightFill = fill({ operand: right, first: 'column0', limit: 'columns', size: columns, start: 'half', threads: threadsOf(tile), type })
  const rows = Array.from({ length: each }, (_, i) => i)
  const quads = quadsOf(each)
  const values = (q: number): string => [0, 1, 2, 3].map((c) => `${left.name}(at${4 * q + c}, depth0 + teamLane)`).join(', ')
  return {
    vectors: 2 * size,
    places: `${team.text}
  let teamLane = lane % team;
  let teamStart = lane - teamLane;
${rows.map((i) => `  let at${i} = ${left.name}At(batch, min(row0 + ownRow + ${i}, rows - 1));`).join('\n')}
${rightFill.places}
  var half = ${size};`,
    loop: `  for (var depth0 = begin; depth0 < end; depth0 += team) {
${quads.map((q) => `    var own${q} = vec4<${type}>();`).join('\n')}
    if (depth0 + teamLane < end) {
${quads.map((q) => `      own${q} = vec4<${type}>(${values(q)});`).join('\n')}
    }
    let part = (depth0 - begin) % ${blockDepth};
    if (part == 0) {
      half = ${size} - half;
${rightFill.loads}
      workgroupBarrier();
    }
    for (var d = 0; d < team; d++) {
      let y = block[half + (part + d) * ${lineOf(columns)} + ownColumn];
${[...quads.map((q) => `let x${q} = subgroupShuffle(own${q}, u32(teamStart + d));`), ...rowSums(each)].map((line) => `      ${line}`).join('\n')}
    }
  }
  workgroupBarrier();`,
  }
}

interface Fill {
  readonly operand: Operand
  /** Names of the first row or column of the block, and of how many there are. */
  readonly first: string
  readonly limit: string
  /** Rows or columns of the block. */
  readonly size: number
  /** Where it starts in workgroup memory. */
  readonly start: string
  readonly threads: number
  readonly type: string
}

/** Loads a block of an operand, transposed so that a depth is a line; a vector is four neighbouring rows or columns of one depth. */
function fill({ operand, first, limit, size, start, threads, type }: Fill): { readonly places: string; readonly loads: string } {
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
      block[${start} + d * ${lineOf(size)} + ${id(i)}Quad] = v;
    }`,
    ]
  })
  return { places: places.join('\n'), loads: loads.join('\n') }
}

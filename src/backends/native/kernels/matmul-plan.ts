// Chooses how a tiled matrix product is cut: register tile, blocks, and which operand is packed where. Depends on sizes, strides and
// the target only, never on the number of threads, so that results do not either.

import type { CInt, Target } from '../rendered-kernel.ts'
import { lanesOf } from './matmul-operand.ts'

/** direct: read where it lies; task: packed by the task that needs it; shared: packed once, in a phase of its own. */
export type Packing = 'direct' | 'task' | 'shared'

/** What the plan knows of the product: sizes, and how each operand's rows and columns lie in memory. */
export interface MatmulProblem {
  readonly batch: CInt
  readonly m: CInt
  readonly n: CInt
  readonly k: CInt
  readonly lhs: OperandLayout
  readonly rhs: OperandLayout
  /** Whether tiles may be written straight to the result. */
  readonly direct: boolean
}

/** The element strides of an operand, and whether its elements can be used without conversion. */
export interface OperandLayout {
  readonly isFloat32: boolean
  readonly rowStride: CInt
  readonly columnStride: CInt
}

/** How a product is cut and packed. */
export interface TilePlan {
  readonly lanes: number
  /** Rows of the largest register tile; with a known m, tiles have this many rows or one fewer. */
  readonly tileRows: number
  readonly tileVectors: number
  /** Row tiles of a block. */
  readonly blockTiles: number
  /** Column panels of a block. */
  readonly blockPanels: number
  /** Panels of the right operand that a task packs together. */
  readonly panelGroup: number
  /** Steps of the inner size between two visits to the same tile. */
  readonly blockInner: number
  /** Parts of the inner size whose sums are added by a last phase; 1 for none. */
  readonly innerParts: number
  /** Blocks that one task does, one after the other. */
  readonly blocksPerTask: number
  readonly lhs: Packing
  readonly rhs: Packing
}

/** Multiply-adds worth a task of their own: some 15 µs of one core. */
const taskWork = 1 << 20

/** Tasks that divide well among any number of threads; below `enoughTasks`, more are made even where they cost some work twice. */
const mostTasks = 64
const plentyTasks = 32
const enoughTasks = 16

/** Floats of the left operand that stay in the second cache while a block is summed. */
const mostLeftElements = 101376

/** Floats of a block that waits on the task's stack for its epilogue. */
const mostBlockElements = 65536

/** The inner size is worth splitting from here on, into parts no shorter than `shortestPart`. */
const longInner = 4096
const shortestPart = 1024

/** Floats of all partial sums together, and of an operand that is packed as a whole. */
const mostPartialElements = 1 << 22
const mostSharedElements = 1 << 23

/** The sizes as numbers: those bound at run time are guessed. */
interface Sizes {
  readonly batch: number
  readonly m: number
  readonly n: number
  readonly k: number
  readonly knownM: boolean
  readonly knownK: boolean
  /** Whether batch, m and n are known. */
  readonly known: boolean
  /** Whether all is done by one task. */
  readonly single: boolean
}

/** Chooses the register tile, the blocks and the packing of a product. */
export function planTiles(problem: MatmulProblem, target: Target): TilePlan {
  const sizes = sizesOf(problem)
  const shape = tileShape(sizes, target)
  const cut = cutBlocks(sizes, shape, problem.direct)
  const packing = choosePacking(problem, sizes, shape, cut, target)
  return {
    lanes: shape.lanes,
    tileRows: shape.rows,
    tileVectors: shape.vectors,
    blockTiles: cut.blockTiles,
    blockPanels: cut.blockPanels,
    // Together they are four vectors wide: enough to visit each page of memory seldom, little enough to stay in the cache.
    panelGroup: packing.rhs === 'task' && problem.rhs.columnStride === 1 ? Math.min(cut.blockPanels, Math.max(1, Math.floor(4 / shape.vectors))) : 1,
    blockInner: cut.blockInner,
    innerParts: cut.innerParts,
    blocksPerTask: cut.blocksPerTask,
    ...packing,
  }
}

function sizesOf(problem: MatmulProblem): Sizes {
  const size = (value: CInt, guess: number) => (typeof value === 'number' ? value : guess)
  const [batch, m, n] = [size(problem.batch, 16), size(problem.m, 128), size(problem.n, 512)]
  const k = Math.max(1, size(problem.k, 512))
  const known = [problem.batch, problem.m, problem.n].every((x) => typeof x === 'number')
  const [knownM, knownK] = [typeof problem.m === 'number', typeof problem.k === 'number']
  return { batch, m, n, k, knownM, knownK, known, single: known && batch * m * n * k < 2 * taskWork }
}

interface TileShape {
  readonly lanes: number
  readonly rows: number
  readonly vectors: number
  /** Row tiles and column panels of the whole result. */
  readonly tiles: number
  readonly panels: number
}

/** The tile that needs the fewest cycles for all of the result, its ragged edges included. */
function tileShape({ m, n, knownM }: Sizes, target: Target): TileShape {
  const lanes = lanesOf(target)
  // The most rows that leave registers for the vectors of the right operand and one element of the left.
  const mostRows = target.vectorRegisters === 32 ? [16, 12, 9, 6] : [8, 6, 4]
  let best: TileShape | undefined
  let bestCost = Number.POSITIVE_INFINITY
  for (const [i, most] of mostRows.entries()) {
    const vectors = i + 1
    const tiles = Math.ceil(m / most)
    const rows = knownM ? Math.ceil(m / tiles) : most
    const panels = Math.ceil(n / (vectors * lanes))
    const height = knownM ? m / tiles : rows
    // Per step: one multiply-add a cycle, one load a cycle, and four cycles until a sum can be added to again. The right operand's
    // panel comes from the second cache if there are many rows.
    const cost = tiles * panels * (Math.max(height * vectors, height + vectors, 4) + (tiles > 4 ? 0.25 * vectors : 0))
    if (best === undefined || cost < bestCost) {
      bestCost = cost
      best = { lanes, rows, vectors, tiles, panels }
    }
  }
  return best ?? { lanes, rows: 1, vectors: 1, tiles: m, panels: Math.ceil(n / lanes) }
}

interface BlockCut {
  readonly blockTiles: number
  readonly blockPanels: number
  readonly blockInner: number
  readonly rowBlocks: number
  readonly columnBlocks: number
  readonly innerParts: number
  readonly blocksPerTask: number
}

function cutBlocks({ batch, m, n, k, knownK, known, single }: Sizes, shape: TileShape, direct: boolean): BlockCut {
  const { rows, tiles, panels } = shape
  const width = shape.vectors * shape.lanes
  const innerBlocks = Math.ceil(k / 384)
  const blockInner = Math.min(Math.ceil(k / innerBlocks / 8) * 8, 384)
  const wantedTasks = single ? 1 : Math.min(mostTasks, Math.max(1, Math.floor((batch * m * n * k) / taskWork)))
  const fewestTasks = Math.min(wantedTasks, enoughTasks)
  const mostBlockRows = Math.max(132, Math.min(528, Math.floor(mostLeftElements / blockInner)))
  let rowBlocks = Math.ceil(m / mostBlockRows)
  let columnBlocks = batch * rowBlocks >= plentyTasks ? 1 : Math.min(panels, Math.ceil(wantedTasks / (batch * rowBlocks)))
  // With many inner blocks the left operand passes by once per column block: these are then wide.
  if (innerBlocks > 4) columnBlocks = Math.min(columnBlocks, Math.max(Math.ceil(panels / 8), Math.ceil(fewestTasks / (batch * rowBlocks))))
  let innerParts = 1
  const isLong = known && knownK && !single && k >= longInner
  if (isLong && (k >= 4 * Math.max(m, n) || batch * rowBlocks * columnBlocks < fewestTasks)) {
    // Wide blocks read each operand few times; the tasks come from the inner size.
    columnBlocks = Math.ceil(n / 768)
    const most = Math.min(Math.floor(k / shortestPart), Math.floor(mostPartialElements / (batch * m * n)))
    innerParts = Math.max(1, Math.min(most, Math.ceil(wantedTasks / (batch * rowBlocks * columnBlocks))))
  }
  // Rows are split further only where all else gives too few tasks: every row block packs or reads the right operand again.
  if (batch * rowBlocks * columnBlocks * innerParts < fewestTasks) {
    columnBlocks = Math.min(panels, Math.ceil(fewestTasks / (batch * rowBlocks * innerParts)))
    rowBlocks = Math.max(rowBlocks, Math.min(Math.ceil(m / 48), Math.ceil(fewestTasks / (batch * columnBlocks * innerParts))))
  }
  const blockTiles = Math.ceil(tiles / rowBlocks)
  let blockPanels = Math.ceil(panels / columnBlocks)
  if (innerParts === 1 && (!direct || blockInner < k)) {
    blockPanels = Math.min(blockPanels, Math.max(1, Math.floor(mostBlockElements / (blockTiles * rows * width))))
  }
  rowBlocks = Math.ceil(tiles / blockTiles)
  columnBlocks = Math.ceil(panels / blockPanels)
  const totalInnerBlocks = Math.ceil(k / blockInner)
  innerParts = Math.ceil(totalInnerBlocks / Math.ceil(totalInnerBlocks / innerParts))
  const blocks = batch * rowBlocks * columnBlocks * innerParts
  const blocksPerTask = known ? Math.ceil(blocks / wantedTasks) : 1
  return { blockTiles, blockPanels, blockInner, rowBlocks, columnBlocks, innerParts, blocksPerTask }
}

function choosePacking(
  problem: MatmulProblem,
  { m, n, k, knownM, knownK, single }: Sizes,
  { lanes, rows, tiles, panels }: TileShape,
  { rowBlocks, columnBlocks }: BlockCut,
  target: Target,
): { readonly lhs: Packing; readonly rhs: Packing } {
  const { lhs, rhs } = problem
  const stride = (x: CInt) => (typeof x === 'number' && x >= 0 ? x : Number.POSITIVE_INFINITY)
  const [lhsRow, lhsColumn] = [stride(lhs.rowStride), stride(lhs.columnStride)]
  // As dense as a packed panel would be.
  const isDense = (x: CInt) => stride(x) <= 8 * lanes
  // Rows a multiple of a cache way apart share its sets and evict each other.
  const rowsCollide = (lhsRow * 4) % 4096 === 0 && rows > 4
  const lhsIsNear = (m * k * 4 <= target.l2Bytes / 4 || panels <= 4) && !rowsCollide
  const lhsDirect = knownM && lhs.isFloat32 && Number.isFinite(lhsRow + lhsColumn) && (lhsIsNear || (lhsRow === 1 && isDense(lhs.columnStride)))
  const rhsIsNear = tiles <= 4 || n * k * 4 <= target.l2Bytes / 8
  const rhsDirect = rhs.isFloat32 && rhs.columnStride === 1 && (rhsIsNear || isDense(rhs.rowStride))
  const mayShare = problem.batch === 1 && knownK && !single
  return {
    lhs: lhsDirect ? 'direct' : mayShare && columnBlocks > 1 && m * k <= mostSharedElements ? 'shared' : 'task',
    rhs: rhsDirect ? 'direct' : mayShare && rowBlocks > 4 && n * k <= mostSharedElements ? 'shared' : 'task',
  }
}

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

export interface OperandLayout {
  readonly isFloat32: boolean
  readonly rowStride: CInt
  readonly columnStride: CInt
}

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

/** What is assumed of sizes that are bound at run time. */
const expected = { batch: 16, m: 128, n: 512, k: 512 }

const mostTasks = 64
const plentyTasks = 32
const enoughTasks = 16
/** Floats of the left operand that stay in the second cache while a block is summed. */
const mostLeftElements = 101376
const mostBlockElements = 65536
/** The inner size is worth splitting from here on, into parts no shorter than `shortestPart`. */
const longInner = 4096
const shortestPart = 1024
/** Elements of all partial sums together. */
const mostPartialElements = 1 << 22
/** Elements of an operand that is packed as a whole. */
const mostSharedElements = 1 << 23

function tileShape(m: number, n: number, knownM: boolean, target: Target): { rows: number; vectors: number } {
  const lanes = lanesOf(target)
  const most = target.vectorRegisters === 32 ? [16, 12, 9, 6] : [8, 6, 4]
  let best = { rows: 1, vectors: 1 }
  let bestCost = Number.POSITIVE_INFINITY
  for (const [i, mostRows] of most.entries()) {
    const vectors = i + 1
    const tiles = Math.ceil(m / mostRows)
    const rows = knownM ? Math.ceil(m / tiles) : mostRows
    const panels = Math.ceil(n / (vectors * lanes))
    const height = knownM ? m / tiles : rows
    // Per step: one multiply-add a cycle, one load a cycle, and four cycles until a sum can be added to again. The right operand's
    // panel comes from the second cache if there are many rows.
    const cost = tiles * panels * (Math.max(height * vectors, height + vectors, 4) + (tiles > 4 ? 0.25 * vectors : 0))
    if (cost < bestCost) {
      bestCost = cost
      best = { rows, vectors }
    }
  }
  return best
}

export function planTiles(problem: MatmulProblem, target: Target): TilePlan {
  const lanes = lanesOf(target)
  const size = (value: CInt, otherwise: number) => (typeof value === 'number' ? value : otherwise)
  const batch = size(problem.batch, expected.batch)
  const [m, n, k] = [size(problem.m, expected.m), size(problem.n, expected.n), Math.max(1, size(problem.k, expected.k))]
  const known = [problem.batch, problem.m, problem.n].every((x) => typeof x === 'number')
  const { rows, vectors } = tileShape(m, n, typeof problem.m === 'number', target)
  const width = vectors * lanes
  const tiles = Math.ceil(m / rows)
  const panels = Math.ceil(n / width)
  const innerBlocks = Math.ceil(k / 384)
  const blockInner = Math.min(Math.ceil(k / innerBlocks / 8) * 8, 384)
  const work = batch * m * n * k
  const single = known && work <= 2 * taskWork

  const wantedTasks = single ? 1 : Math.min(mostTasks, Math.max(1, Math.floor(work / taskWork)))
  const fewestTasks = Math.min(wantedTasks, enoughTasks)
  const mostBlockRows = Math.max(132, Math.min(528, Math.floor(mostLeftElements / blockInner)))
  let rowBlocks = Math.ceil(m / mostBlockRows)
  let columnBlocks = batch * rowBlocks >= plentyTasks ? 1 : Math.min(panels, Math.ceil(wantedTasks / (batch * rowBlocks)))
  // With many inner blocks the left operand passes by once per column block: these are then wide.
  if (innerBlocks > 4) columnBlocks = Math.min(columnBlocks, Math.max(Math.ceil(panels / 8), Math.ceil(fewestTasks / (batch * rowBlocks))))
  let innerParts = 1
  const splits =
    known && typeof problem.k === 'number' && !single && k >= longInner && (k >= 4 * Math.max(m, n) || batch * rowBlocks * columnBlocks < fewestTasks)
  if (splits) {
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
  // A block that waits for its epilogue lies on the task's stack.
  if (innerParts === 1 && (!problem.direct || blockInner < k)) {
    blockPanels = Math.min(blockPanels, Math.max(1, Math.floor(mostBlockElements / (blockTiles * rows * width))))
  }
  rowBlocks = Math.ceil(tiles / blockTiles)
  columnBlocks = Math.ceil(panels / blockPanels)
  const totalInnerBlocks = Math.ceil(k / blockInner)
  innerParts = Math.ceil(totalInnerBlocks / Math.ceil(totalInnerBlocks / innerParts))
  const blocks = batch * rowBlocks * columnBlocks * innerParts
  const blocksPerTask = known ? Math.ceil(blocks / wantedTasks) : 1

  const { lhs, rhs } = problem
  const stride = (x: CInt) => (typeof x === 'number' && x >= 0 ? x : Number.POSITIVE_INFINITY)
  const lhsRow = stride(lhs.rowStride)
  // Read in place: what stays in the second cache or is passed by few times, unless its rows evict each other (a multiple of a cache
  // way apart they share its sets), and what lies as densely as a packed panel would.
  const rowsCollide = (lhsRow * 4) % 4096 === 0 && rows > 4
  const lhsDirect =
    typeof problem.m === 'number' &&
    lhs.isFloat32 &&
    Number.isFinite(lhsRow + stride(lhs.columnStride)) &&
    ((m * k * 4 <= target.l2Bytes / 4 && !rowsCollide) || (panels <= 4 && !rowsCollide) || (lhsRow === 1 && stride(lhs.columnStride) <= 8 * lanes))
  const rhsDirect = rhs.isFloat32 && rhs.columnStride === 1 && (tiles <= 4 || n * k * 4 <= target.l2Bytes / 8 || stride(rhs.rowStride) <= 8 * lanes)
  const mayShare = problem.batch === 1 && typeof problem.k === 'number' && !single
  const [lhsPacking, rhsPacking]: [Packing, Packing] = [
    lhsDirect ? 'direct' : mayShare && columnBlocks > 1 && m * k <= mostSharedElements ? 'shared' : 'task',
    rhsDirect ? 'direct' : mayShare && rowBlocks > 4 && n * k <= mostSharedElements ? 'shared' : 'task',
  ]
  return {
    lanes,
    tileRows: rows,
    tileVectors: vectors,
    blockTiles,
    blockPanels,
    panelGroup: rhsPacking === 'task' && rhs.columnStride === 1 ? Math.min(blockPanels, Math.max(1, Math.floor((4 * lanes) / width))) : 1,
    blockInner,
    innerParts,
    blocksPerTask,
    lhs: lhsPacking,
    rhs: rhsPacking,
  }
}

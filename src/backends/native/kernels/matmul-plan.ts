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
  /** Steps of the inner size between two visits to the same tile. */
  readonly blockInner: number
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
const mostBlockRows = 264
const mostBlockElements = 65536

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
    // Per step: one multiply-add a cycle, one load a cycle, and four cycles until a sum can be added to again.
    const cost = tiles * panels * Math.max(rows * vectors, rows + vectors, 4) * (vectors === 2 ? 0.98 : 1)
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
  let rowBlocks = Math.ceil(m / mostBlockRows)
  let columnBlocks = Math.min(panels, Math.ceil(wantedTasks / (batch * rowBlocks)))
  if (batch * rowBlocks * columnBlocks < wantedTasks) {
    rowBlocks = Math.max(rowBlocks, Math.min(Math.ceil(m / 48), Math.ceil(wantedTasks / (batch * columnBlocks))))
  }
  const blockTiles = Math.ceil(tiles / rowBlocks)
  let blockPanels = Math.ceil(panels / columnBlocks)
  if (!problem.direct || blockInner < k) blockPanels = Math.min(blockPanels, Math.max(1, Math.floor(mostBlockElements / (blockTiles * rows * width))))
  rowBlocks = Math.ceil(tiles / blockTiles)
  columnBlocks = Math.ceil(panels / blockPanels)
  const blocks = batch * rowBlocks * columnBlocks
  const blocksPerTask = known ? Math.ceil(blocks / wantedTasks) : 1

  const { lhs, rhs } = problem
  const knownStrides = (o: OperandLayout) => o.isFloat32 && typeof o.rowStride === 'number' && typeof o.columnStride === 'number'
  const lhsStride = typeof lhs.rowStride === 'number' ? lhs.rowStride : 0
  const lhsDirect =
    typeof problem.m === 'number' &&
    knownStrides(lhs) &&
    m * k * 4 <= 2 * target.l1Bytes &&
    // Rows a multiple of half a cache way apart evict each other.
    !((lhsStride * 4) % 2048 === 0 && rows > 4)
  const rhsDirect = rhs.isFloat32 && rhs.columnStride === 1 && (tiles <= 4 || n * k * 4 <= target.l2Bytes / 8)
  const mayShare = problem.batch === 1 && typeof problem.k === 'number' && !single
  return {
    lanes,
    tileRows: rows,
    tileVectors: vectors,
    blockTiles,
    blockPanels,
    blockInner,
    blocksPerTask,
    lhs: lhsDirect ? 'direct' : mayShare && columnBlocks > 1 ? 'shared' : 'task',
    rhs: rhsDirect ? 'direct' : mayShare && rowBlocks > 2 ? 'shared' : 'task',
  }
}

// Chooses how a tiled matrix product is cut: register tile, blocks, parts of the inner size, and which operand is packed where.
// Depends on sizes, strides and the target only, never on the number of threads, so that results do not either.
import type { CInt, Target } from '../rendered-kernel.ts'
import type { MatmulOperand } from './matmul-operand.ts'
import { expectedSize } from './matmul-sizes.ts'

/** direct: read where it lies; task: packed by the task that needs it; shared: packed once, in a phase of its own. */
export type Packing = 'direct' | 'task' | 'shared'

export interface TilePlan {
  readonly lanes: number
  /** Rows of the largest register tile; with a known m, tiles have this many rows or one fewer. */
  readonly tileRows: number
  /** Vectors of a full panel of columns. */
  readonly tileVectors: number
  /** Row tiles of a block. */
  readonly blockTiles: number
  /** Column panels of a block. */
  readonly blockPanels: number
  /** Steps of the inner size between two visits to the same tile. */
  readonly blockInner: number
  /** Parts of the inner size whose sums are added by a last phase; 1 for none. */
  readonly innerParts: number
  /** Matrices of the batch done by one task. */
  readonly batchPerTask: number
  readonly lhs: Packing
  readonly rhs: Packing
}

/** Multiply-adds that a task should have at least: about 20 µs of one core. */
const taskWork = 1 << 20

/** Weights of the numbers of threads for which the tasks should divide well. */
const threadWeights = [
  [2, 0.5],
  [4, 0.25],
  [8, 0.15],
  [16, 0.1],
] as const

function imbalance(tasks: number): number {
  let sum = 0
  for (const [threads, weight] of threadWeights) sum += (weight * (Math.ceil(tasks / threads) * threads)) / tasks
  return sum
}

export function planTiles(
  sizes: { readonly batch: CInt; readonly m: CInt; readonly n: CInt; readonly k: CInt },
  lhs: MatmulOperand,
  rhs: MatmulOperand,
  target: Target,
): TilePlan {
  const lanes = target.vectorBytes / 4
  const batch = expectedSize(sizes.batch, 16)
  const m = Math.max(1, expectedSize(sizes.m, 256))
  const n = Math.max(1, expectedSize(sizes.n, 512))
  const k = Math.max(1, expectedSize(sizes.k, 512))
  const tileVectors = n <= lanes ? 1 : 2
  const mostRows = target.vectorRegisters === 32 ? 12 : tileVectors === 1 ? 8 : 6
  const tileRows = typeof sizes.m === 'number' ? Math.ceil(m / Math.ceil(m / mostRows)) : mostRows
  const tiles = Math.ceil(m / tileRows)
  const width = tileVectors * lanes
  const panels = Math.ceil(n / width)
  const work = batch * m * n * k
  const single = work <= 2 * taskWork && [sizes.batch, sizes.m, sizes.n].every((size) => typeof size === 'number')

  const lhsDirect =
    typeof sizes.m === 'number' &&
    lhs.dtype === 'f32' &&
    typeof lhs.rowStride === 'number' &&
    typeof lhs.columnStride === 'number' &&
    Math.min(lhs.rowStride, lhs.columnStride) === 1 &&
    m * k * 4 <= 2 * target.l1Bytes &&
    !((lhs.rowStride * 4) % 2048 === 0 && tileRows > 4)
  const rhsDirect = rhs.dtype === 'f32' && rhs.columnStride === 1 && typeof rhs.rowStride === 'number' && n * k * 4 <= target.l2Bytes / 8

  const mostInner = 384
  const blockInner = Math.min(Math.ceil(k / Math.ceil(k / mostInner) / 8) * 8, mostInner)
  if (single) {
    // The whole product is one task; blocks bound only what lies on its stack.
    const blockPanels = Math.max(1, Math.min(panels, Math.floor(98304 / (blockInner * width)), Math.floor(65536 / (tileRows * width))))
    const blockTiles = k <= blockInner ? tiles : Math.max(1, Math.min(tiles, Math.floor(65536 / (tileRows * blockPanels * width))))
    return {
      lanes,
      tileRows,
      tileVectors,
      blockTiles,
      blockPanels,
      blockInner,
      innerParts: 1,
      batchPerTask: Math.max(1, batch),
      lhs: lhsDirect ? 'direct' : 'task',
      rhs: rhsDirect ? 'direct' : 'task',
    }
  }

  const mayShare = sizes.batch === 1 && typeof sizes.k === 'number'
  const rhsPackCost = rhs.columnStride === 1 ? 0.3 : rhs.rowStride === 1 ? 0.6 : 2
  const lhsPackCost = lhs.rowStride === 1 ? 0.5 : lhs.columnStride === 1 ? 0.6 : 2
  let best: TilePlan | undefined
  let bestCost = Number.POSITIVE_INFINITY
  const mostParts = typeof sizes.k === 'number' ? Math.min(64, Math.floor(k / 128)) : 1
  for (let innerParts = 1; innerParts <= Math.max(1, mostParts); innerParts *= 2) {
    const partInner = Math.ceil(k / innerParts)
    const inner = Math.ceil(partInner / Math.ceil(partInner / mostInner) / 8) * 8
    if (innerParts > 1 && innerParts * batch * m * n > 1 << 22) break
    let lastTiles = 0
    for (let rowBlocks = 1; rowBlocks <= 64; rowBlocks++) {
      const blockTiles = Math.ceil(tiles / rowBlocks)
      if (blockTiles === lastTiles) continue
      lastTiles = blockTiles
      const blockRows = Math.min(blockTiles * tileRows, m)
      if (blockRows > 400) continue
      let lastPanels = 0
      for (let columnBlocks = 1; columnBlocks <= panels; columnBlocks++) {
        const blockPanels = Math.ceil(panels / columnBlocks)
        if (blockPanels === lastPanels) continue
        lastPanels = blockPanels
        const blockColumns = blockPanels * width
        const resultRows = partInner <= inner ? tileRows : blockTiles * tileRows
        if (resultRows * blockColumns > 65536 || inner * blockColumns > 98304) continue
        const rowBlockCount = Math.ceil(tiles / blockTiles)
        const columnBlockCount = Math.ceil(panels / blockPanels)
        const perMatrix = rowBlockCount * columnBlockCount * innerParts
        const matrixTaskWork = blockRows * Math.min(blockColumns, n) * partInner
        const batchPerTask = perMatrix === 1 ? Math.max(1, Math.min(batch, Math.ceil(taskWork / matrixTaskWork))) : 1
        const tasks = perMatrix * Math.ceil(batch / batchPerTask)
        if (perMatrix > 1 && matrixTaskWork < taskWork) continue
        const rhsMode: Packing = rhsDirect && blockRows < 64 ? 'direct' : mayShare && rowBlockCount > 2 && k * n < 1 << 24 ? 'shared' : 'task'
        const lhsMode: Packing = lhsDirect ? 'direct' : mayShare && columnBlockCount > 1 ? 'shared' : 'task'
        const rhsCost = rhsMode === 'direct' ? 0 : (rhsPackCost * lanes) / (rhsMode === 'shared' ? m : blockRows)
        const lhsCost = lhsMode === 'direct' ? 0 : (lhsPackCost * lanes) / (lhsMode === 'shared' ? n : Math.min(blockColumns, n))
        const stream = (0.2 * lanes) / Math.min(blockColumns, n)
        const sums = innerParts > 1 ? (4 * innerParts) / k : 0
        const perTask = 4000 / ((matrixTaskWork * batchPerTask) / lanes)
        const cost = imbalance(tasks) * (1 + rhsCost + lhsCost + stream + sums + perTask)
        if (cost < bestCost) {
          bestCost = cost
          best = {
            lanes,
            tileRows,
            tileVectors,
            blockTiles,
            blockPanels,
            blockInner: inner,
            innerParts,
            batchPerTask,
            lhs: lhsMode,
            rhs: rhsMode,
          }
        }
      }
    }
  }
  if (best !== undefined) return best
  return {
    lanes,
    tileRows,
    tileVectors,
    blockTiles: Math.min(tiles, Math.max(1, Math.floor(256 / tileRows))),
    blockPanels: Math.min(panels, Math.max(1, Math.floor(256 / width))),
    blockInner,
    innerParts: 1,
    batchPerTask: 1,
    lhs: 'task',
    rhs: 'task',
  }
}

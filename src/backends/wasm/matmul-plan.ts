// How a tiled matrix product is cut: into blocks that fit the caches, and into tasks, by sizes alone.

import { type Dim, elementCount, maxDim } from '../../core/dimension.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import { tileColumns, tileRows } from './matmul-tile.ts'
import { taskProducts } from './task-cut.ts'

type Matmul = Extract<Kernel, { kind: 'matmul' }>

export interface TiledPlan {
  /**
   * When the right operand is packed: once before all tasks (`shared`), by each task for its own columns (`task`), or again for each block of rows,
   * a block of the depth at a time, where a task's columns are too long to keep (`block`).
   */
  readonly right: 'shared' | 'task' | 'block'
  /** Rows, columns and depth of a block. */
  readonly rows: number
  readonly columns: number
  readonly depth: number
}

/** A packed left block stays in the second cache (128 × 384 floats: 192 KiB), a packed panel of the right operand in the first (12 KiB). */
const mostRows = 128
const mostColumns = 512
const mostDepth = 384
/** Tasks that suffice for many threads. */
const enoughTasks = 16
/** Bytes that the packed right operand of all tasks may take, and that of one task. */
const mostShared = 16 * 2 ** 20
const mostOfTask = 4 * 2 ** 20

export const roundUp = (n: number, by: number): number => Math.ceil(n / by) * by

/** `n` in equal parts of at most `most`, a multiple of `unit`. */
const part = (n: number, most: number, unit: number): number => roundUp(Math.ceil(n / Math.max(1, Math.ceil(n / most))), unit)

export function planTiled({ batch, m, n, k }: Matmul): TiledPlan {
  const sizeOf = (d: Dim): number => Math.max(1, maxDim(d))
  const [rows, columns, depth] = [sizeOf(m.extent), sizeOf(n.extent), sizeOf(k)]
  const batches = sizeOf(elementCount(batch.map((a) => a.extent)))
  const shared = 4 * depth * roundUp(columns, tileColumns)
  const sharesRight = batches === 1 && rows > mostRows / 2 && shared <= mostShared
  let [height, width] = [mostRows, mostColumns]
  const tasks = () => batches * Math.ceil(columns / width) * (sharesRight ? Math.ceil(rows / height) : 1)
  const isWorthHalving = () => tasks() < enoughTasks && (batches * rows * columns * depth) / tasks() > 2 * taskProducts
  if (sharesRight && isWorthHalving()) height /= 2
  while (width > 64 && isWorthHalving()) width /= 2
  if (sharesRight && isWorthHalving()) height /= 2
  const size = part(columns, width, tileColumns)
  const right = sharesRight ? 'shared' : 4 * depth * size <= mostOfTask ? 'task' : 'block'
  return { right, rows: part(rows, height, tileRows), columns: size, depth: part(depth, mostDepth, 1) }
}

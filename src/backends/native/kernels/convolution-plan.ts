// Chooses how a tiled convolution is cut: register tile, blocks of rows, columns, channels and filters, and units per task.
// Depends on sizes and the target only, never on the number of threads, so that results do not either.
import type { Target } from '../rendered-kernel.ts'
import { type Correlation, type CorrelationAxis, type Lattice, reachOf, readsInside, tapCount } from './convolution-correlation.ts'

/** How many result positions along the last axis and how many vectors of filters a register tile has. */
export interface TileShape {
  readonly lanes: number
  /** Positions of the larger tiles; the others have one fewer. */
  readonly rows: number
  readonly vectors: number
  /** Vectors of the last panel of filters. */
  readonly lastVectors: number
  readonly panels: number
}

/** How one lattice is cut into units. */
export interface LatticePlan {
  readonly lattice: Lattice
  readonly tile: TileShape
  /** Tiles along the last axis, and how many of them, from the left, have `tile.rows` positions. */
  readonly tiles: number
  readonly fullTiles: number
  /** Tiles and positions of the second last axis in a unit. */
  readonly blockTiles: number
  readonly blockRows: number
  /** Panels of filters in a unit. */
  readonly blockPanels: number
  /** Units of one image. */
  readonly units: number
}

export interface ConvolutionPlan {
  readonly lattices: readonly LatticePlan[]
  /** Source channels of a group that are summed before the next are read. */
  readonly blockChannels: number
  /** The source is read where it lies; otherwise each unit copies what it reads, padded with zeros. */
  readonly direct: boolean
  /** In place with padding: each tile is a whole row of results, and taps skip the positions whose source is padding. */
  readonly trimmed: boolean
  readonly unitsPerTask: number
}

/** Multiply-adds that a task should have at least: about 20 µs of one core. */
const taskWork = 1 << 20
/** Floats of a unit's copy of the source, and of its unfinished sums. */
const mostCopied = 1 << 16
const mostSums = 1 << 16
/** Steps of the inner sum whose filters are read again for each tile, from the second-level cache at worst. */
const mostInner = 1536
/** Lattices and taps along the last axis for which tiles that skip padding are written out. */
const mostTrimmed = 4
const mostTrimmedTaps = 5
/** What is assumed for a batch that is bound at run time. */
const expectedBatch = 16

/** Lanes of the vectors that hold `channels` results of a group: narrower than the machine's where half would do. */
export function lanesFor(channels: number, target: Target): number {
  let lanes = target.vectorBytes / 4
  while (lanes > 4 && channels <= lanes / 2) lanes /= 2
  return lanes
}

/** The tile for `count` positions along the last axis and `channels` results of a group. */
export function tileShape(count: number, channels: number, target: Target): TileShape {
  const lanes = lanesFor(channels, target)
  const total = Math.ceil(channels / lanes)
  const mostRows = (vectors: number) => Math.floor((target.vectorRegisters - 1 - vectors) / vectors)
  const few = count <= mostRows(4) && total % 4 === 0 && target.vectorRegisters === 32
  const vectors = total === 1 ? 1 : few ? 4 : 2
  const limit = Math.min(14, mostRows(vectors))
  const rows = Math.ceil(count / Math.ceil(count / limit))
  const panels = Math.ceil(total / vectors)
  return { lanes, rows, vectors, lastVectors: total - (panels - 1) * vectors, panels }
}

/** Span of source positions under `count` result positions. */
export function sourceSpan(a: CorrelationAxis, count: number): number {
  const { low, high } = reachOf(a)
  return (count - 1) * a.sourceStep + high - low + 1
}

/** The plan, or `undefined` where tiles do not fit (then plain loops do the work). */
export function planConvolution(correlation: Correlation, sourceIsFloat: boolean, target: Target): ConvolutionPlan | undefined {
  const { groups, sourceChannels, resultChannels } = correlation
  const lattices = correlation.lattices.filter((lattice) => lattice.every((a) => a.count > 0))
  if (lattices.length > 16) return undefined
  const batch = typeof correlation.batch === 'number' ? correlation.batch : expectedBatch
  const positions = (lattice: Lattice) => lattice.reduce((product, a) => product * a.count, 1)
  const work = lattices.reduce((sum, l) => sum + positions(l) * tapCount(l), 0) * sourceChannels * resultChannels * groups * batch
  const target_ = Math.min(Math.max(work / 64, taskWork), 4 * taskWork)
  const inside = lattices.every(readsInside)
  const trimmed =
    sourceIsFloat &&
    !inside &&
    groups === 1 &&
    lattices.length <= mostTrimmed &&
    lattices.every(
      (l) => l.length <= 2 && lastOf(l).taps.length <= mostTrimmedTaps && lastOf(l).count <= tileShape(lastOf(l).count, resultChannels, target).rows,
    )
  const direct = sourceIsFloat && (inside || trimmed)
  const mostTaps = Math.max(1, ...lattices.map(tapCount))
  let blockChannels = evenBlock(sourceChannels, Math.max(1, Math.floor(mostInner / mostTaps)))
  if (!direct) {
    // The copy of one row of tiles must fit.
    const perChannel = Math.max(
      ...lattices.map(
        (l) =>
          l.slice(0, -1).reduce((product, a) => product * sourceSpan(a, 1), 1) *
          sourceSpan(lastOf(l), tileShape(lastOf(l).count, resultChannels, target).rows),
      ),
    )
    if (perChannel > mostCopied) return undefined
    const wide = Math.max(
      ...lattices.map((l) => l.slice(0, -1).reduce((product, a) => product * sourceSpan(a, 1), 1) * sourceSpan(lastOf(l), lastOf(l).count)),
    )
    const room = Math.floor(mostCopied / wide)
    blockChannels = evenBlock(sourceChannels, Math.min(blockChannels, Math.max(room, Math.min(16, Math.floor(mostCopied / perChannel)))))
  }
  const plans = lattices.map((lattice) => planLattice(lattice, resultChannels, sourceChannels, blockChannels, direct, groups, target_, target))
  const unitWork =
    work /
    batch /
    Math.max(
      1,
      plans.reduce((sum, p) => sum + p.units, 0),
    )
  return { lattices: plans, blockChannels, direct, trimmed, unitsPerTask: Math.max(1, Math.ceil(taskWork / Math.max(1, unitWork))) }
}

function lastOf(lattice: Lattice): CorrelationAxis {
  const last = lattice.at(-1)
  if (last === undefined) throw new RangeError('native convolution: expected at least one spatial axis')
  return last
}

/** The largest block ≤ `most` of `size` items, all blocks equal where a divisor is near. */
function evenBlock(size: number, most: number): number {
  if (size <= most) return size
  for (let block = most; block > most / 2; block--) if (size % block === 0) return block
  return Math.ceil(size / Math.ceil(size / most))
}

function planLattice(
  lattice: Lattice,
  resultChannels: number,
  sourceChannels: number,
  blockChannels: number,
  direct: boolean,
  groups: number,
  unitWork: number,
  target: Target,
): LatticePlan {
  const last = lastOf(lattice)
  const middle = lattice.at(-2)
  const outer = lattice.slice(0, -2)
  const tile = tileShape(last.count, resultChannels, target)
  const tiles = Math.ceil(last.count / tile.rows)
  const fullTiles = last.count - tiles * (tile.rows - 1)
  const rows = middle?.count ?? 1
  const inner = tapCount(lattice) * sourceChannels
  const outerSpan = outer.reduce((product, a) => product * sourceSpan(a, 1), 1)
  const copied = (blockRows: number, blockTiles: number) =>
    direct ? 0 : outerSpan * (middle === undefined ? 1 : sourceSpan(middle, blockRows)) * sourceSpan(last, blockTiles * tile.rows) * blockChannels
  const sums = (blockRows: number, blockTiles: number, blockPanels: number) =>
    blockChannels === sourceChannels ? 0 : blockPanels * blockRows * blockTiles * tile.rows * tile.vectors * tile.lanes
  const work = (blockRows: number, blockTiles: number, blockPanels: number) =>
    blockRows * blockTiles * tile.rows * Math.min(resultChannels, blockPanels * tile.vectors * tile.lanes) * Math.max(1, inner)
  let blockTiles = tiles
  let blockRows = rows
  let blockPanels = tile.panels
  const tooLarge = () => copied(blockRows, blockTiles) > mostCopied || sums(blockRows, blockTiles, blockPanels) > mostSums
  while (blockRows > 1 && (tooLarge() || work(blockRows, blockTiles, blockPanels) > 1.5 * unitWork)) blockRows = Math.ceil(blockRows / 2)
  while (blockTiles > 1 && (copied(blockRows, blockTiles) > mostCopied || work(blockRows, blockTiles, blockPanels) > 3 * unitWork))
    blockTiles = Math.ceil(blockTiles / 2)
  while (blockPanels > 1 && (tooLarge() || work(blockRows, blockTiles, blockPanels) > 3 * unitWork)) blockPanels = Math.ceil(blockPanels / 2)
  while (blockTiles > 1 && tooLarge()) blockTiles = Math.ceil(blockTiles / 2)
  const units =
    outer.reduce((product, a) => product * a.count, 1) *
    Math.ceil(rows / blockRows) *
    Math.ceil(tiles / blockTiles) *
    Math.ceil(tile.panels / blockPanels) *
    groups
  return { lattice, tile, tiles, fullTiles, blockTiles, blockRows, blockPanels, units }
}

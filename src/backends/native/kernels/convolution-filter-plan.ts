// Chooses how a tiled filter gradient is cut: register tile, rows of pixels that are summed together, parts of the batch, units.
// Depends on sizes and the target only, never on the number of threads, so that results do not either.
import type { Target } from '../rendered-kernel.ts'
import { type Correlation, type Lattice, readsInside, tapCount } from './convolution-correlation.ts'
import { lanesFor, sourceSpan } from './convolution-plan.ts'

export interface FilterPlan {
  readonly lattice: Lattice
  /** The source is read where it lies; otherwise each chunk of rows is copied, padded with zeros. */
  readonly direct: boolean
  /** So is the gradient of the output; otherwise it is copied with whole vectors of filters. */
  readonly gradientDirect: boolean
  readonly lanes: number
  readonly vectors: number
  readonly lastVectors: number
  readonly panels: number
  /** Taps and channels that follow each other in the source, tap by tap of the axes before. */
  readonly run: number
  /** Rows of the larger tiles; the others have one fewer. */
  readonly tileRows: number
  /** All taps and channels are one tile. */
  readonly single: boolean
  /** Pixels of a row along the last axis that are summed at once; a longer axis counts as several rows. */
  readonly rowPixels: number
  readonly rowsPerAxis: number
  /** Rows that are prepared together. */
  readonly chunkRows: number
  /** Parts of the batch whose sums are added by the last phase. */
  readonly parts: number
  /** Panels, and taps of the axes before the last, in a unit. */
  readonly unitPanels: number
  readonly unitTaps: number
}

/** Multiply-adds that a task should have at least: about 20 µs of one core. */
const taskWork = 1 << 20
/** Floats of source and gradient that are summed together: half the second-level cache. */
const chunkFloats = 1 << 16
/** Fewest pixels of a part; fewer make adding the parts dear. */
const partPixels = 256
/** Floats of all partial sums. */
const mostPartial = 1 << 21
const mostRowPixels = 256
const expectedBatch = 16

/** The plan, or `undefined` where copies do not fit (then plain loops do the work). */
export function planFilterGradient(
  correlation: Correlation,
  floats: { readonly source: boolean; readonly gradient: boolean },
  target: Target,
): FilterPlan | undefined {
  const { groups, sourceChannels, resultChannels } = correlation
  const [lattice] = correlation.lattices
  const last = lattice?.at(-1)
  if (lattice === undefined || last === undefined || lattice.some((a) => a.count === 0)) return undefined
  const direct = floats.source && readsInside(lattice)
  const lanes = lanesFor(resultChannels, target)
  const gradientDirect = floats.gradient && resultChannels % lanes === 0
  const total = Math.ceil(resultChannels / lanes)
  const vectors = Math.min(total, 2)
  const panels = Math.ceil(total / vectors)
  const mostRows = Math.min(14, Math.floor((target.vectorRegisters - 1 - vectors) / vectors))
  const outerTaps = tapCount(lattice.slice(0, -1))
  const inner = outerTaps * last.taps.length * sourceChannels
  const consecutive = last.taps.every((t, i) => i === 0 || t.offset === (last.taps[i - 1]?.offset ?? 0) + 1)
  const run = consecutive && (!direct || groups === 1) ? last.taps.length * sourceChannels : sourceChannels
  const single = inner <= mostRows
  const tileRows = single ? inner : Math.ceil(run / Math.ceil(run / mostRows))

  const rowsPerAxis = Math.ceil(last.count / mostRowPixels)
  const rowPixels = Math.ceil(last.count / rowsPerAxis)
  const span = sourceSpan(last, rowPixels)
  const batch = typeof correlation.batch === 'number' ? correlation.batch : expectedBatch
  const rows = batch * lattice.slice(0, -1).reduce((product, a) => product * a.count, 1) * rowsPerAxis
  const pixels = batch * lattice.reduce((product, a) => product * a.count, 1)
  const work = pixels * inner * resultChannels * groups
  const most = Math.min(
    32,
    rows,
    Math.floor(work / (2 * taskWork)),
    Math.floor(pixels / partPixels),
    Math.floor(mostPartial / (inner * panels * vectors * lanes * groups)),
  )
  const parts = most < 2 ? 1 : 2 ** Math.floor(Math.log2(most))
  let unitPanels = panels
  let unitTaps = outerTaps
  const units = () => parts * groups * Math.ceil(panels / unitPanels) * Math.ceil(outerTaps / unitTaps)
  while (units() < 32 && work / units() > 2 * taskWork && (unitPanels > 1 || (unitTaps > 1 && !single))) {
    if (unitTaps > 1 && !single) unitTaps = 1
    else unitPanels = Math.ceil(unitPanels / 2)
  }
  const copied = direct ? 0 : unitTaps * span * sourceChannels
  const gradient = rowPixels * (gradientDirect ? 0 : unitPanels * vectors * lanes)
  if (copied > chunkFloats || gradient > chunkFloats) return undefined
  const read = (direct ? rowPixels * last.sourceStep * sourceChannels : copied) + rowPixels * unitPanels * vectors * lanes
  const fitting = Math.floor(chunkFloats / Math.max(read, copied, gradient))
  // A few rows more at once are better than a second visit to every sum.
  const chunkRows = Math.max(1, Math.min(rows, 512, rows <= 1.5 * fitting ? rows : fitting))
  return {
    lattice,
    direct,
    gradientDirect,
    lanes,
    vectors,
    lastVectors: total - (panels - 1) * vectors,
    panels,
    run,
    tileRows,
    single,
    rowPixels,
    rowsPerAxis,
    chunkRows,
    parts,
    unitPanels,
    unitTaps,
  }
}

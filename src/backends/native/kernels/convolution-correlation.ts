// A convolution or its input gradient as one form: result position q reads source positions q · step + offset of each tap.
// With a stride the input gradient falls apart into one such form per residue of the position, each with the taps that reach it.
import type { Dim } from '../../../core/dimension.ts'
import type { ConvolutionSizes, SpatialAxis } from '../../../compiler/convolution-geometry.ts'

/** One axis of one lattice of result positions. */
export interface CorrelationAxis {
  /** Result positions: `first + q · step` for q < count. */
  readonly first: number
  readonly step: number
  readonly count: number
  /** Source position of q under a tap: q · sourceStep + offset. */
  readonly sourceStep: number
  readonly source: number
  /** Result positions of all lattices. */
  readonly result: number
  /** Taps by increasing offset; `index` is the position in the filter. */
  readonly taps: readonly { readonly index: number; readonly offset: number }[]
}

/** Result positions that share their taps. */
export type Lattice = readonly CorrelationAxis[]

export interface Correlation {
  readonly batch: Dim
  readonly groups: number
  /** Channels of one group of the source and of the result. */
  readonly sourceChannels: number
  readonly resultChannels: number
  /** Sizes of the filter along the spatial axes. */
  readonly window: readonly number[]
  readonly lattices: readonly Lattice[]
}

/** The convolution of an input with a filter. */
export function forwardCorrelation(sizes: ConvolutionSizes): Correlation {
  const axes = mergedAxes(sizes.axes)
  return {
    batch: sizes.batch,
    groups: sizes.groups,
    sourceChannels: sizes.channels / sizes.groups,
    resultChannels: sizes.filters / sizes.groups,
    window: axes.map((a) => a.window),
    lattices: [
      axes.map((a) => ({
        first: 0,
        step: 1,
        count: a.output,
        sourceStep: a.stride,
        source: a.input,
        result: a.output,
        taps: Array.from({ length: a.window }, (_, k) => ({ index: k, offset: k * a.dilation - a.low })),
      })),
    ],
  }
}

/** The gradient of an input from the gradient of the output. */
export function inputGradientCorrelation(sizes: ConvolutionSizes): Correlation {
  const axes = mergedAxes(sizes.axes)
  let lattices: Lattice[] = [[]]
  for (const a of axes) lattices = lattices.flatMap((outer) => residues(a).map((inner) => [...outer, inner]))
  return {
    batch: sizes.batch,
    groups: sizes.groups,
    sourceChannels: sizes.filters / sizes.groups,
    resultChannels: sizes.channels / sizes.groups,
    window: axes.map((a) => a.window),
    lattices,
  }
}

/** Input positions by (position + low) mod stride; output o reaches them through taps with k · dilation of the same residue. */
function residues(a: SpatialAxis): CorrelationAxis[] {
  const all: CorrelationAxis[] = []
  for (let first = 0; first < Math.min(a.stride, a.input); first++) {
    const taps = Array.from({ length: a.window }, (_, k) => ({ index: k, offset: (first + a.low - k * a.dilation) / a.stride }))
    all.push({
      first,
      step: a.stride,
      count: Math.ceil((a.input - first) / a.stride),
      sourceStep: 1,
      source: a.output,
      result: a.input,
      taps: taps.filter((t) => Number.isInteger(t.offset)).reverse(),
    })
  }
  return all
}

/** Neighbouring axes that a filter does not span are one axis: a 1×1 convolution runs over all pixels of an image. */
function mergedAxes(axes: readonly SpatialAxis[]): SpatialAxis[] {
  const isPlain = (a: SpatialAxis) => a.window === 1 && a.stride === 1 && a.low === 0 && a.input === a.output
  const merged: SpatialAxis[] = []
  for (const a of axes) {
    const last = merged.at(-1)
    if (last !== undefined && isPlain(last) && isPlain(a)) {
      merged[merged.length - 1] = { ...a, input: last.input * a.input, output: last.output * a.output }
    } else merged.push(a)
  }
  return merged
}

/** First and last source offset of an axis's taps; 0 and 0 when it has none. */
export function reachOf(a: CorrelationAxis): { readonly low: number; readonly high: number } {
  return { low: a.taps[0]?.offset ?? 0, high: a.taps.at(-1)?.offset ?? 0 }
}

/** Taps of all axes together. */
export function tapCount(lattice: Lattice): number {
  return lattice.reduce((product, a) => product * a.taps.length, 1)
}

/** Whether every tap of every result position reads inside the source. */
export function readsInside(lattice: Lattice): boolean {
  return lattice.every((a) => {
    const { low, high } = reachOf(a)
    return low >= 0 && (a.count - 1) * a.sourceStep + high < a.source
  })
}

/** Taps of a lattice in the order in which they are summed: filter positions, and source offsets from the first tap of each axis. */
export function tapList(lattice: Lattice): { readonly indices: readonly number[]; readonly offsets: readonly number[] }[] {
  let list: { readonly indices: readonly number[]; readonly offsets: readonly number[] }[] = [{ indices: [], offsets: [] }]
  for (const a of lattice) {
    const { low } = reachOf(a)
    list = list.flatMap((t) => a.taps.map((tap) => ({ indices: [...t.indices, tap.index], offsets: [...t.offsets, tap.offset - low] })))
  }
  return list
}

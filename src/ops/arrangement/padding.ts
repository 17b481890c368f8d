// Padding in NumPy's modes.

import {
  add,
  broadcastTo,
  concat,
  ConfigError,
  type Dim,
  gather,
  iota,
  isFloat,
  max,
  mean,
  min,
  multiply,
  pad as padConstant,
  round,
  ShapeError,
  showDims,
  sort,
  staticDim,
  type Tensor,
  tensor,
} from '../../core/index.ts'
import { part } from './axes.ts'

const modes = [
  'constant',
  'edge',
  'reflect',
  'symmetric',
  'wrap',
  'circular',
  'maximum',
  'minimum',
  'mean',
  'median',
  'linear_ramp',
  'empty',
] as const

/**
 * What stands beyond the edge of [a, b, c, d]:
 *
 * | mode | after d |
 * |---|---|
 * | constant | `constantValues` |
 * | edge | d, d, d |
 * | reflect | c, b, a |
 * | symmetric | d, c, b |
 * | wrap, circular | a, b, c |
 * | maximum, minimum, mean, median | that of the axis |
 * | linear_ramp | from d down to 0 in equal steps |
 * | empty | numbers that do not matter: 0 |
 */
export type PadMode = (typeof modes)[number]

/** One number for both sides of all axes, one pair for all axes, or a pair for each. */
export type PadWidth = number | readonly [number] | readonly (readonly [before: number, after: number])[]

export interface PadOptions {
  /** Default 'constant'. */
  readonly mode?: PadMode
  /** What is put around in mode 'constant'. Default 0. */
  readonly constantValues?: number
}

function widthsOf(x: Tensor, padWidth: PadWidth): readonly (readonly [number, number])[] {
  const pairs = (typeof padWidth === 'number' ? [padWidth] : [...padWidth]).map((p): readonly [number, number] =>
    typeof p === 'number' ? [p, p] : p,
  )
  const [first] = pairs
  const widths = pairs.length === 1 && first !== undefined ? x.dims.map(() => first) : pairs
  const wrong = widths.flat().find((width) => !Number.isInteger(width) || width < 0)
  if (widths.length !== x.rank || wrong !== undefined) {
    const received = wrong === undefined ? `${widths.length} pairs` : `a width of ${wrong}`
    throw new ShapeError(
      `pad: expected a pair of whole numbers, at least 0, for each axis of ${showDims(x.dims)}, got ${received}. Correct padWidth.`,
    )
  }
  return widths
}

/** x with numbers around it. */
export function pad(x: Tensor, padWidth: PadWidth, { mode = 'constant', constantValues }: PadOptions = {}): Tensor {
  if (!modes.includes(mode)) throw new ConfigError(`pad: expected a mode of ${modes.join(', ')}, got '${String(mode)}'. Choose one of them.`)
  if (constantValues !== undefined && mode !== 'constant') {
    throw new ConfigError(`pad: expected constantValues only in mode 'constant', got ${constantValues} in mode '${mode}'. Leave it out.`)
  }
  const widths = widthsOf(x, padWidth)
  if (mode === 'constant' || mode === 'empty') return padConstant(x, widths, { value: constantValues ?? 0 })
  return widths.reduce((y, [before, after], axis) => {
    if (before === 0 && after === 0) return y
    const size = staticDim(x.dims[axis] ?? 0, 'pad')
    if (size === 0) throw new ShapeError(`pad: expected an axis ${axis} with elements in mode '${mode}', got ${showDims(x.dims)}. Use 'constant'.`)
    const sides = [before > 0 ? [side(y, axis, size, before, mode, 'before')] : [], [y], after > 0 ? [side(y, axis, size, after, mode, 'after')] : []]
    return concat(sides.flat(), axis)
  }, x)
}

function side(x: Tensor, axis: number, size: number, width: number, mode: PadMode, where: 'before' | 'after'): Tensor {
  const statistic = statistics[mode]
  const dims = x.dims.map((d, i): Dim => (i === axis ? width : d))
  if (statistic !== undefined) {
    const value = statistic(x, axis, size)
    return broadcastTo((isFloat(x.dtype) ? value : round(value)).cast(x.dtype), dims)
  }
  if (mode === 'linear_ramp') {
    const edge = part(x, axis, where === 'before' ? 0 : size - 1, 1)
    const position = iota(dims, axis).cast(isFloat(x.dtype) ? x.dtype : 'f32')
    const steps = where === 'before' ? position : add(multiply(position, -1), width - 1)
    const ramp = multiply(broadcastTo(edge, dims), multiply(steps, 1 / width))
    return ramp.cast(x.dtype)
  }
  const places = Array.from({ length: width }, (_, i) => placeOf(where === 'before' ? i - width : size + i, size, mode))
  return gather(x, tensor(places, [width], { dtype: 'i32' }), axis)
}

const modulo = (i: number, n: number): number => ((i % n) + n) % n

/** The position in 0 … size − 1 that stands at one beyond. */
function placeOf(i: number, size: number, mode: PadMode): number {
  switch (mode) {
    case 'reflect': {
      if (size === 1) return 0
      const turn = modulo(i, 2 * (size - 1))
      return turn < size ? turn : 2 * (size - 1) - turn
    }
    case 'symmetric': {
      const turn = modulo(i, 2 * size)
      return turn < size ? turn : 2 * size - 1 - turn
    }
    case 'edge':
      return Math.min(Math.max(i, 0), size - 1)
    default:
      return modulo(i, size)
  }
}

type Statistic = (x: Tensor, axis: number, size: number) => Tensor

const statistics: Readonly<Partial<Record<PadMode, Statistic>>> = {
  maximum: (x, axis) => max(x, axis, { keepDims: true }),
  minimum: (x, axis) => min(x, axis, { keepDims: true }),
  mean: (x, axis) => mean(x, axis, { keepDims: true }),
  median: (x, axis, size) => {
    const ordered = sort(x, axis)
    const [low, high] = [part(ordered, axis, Math.floor((size - 1) / 2), 1), part(ordered, axis, Math.floor(size / 2), 1)]
    return multiply(add(low, high), 0.5)
  },
}

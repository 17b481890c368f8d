// Layers that add zeros around a sample or cut its edges off: along one, two or three axes.

import { ConfigError, type Dim, pad, slice, type Shape, ShapeError, subtractDims, type Tensor } from '../../../core/index.ts'
import { shown } from '../../options/option-checks.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { channelsLast, type ConfigDataFormat, type DataFormat, dataFormatOf, inFormat } from '../data-format.ts'

/** How much at each edge: one number for all, one for each axis, or `[before, after]` for each axis (for one axis just a pair). */
export type Edges = number | readonly number[] | readonly (readonly number[])[]

type Pair = readonly [before: number, after: number]

/** Options of the padding layers. */
export interface ZeroPaddingOptions extends LayerOptions {
  /** How many zeros at each edge. Default 1. */
  readonly padding?: Edges
  /** Default 'channels_last'. */
  readonly dataFormat?: DataFormat | null
}

/** Options of the cropping layers. */
export interface CroppingOptions extends LayerOptions {
  /** How many elements are cut off at each edge. Default 0 (along one axis 1). */
  readonly cropping?: Edges
  /** Default 'channels_last'. */
  readonly dataFormat?: DataFormat | null
}

function pairsOf(where: string, option: string, value: Edges, axes: number): Pair[] {
  const wrong = () =>
    new ConfigError(
      `${where}: expected ${option} as a whole number of at least 0, ${axes === 1 ? 'or [before, after]' : `${axes} of them, or ${axes} pairs [before, after]`}, got ${shown(value)}. Change it.`,
    )
  const checked = (n: unknown): number => {
    if (typeof n !== 'number' || !Number.isInteger(n) || n < 0) throw wrong()
    return n
  }
  if (typeof value === 'number') return Array.from({ length: axes }, (): Pair => [checked(value), checked(value)])
  if (!Array.isArray(value)) throw wrong()
  const parts: readonly (number | readonly number[])[] = axes === 1 && value.length === 2 ? [[checked(value[0]), checked(value[1])]] : value
  if (parts.length !== axes) throw wrong()
  return parts.map((part): Pair => {
    if (typeof part === 'number') return [checked(part), checked(part)]
    if (!Array.isArray(part) || part.length !== 2) throw wrong()
    return [checked(part[0]), checked(part[1])]
  })
}

/** A layer that changes the edges of `axes` axes. */
abstract class EdgeLayer extends Layer {
  protected readonly pairs: readonly Pair[]
  private readonly option: string
  private readonly dataFormat: ConfigDataFormat

  constructor(options: ZeroPaddingOptions & CroppingOptions, className: string, axes: number, option: 'padding' | 'cropping', otherwise: number) {
    super(options, className, [option, 'dataFormat'])
    this.pairs = pairsOf(this.name, option, options[option] ?? otherwise, axes)
    this.option = option
    this.dataFormat = dataFormatOf(this.name, options.dataFormat)
  }

  /** The formula for channels last. */
  protected abstract change(x: Tensor): Tensor

  call(x: Tensor): Tensor {
    if (x.rank !== this.pairs.length + 2) {
      throw new ShapeError(`${this.name}: expected inputs of rank ${this.pairs.length + 2}, got [${x.dims.join(', ')}]. Reshape before it.`)
    }
    return inFormat(this.change(channelsLast(x, this.dataFormat)), this.dataFormat)
  }

  override getConfig(): LayerConfig {
    const [only, ...more] = this.pairs.map((pair) => [...pair])
    const edges = more.length === 0 ? only : [only, ...more]
    return { ...super.getConfig(), [this.option]: edges, dataFormat: this.dataFormat }
  }
}

abstract class ZeroPadding extends EdgeLayer {
  constructor(options: ZeroPaddingOptions, className: string, axes: number) {
    super(options, className, axes, 'padding', 1)
  }

  protected change(x: Tensor): Tensor {
    return pad(x, [[0, 0], ...this.pairs, [0, 0]])
  }
}

/** Zeros before and after a sequence: `[batch, time, channels]` to `[batch, before + time + after, channels]`. */
export class ZeroPadding1D extends ZeroPadding {
  constructor(options: ZeroPaddingOptions = {}) {
    super(options, 'ZeroPadding1D', 1)
  }
}

/** Zeros around images `[batch, height, width, channels]`. */
export class ZeroPadding2D extends ZeroPadding {
  constructor(options: ZeroPaddingOptions = {}) {
    super(options, 'ZeroPadding2D', 2)
  }
}

/** Zeros around volumes `[batch, depth, height, width, channels]`. */
export class ZeroPadding3D extends ZeroPadding {
  constructor(options: ZeroPaddingOptions = {}) {
    super(options, 'ZeroPadding3D', 3)
  }
}

abstract class Cropping extends EdgeLayer {
  constructor(options: CroppingOptions, className: string, axes: number) {
    super(options, className, axes, 'cropping', axes === 2 ? 0 : 1)
  }

  protected change(x: Tensor): Tensor {
    const counts = x.dims.slice(1, -1).map((size, axis): Dim => {
      const [before, after] = this.pairs[axis] ?? [0, 0]
      const left = subtractDims(size, before + after)
      if (typeof left === 'number' && left <= 0) {
        throw new ShapeError(
          `${this.name}: expected more than ${before + after} elements along axis ${axis + 1}, got [${x.dims.join(', ')}]. Crop less.`,
        )
      }
      return left
    })
    const [batch = 1] = x.dims
    const channels = x.dims.at(-1) ?? 1
    return slice<Shape, readonly number[], readonly Dim[]>(x, [0, ...this.pairs.map(([before]) => before), 0], [batch, ...counts, channels])
  }
}

/** Cuts steps off a sequence `[batch, time, channels]`. */
export class Cropping1D extends Cropping {
  constructor(options: CroppingOptions = {}) {
    super(options, 'Cropping1D', 1)
  }
}

/** Cuts the edges off images `[batch, height, width, channels]`. */
export class Cropping2D extends Cropping {
  constructor(options: CroppingOptions = {}) {
    super(options, 'Cropping2D', 2)
  }
}

/** Cuts the edges off volumes `[batch, depth, height, width, channels]`. */
export class Cropping3D extends Cropping {
  constructor(options: CroppingOptions = {}) {
    super(options, 'Cropping3D', 3)
  }
}

// Products of two tensors, sample by sample.

import { ConfigError, contract, expandDims, maximum, type Shape, ShapeError, sqrt, sum, type Tensor } from '../../../core/index.ts'
import { type InputDims, Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { flag, numberWithin, shown } from '../../options/option-checks.ts'

/** Options of {@link Dot}. */
export interface DotOptions extends LayerOptions {
  /** Which axis of the inputs is summed over, or one for each. Not the batch. */
  readonly axes: number | readonly [number, number]
  /** Whether vectors along the axis are scaled to length 1 first: the result is the cosine. Default false. */
  readonly normalize?: boolean
}

/**
 * Σ x · y along an axis of each, for each sample: `[batch, …]` and `[batch, …]` to the remaining axes of x, then of y; `[batch, 1]` where none remain.
 *
 * ```ts
 * layers.dot({ axes: -1, normalize: true })([x, y])
 * ```
 */
export class Dot extends Layer<readonly Tensor[], Tensor> {
  private readonly axes: number | readonly [number, number]
  private readonly normalize: boolean

  constructor(options: DotOptions) {
    super(options, 'Dot', ['axes', 'normalize'])
    const axes = typeof options.axes === 'number' ? [options.axes] : options.axes
    if (!Array.isArray(axes) || axes.length > 2 || (typeof options.axes !== 'number' && axes.length !== 2)) {
      throw new ConfigError(`${this.name}: expected axes as a number or two of them, got ${shown(options.axes)}. Write axes: -1 or axes: [1, 2].`)
    }
    for (const axis of axes) numberWithin(this.name, 'axes', axis, { whole: true })
    this.axes = options.axes
    this.normalize = flag(this.name, 'normalize', options.normalize ?? false)
    this.supportsMasking = true
  }

  override build(inputs: InputDims): void {
    if (!Array.isArray(inputs) || inputs.length !== 2 || inputs.some((dims) => !Array.isArray(dims))) {
      throw new ShapeError(`${this.name}: expected a list of two tensors, got ${shown(inputs)}. Call the layer with [x, y].`)
    }
  }

  call([x, y]: readonly Tensor[]): Tensor {
    if (x === undefined || y === undefined) throw new ShapeError(`${this.name}: expected two tensors. Call the layer with [x, y].`)
    const [a, b] = typeof this.axes === 'number' ? [this.axes, this.axes] : this.axes
    const axes = [this.axisOf(a, x), this.axisOf(b, y)] as const
    if (String(x.dims[axes[0]]) !== String(y.dims[axes[1]])) {
      throw new ShapeError(
        `${this.name}: expected equal sizes along the axes of the sum, got axis ${axes[0]} of [${x.dims.join(', ')}] and axis ${axes[1]} of [${y.dims.join(', ')}]. Choose other axes.`,
      )
    }
    const [left, right] = this.normalize ? [normalized(x, axes[0]), normalized(y, axes[1])] : [x, y]
    const product = contract(left, right, { batch: [[0, 0]], contract: [axes] })
    return product.rank === 1 ? expandDims<Shape, number>(product, -1) : product
  }

  override computeMask(): undefined {
    return undefined
  }

  private axisOf(axis: number, x: Tensor): number {
    const found = axis < 0 ? axis + x.rank : axis
    if (found >= 1 && found < x.rank) return found
    throw new ShapeError(`${this.name}: expected an axis of [${x.dims.join(', ')}] that is not the batch, got ${axis}. Choose 1 to ${x.rank - 1}.`)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), axes: this.axes, normalize: this.normalize }
  }
}

/** Vectors along an axis at length 1. */
function normalized(x: Tensor, axis: number): Tensor {
  const squares: Tensor = sum<Shape, number, true>(x.square(), axis, { keepDims: true })
  return x.divide(sqrt(maximum<Tensor, number>(squares, 1e-12)))
}

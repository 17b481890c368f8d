// Tensors side by side.

import { any, broadcastTo, concat, type Dims, expandDims, ones, type Shape, ShapeError, Tensor, type Tree } from '../../../core/index.ts'
import { type InputDims, Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import type { Mask } from '../../layer/masks.ts'
import { numberWithin, shown } from '../../options/option-checks.ts'
import { masksIn } from './merge.ts'

/** Options of {@link Concatenate}. */
export interface ConcatenateOptions extends LayerOptions {
  /** Along which axis. Default −1. */
  readonly axis?: number
}

/**
 * Inputs one after the other along an axis; the other sizes must be equal.
 *
 * ```ts
 * layers.concatenate()([x, y])
 * ```
 */
export class Concatenate extends Layer<readonly Tensor[], Tensor> {
  private readonly axis: number

  constructor(options: ConcatenateOptions = {}) {
    super(options, 'Concatenate', ['axis'])
    this.axis = numberWithin(this.name, 'axis', options.axis ?? -1, { whole: true })
    this.supportsMasking = true
  }

  override build(inputs: InputDims): void {
    if (!Array.isArray(inputs) || inputs.length === 0 || inputs.some((dims) => !Array.isArray(dims))) {
      throw new ShapeError(`${this.name}: expected a list of tensors, got ${shown(inputs)}. Call the layer with [x, y].`)
    }
  }

  call(inputs: readonly Tensor[]): Tensor {
    return concat(inputs, this.axis)
  }

  override computeMask(inputs: Tree, mask: Mask): Mask {
    const masks = masksIn(mask)
    if (masks.every((m) => m === undefined) || !Array.isArray(inputs)) return undefined
    const full = inputs.map((x: Tree, i) => {
      if (!(x instanceof Tensor)) throw new ShapeError(`${this.name}: expected a list of tensors, got lists inside it. Call the layer with [x, y].`)
      const own = masks[i]
      if (own === undefined) return ones(x.dims, { dtype: 'bool' })
      return own.rank < x.rank ? broadcastTo<Shape, Dims>(expandDims<Shape, number>(own, -1), x.dims) : own
    })
    return any<Shape, number>(concat(full, this.axis), -1)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), axis: this.axis }
  }
}

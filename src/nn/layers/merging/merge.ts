// The base of layers that make one tensor of several.

import { type Dims, expandDims, logicalOr, ShapeError, Tensor, type Tree } from '../../../core/index.ts'
import { type InputDims, Layer, type LayerOptions } from '../../layer/layer.ts'
import type { Mask } from '../../layer/masks.ts'
import { shown } from '../../options/option-checks.ts'

/** Takes a list of tensors; those of lower rank get axes of size 1 after the batch. Subclasses say how two become one. */
export abstract class Merge extends Layer<readonly Tensor[], Tensor> {
  constructor(options: LayerOptions, className: string) {
    super(options, className, [])
    this.supportsMasking = true
  }

  /** Tensors of one rank as one tensor. */
  protected abstract merge(inputs: readonly [Tensor, ...Tensor[]]): Tensor

  override build(inputs: InputDims): void {
    if (!Array.isArray(inputs) || inputs.length === 0 || inputs.some((dims) => !Array.isArray(dims))) {
      throw new ShapeError(`${this.name}: expected a list of tensors, got ${shown(inputs)}. Call the layer with [x, y].`)
    }
  }

  call(inputs: readonly Tensor[]): Tensor {
    const rank = Math.max(...inputs.map((x) => x.rank))
    const [first, ...rest] = inputs.map((x) => raised(x, rank))
    if (first === undefined) throw new ShapeError(`${this.name}: expected a list of tensors, got an empty one. Call the layer with [x, y].`)
    return this.merge([first, ...rest])
  }

  /** A step counts where it counts in any of the inputs; no mask where an input has none. */
  override computeMask(_inputs: Tree, mask: Mask): Mask {
    const [first, ...rest] = masksIn(mask)
    if (first === undefined || rest.includes(undefined)) return undefined
    return rest.reduce<Tensor>((all, next) => (next === undefined ? all : logicalOr<Tensor, Tensor>(all, next)), first)
  }

  /** Exactly two tensors. */
  protected pair(inputs: readonly Tensor[]): readonly [Tensor, Tensor] {
    const [first, second] = inputs
    if (first === undefined || second === undefined || inputs.length > 2) {
      throw new ShapeError(`${this.name}: expected two tensors, got ${shown(inputs.map(({ dims }) => dims))}. Call the layer with [x, y].`)
    }
    return [first, second]
  }
}

/** The masks of a list of inputs; none where there is one mask or no mask at all. */
export function masksIn(mask: Mask): (Tensor | undefined)[] {
  return Array.isArray(mask) ? mask.map((part: Mask) => (part instanceof Tensor ? part : undefined)) : []
}

/** Axes of size 1 after the batch until the rank is reached. */
function raised(x: Tensor, rank: number): Tensor {
  let result = x
  while (result.rank < rank) result = expandDims<Dims & readonly number[], number>(result, 1)
  return result
}

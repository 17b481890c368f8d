// Layers that merge element by element.

import { any, broadcastTo, type Dims, expandDims, logicalOr, maximum, minimum, type Shape, type Tensor, where } from '../../../core/index.ts'
import type { LayerOptions } from '../../layer/layer.ts'
import { maskOf, withMask } from '../../layer/masks.ts'
import { Merge } from './merge.ts'

/** Σ inputs. */
export class Add extends Merge {
  constructor(options: LayerOptions = {}) {
    super(options, 'Add')
  }

  protected merge([first, ...rest]: readonly [Tensor, ...Tensor[]]): Tensor {
    return rest.reduce((sum, x): Tensor => sum.add(x), first)
  }
}

/** First input − second input; two inputs. */
export class Subtract extends Merge {
  constructor(options: LayerOptions = {}) {
    super(options, 'Subtract')
  }

  protected merge(inputs: readonly [Tensor, ...Tensor[]]): Tensor {
    const [first, second] = this.pair(inputs)
    return first.subtract(second)
  }
}

/** Σ inputs / their number. */
export class Average extends Merge {
  constructor(options: LayerOptions = {}) {
    super(options, 'Average')
  }

  protected merge([first, ...rest]: readonly [Tensor, ...Tensor[]]): Tensor {
    return rest.reduce((sum, x): Tensor => sum.add(x), first).divide(rest.length + 1)
  }
}

/** The mask of `x` for each of its elements. */
function elementMask(x: Tensor): Tensor | undefined {
  const mask = maskOf(x)
  return mask === undefined ? undefined : broadcastTo<Shape, Dims>(expandDims<Shape, number>(mask, -1), x.dims)
}

/** Π inputs; a step that an input's mask leaves out counts as 1 in it. */
export class Multiply extends Merge {
  constructor(options: LayerOptions = {}) {
    super(options, 'Multiply')
  }

  protected merge(inputs: readonly [Tensor, ...Tensor[]]): Tensor {
    const [first, ...rest] = inputs.map((x) => {
      const mask = elementMask(x)
      return mask === undefined ? x : where(mask, x, 1)
    })
    return rest.reduce((product, x): Tensor => product.multiply(x), first ?? inputs[0])
  }
}

/** The larger or the smaller of two, where a masked step leaves the choice to the other one. */
abstract class Extremum extends Merge {
  protected abstract choose(a: Tensor, b: Tensor): Tensor

  protected merge([first, ...rest]: readonly [Tensor, ...Tensor[]]): Tensor {
    let [result, known] = [first, elementMask(first)]
    for (const next of rest) {
      const mask = elementMask(next)
      const other: Tensor = mask === undefined ? next : where(mask, next, result)
      const own: Tensor = known === undefined ? result : where(known, result, other)
      known = mask === undefined || known === undefined ? undefined : logicalOr<Tensor, Tensor>(known, mask)
      result = this.choose(own, other)
    }
    return known === undefined ? result : withMask(result, any<Shape, number>(known, -1))
  }
}

/** The largest of the inputs, element by element. */
export class Maximum extends Extremum {
  constructor(options: LayerOptions = {}) {
    super(options, 'Maximum')
  }

  protected choose(a: Tensor, b: Tensor): Tensor {
    return maximum<Tensor, Tensor>(a, b)
  }
}

/** The smallest of the inputs, element by element. */
export class Minimum extends Extremum {
  constructor(options: LayerOptions = {}) {
    super(options, 'Minimum')
  }

  protected choose(a: Tensor, b: Tensor): Tensor {
    return minimum<Tensor, Tensor>(a, b)
  }
}

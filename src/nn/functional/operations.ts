// Operations on symbolic tensors (`x.add(y)`, `ops.mean(x, 1)`) as a layer, so that they can stand between layers in a functional model.

import { replay, ShapeError, type Tensor } from '../../core/index.ts'
import { symbolicLeaves } from './layer-calls.ts'
import { Layer } from '../layer/layer.ts'

/** Computes one tensor from the symbolic ones it was made of. */
export class Operations extends Layer<readonly Tensor[], Tensor> {
  /** The symbolic tensors that the result depends on. */
  readonly sources: readonly Tensor['node'][]
  private readonly result: Tensor

  constructor(result: Tensor) {
    super({}, 'Operations')
    this.result = result
    this.sources = symbolicLeaves(result)
    this.built = true
    this.supportsMasking = true
  }

  call(inputs: readonly Tensor[]): Tensor {
    const [result] = replay(
      [this.result],
      this.sources.flatMap((source, i) => {
        const value = inputs[i]
        return value === undefined ? [] : [[source, value] as const]
      }),
    )
    if (result === undefined) throw new ShapeError(`${this.name}: expected ${this.sources.length} inputs, got ${inputs.length}. Report it.`)
    return result
  }
}

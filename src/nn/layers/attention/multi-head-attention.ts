// Multi-head self-attention (Vaswani et al. 2017, §3.2.2).

import { attention, type Dims, reshape, ShapeError, type Tensor } from '../../../core/index.ts'
import type { CallContext } from '../../call-context.ts'
import { Layer, type LayerOptions, positive } from '../../layer.ts'
import { Dense } from '../core/dense.ts'

/** Options of {@link MultiHeadAttention}. */
export interface MultiHeadAttentionOptions extends LayerOptions {
  readonly numHeads: number
  /** Size of one head. */
  readonly keyDim: number
  /** A position sees only itself and what comes before. Default false. */
  readonly causal?: boolean
  /** Default true. */
  readonly useBias?: boolean
}

interface Projections {
  readonly query: Dense
  readonly key: Dense
  readonly value: Dense
  readonly output: Dense
}

/**
 * concat(head₁, …, headₙ) · output with headᵢ = softmax(qᵢ kᵢᵀ / √keyDim) vᵢ: self-attention on `[batch, time, features]`, the shape stays.
 *
 * Parameters: `query`, `key`, `value` with a `kernel` `[features, numHeads · keyDim]`, `output` with `[numHeads · keyDim, features]`, and a `bias`
 * for each.
 *
 * ```ts
 * model.add(layers.multiHeadAttention({ numHeads: 4, keyDim: 16, causal: true }))
 * ```
 */
export class MultiHeadAttention extends Layer {
  private readonly options: MultiHeadAttentionOptions
  private projections: Projections | undefined

  constructor(options: MultiHeadAttentionOptions) {
    super(options, 'MultiHeadAttention')
    positive(this.name, 'numHeads', options.numHeads)
    positive(this.name, 'keyDim', options.keyDim)
    this.options = options
  }

  override build(inputShape: Dims): void {
    const features = inputShape[2]
    if (inputShape.length !== 3 || typeof features !== 'number') {
      throw new ShapeError(`${this.name}: expected inputs [batch, time, features], got [${inputShape.join(', ')}]. Reshape before it.`)
    }
    const { numHeads, keyDim, useBias = true } = this.options
    const inner = numHeads * keyDim
    this.projections = {
      query: this.child('query', new Dense({ units: inner, useBias })),
      key: this.child('key', new Dense({ units: inner, useBias })),
      value: this.child('value', new Dense({ units: inner, useBias })),
      output: this.child('output', new Dense({ units: features, useBias })),
    }
  }

  call(x: Tensor, context: CallContext): Tensor {
    const { projections } = this
    if (projections === undefined) throw new ShapeError(`${this.name}: expected to be built before it is called, it is not. Add it to a model.`)
    const { numHeads, keyDim, causal = false } = this.options
    const [batch = 1, time = 1] = x.dims
    const heads = (projection: Dense): Tensor => reshape(projection.apply(x, context), [batch, time, numHeads, keyDim])
    const mixed = attention(heads(projections.query), heads(projections.key), heads(projections.value), { causal })
    return projections.output.apply(reshape(mixed, [batch, time, numHeads * keyDim]), context)
  }
}

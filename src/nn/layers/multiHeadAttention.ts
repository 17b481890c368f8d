// Multi-head self-attention (Vaswani et al. 2017, §3.2.2).

import { attention, type Dims, reshape, ShapeError, type Tensor } from '../../core/index.ts'
import { Layer, type LayerOptions, madeBy, type Parameter, positive } from '../layer.ts'

export interface MultiHeadAttentionOptions extends LayerOptions {
  readonly numHeads: number
  readonly keyDim: number
  /** Positions see only what comes before. Default false. */
  readonly causal?: boolean
  /** Default true. */
  readonly useBias?: boolean
}

interface Projection {
  readonly kernel: Parameter
  readonly bias: Parameter | undefined
}

/** Self-attention on `[batch, time, features]`; kernels query, key, value `[features, heads · keyDim]` and output `[heads · keyDim, features]`. */
export class MultiHeadAttention extends Layer {
  private readonly options: MultiHeadAttentionOptions
  private projections: readonly [Projection, Projection, Projection, Projection] | undefined

  constructor(options: MultiHeadAttentionOptions) {
    super('multi_head_attention', options)
    positive('multiHeadAttention', 'numHeads', options.numHeads)
    positive('multiHeadAttention', 'keyDim', options.keyDim)
    this.options = options
  }

  protected override build(inputShape: Dims): void {
    const features = inputShape[2]
    if (inputShape.length !== 3 || typeof features !== 'number') {
      throw new ShapeError(`${this.name}: expected inputs [batch, time, features], got [${inputShape.map(String).join(', ')}]. Reshape before it.`)
    }
    const inner = this.options.numHeads * this.options.keyDim
    const project = (name: string, from: number, to: number): Projection => ({
      kernel: this.parameter(`${name}/kernel`, [from, to], 'glorotUniform'),
      bias: this.options.useBias === false ? undefined : this.parameter(`${name}/bias`, [to], 'zeros'),
    })
    this.projections = [
      project('query', features, inner),
      project('key', features, inner),
      project('value', features, inner),
      project('output', inner, features),
    ]
  }

  call(x: Tensor): Tensor {
    if (this.projections === undefined) return madeBy(this, undefined)
    const { numHeads, keyDim, causal = false } = this.options
    const apply = (from: Tensor, { kernel, bias }: Projection): Tensor => {
      const y: Tensor = from.matmul(kernel.value)
      return bias === undefined ? y : y.add(bias.value)
    }
    const [batch, time] = [x.dims[0] ?? 1, x.dims[1] ?? 1]
    const heads = (p: Projection): Tensor => reshape(apply(x, p), [batch, time, numHeads, keyDim])
    const [query, key, value, output] = this.projections
    const mixed = attention(heads(query), heads(key), heads(value), { causal })
    return apply(reshape(mixed, [batch, time, numHeads * keyDim]), output)
  }
}

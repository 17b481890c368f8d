// Numbers of categories as vectors.

import { ConfigError, ShapeError, showDims, type Tensor } from '../../../../core/index.ts'
import type { CallContext } from '../../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../../layer/layer.ts'
import { oneOf, positive } from '../../../options/option-checks.ts'
import { encodeCategories, wholeNumbers } from './encode-categories.ts'

/** Options of {@link CategoryEncoding}. */
export interface CategoryEncodingOptions extends LayerOptions {
  /** Number of categories: inputs are whole numbers from 0 to `numTokens` − 1. */
  readonly numTokens: number
  /** `one_hot` a vector for each number, `multi_hot` (default) one for each sample, `count` how often the sample has each. */
  readonly outputMode?: 'one_hot' | 'multi_hot' | 'count'
}

/** What a {@link CategoryEncoding} can be told when it is called. */
export interface CountWeights {
  /** What each number counts with `outputMode: 'count'`, in the shape of the inputs. Default 1. */
  readonly countWeights?: Tensor
}

/**
 * Categories `[batch, length]` as vectors `[batch, numTokens]` of floats; with `outputMode: 'one_hot'` `[batch, …]` as `[batch, …, numTokens]`, where
 * a last axis of size 1 gives way. Always dense: there are no sparse tensors.
 *
 * ```ts
 * layers.categoryEncoding({ numTokens: 4 })(tensor([[0, 1], [3, 3]], undefined, { dtype: 'i32' })) // [[1, 1, 0, 0], [0, 0, 0, 1]]
 * ```
 */
export class CategoryEncoding extends Layer<Tensor, Tensor, CountWeights> {
  private readonly numTokens: number
  private readonly outputMode: 'one_hot' | 'multi_hot' | 'count'

  constructor(options: CategoryEncodingOptions) {
    super(options, 'CategoryEncoding', ['numTokens', 'outputMode'])
    this.numTokens = positive(this.name, 'numTokens', options.numTokens)
    this.outputMode = oneOf(this.name, 'outputMode', options.outputMode ?? 'multi_hot', ['one_hot', 'multi_hot', 'count'])
  }

  call(x: Tensor, { countWeights }: CallContext & CountWeights): Tensor {
    if (countWeights !== undefined && this.outputMode !== 'count') {
      throw new ConfigError(`${this.name}: expected countWeights only with outputMode 'count', got it with '${this.outputMode}'. Leave it out.`)
    }
    if (countWeights !== undefined && showDims(countWeights.dims) !== showDims(x.dims)) {
      throw new ShapeError(`${this.name}: expected countWeights ${showDims(x.dims)} as the inputs, got ${showDims(countWeights.dims)}. Reshape it.`)
    }
    const weights = countWeights?.cast(this.dtypePolicy.computeDtype)
    return encodeCategories(wholeNumbers(x), { mode: this.outputMode, depth: this.numTokens, dtype: this.dtypePolicy.computeDtype, weights })
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), numTokens: this.numTokens, outputMode: this.outputMode }
  }
}

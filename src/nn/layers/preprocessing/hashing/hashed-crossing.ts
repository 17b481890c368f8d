// Combinations of features as bins.

import { cast, ConfigError, ShapeError, showDims, Tensor, type Tree } from '../../../../core/index.ts'
import type { CallOptions } from '../../../layer/call-context.ts'
import { invoke } from '../../../layer/callable.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../../layer/layer.ts'
import { numberWithin, oneOf } from '../../../options/option-checks.ts'
import { encodeCategories } from '../tables/encode-categories.ts'
import { flatStrings, type NestedStrings } from '../text/nested-strings.ts'
import { combineFingerprints, farmHash64 } from './farm-hash.ts'
import { mostBins, remainderOf, type TensorWord, tensorWords, wordOf } from './tensor-words.ts'
import { wordsOfBigs } from './words-of-bigs.ts'

/** Options of {@link HashedCrossing}. */
export interface HashedCrossingOptions extends LayerOptions {
  /** Number of bins, at most 2²⁴. */
  readonly numBins: number
  /** `int` (default) the bin's number (i32), `one_hot` a vector of floats. */
  readonly outputMode?: 'int' | 'one_hot'
}

/** Features: whole numbers in a tensor, or strings. */
type Feature = Tensor | NestedStrings

/** The call of a {@link HashedCrossing}. */
export interface HashedCrossing {
  (inputs: readonly Feature[]): Tensor
}

/** TensorFlow's key of crossings. */
const key = 0xdecafcaffen

/**
 * Two or more features, each `[]`, `[batch]` or `[batch, 1]`, as the bin of their combination; the bins are Keras's. Whole numbers (32 bits) are
 * crossed inside compiled models, too; strings outside.
 *
 * ```ts
 * layers.hashedCrossing({ numBins: 5 })([['A', 'B', 'A', 'B', 'A'], tensor([101, 101, 101, 102, 102])]) // [1, 4, 1, 1, 3]
 * ```
 */
export class HashedCrossing extends Layer<readonly Tensor[], Tensor> {
  private readonly numBins: number
  private readonly outputMode: 'int' | 'one_hot'

  constructor(options: HashedCrossingOptions) {
    super(options, 'HashedCrossing', ['numBins', 'outputMode'])
    this.numBins = numberWithin(this.name, 'numBins', options.numBins, { min: 1, max: mostBins, whole: true })
    this.outputMode = oneOf(this.name, 'outputMode', options.outputMode ?? 'int', ['int', 'one_hot'])
  }

  override [invoke](inputs: readonly Feature[], options: CallOptions = {}): Tree {
    if (!Array.isArray(inputs) || inputs.some((x) => !(x instanceof Tensor))) return this.cross(inputs)
    return super[invoke](
      inputs.filter((x) => x instanceof Tensor),
      options,
    )
  }

  call(inputs: readonly Tensor[]): Tensor {
    return this.cross(inputs)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), numBins: this.numBins, outputMode: this.outputMode }
  }

  private cross(inputs: readonly Feature[]): Tensor {
    if (!Array.isArray(inputs) || inputs.length < 2) {
      throw new ConfigError(
        `${this.name}: expected a list of at least two features, got ${Array.isArray(inputs) ? inputs.length : String(inputs)}. Add one.`,
      )
    }
    const words = inputs.map((x) => this.wordsOf(x))
    const dims = words.map(({ high }) => high.dims)
    const [first = []] = dims
    if (dims.some((own) => showDims(own) !== showDims(first)) || first.length > 2 || (first.length === 2 && first[1] !== 1)) {
      const shapes = dims.map(showDims).join(', ')
      throw new ShapeError(`${this.name}: expected features of one shape, [], [batch] or [batch, 1], got ${shapes}. Reshape them.`)
    }
    const [{ high }] = [words[0] ?? wordsOfBigs([0n], [])]
    const arithmetic = tensorWords(high)
    const hash = words.reduce((all, word) => combineFingerprints(arithmetic, all, word), arithmetic.constant(key))
    return encodeCategories(remainderOf(hash, this.numBins), { mode: this.outputMode, depth: this.numBins, dtype: this.dtypePolicy.computeDtype })
  }

  private wordsOf(x: Feature): TensorWord {
    if (x instanceof Tensor) return wordOf(cast(x, 'i32'))
    const { values, shape } = flatStrings(this.name, x)
    return wordsOfBigs(values.map(farmHash64), shape)
  }
}

// Words and numbers as bins, without a vocabulary.

import { binary, cast, compare, ConfigError, Tensor, type Tree, where } from '../../../../core/index.ts'
import type { CallOptions } from '../../../layer/call-context.ts'
import { invoke } from '../../../layer/callable.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../../layer/layer.ts'
import { numberWithin, oneOf } from '../../../options/option-checks.ts'
import { encodeCategories, type OutputMode } from '../tables/encode-categories.ts'
import { flatStrings, indexTensor, isStrings, type NestedStrings } from '../text/nested-strings.ts'
import { binOfText, binsOfNumbers } from './bins.ts'
import { type Salt, saltOf } from './salt.ts'
import { mostBins } from './tensor-words.ts'

/** Options of {@link Hashing}. */
export interface HashingOptions extends LayerOptions {
  /** Number of bins (at most 2²⁴), that of `maskValue` included. */
  readonly numBins: number
  /** What gets bin 0 for itself: a string or a number. Default none. */
  readonly maskValue?: string | number | null
  /** The key of SipHash-2-4: a whole number or two. Default none: FarmHash64. */
  readonly salt?: Salt | null
  /** `int` (default) the bin's number, or the encodings of {@link CategoryEncoding}. */
  readonly outputMode?: OutputMode
}

/** The call of a {@link Hashing}. */
export interface Hashing {
  (inputs: NestedStrings): Tensor
}

/**
 * Strings, or whole numbers by their decimal notation, as the number (i32) of a bin, or as vectors of floats; the bins are Keras's. Numbers (32 bits;
 * floats are cut to whole ones) are hashed inside compiled models, too; strings, nested arrays of them, outside.
 *
 * ```ts
 * layers.hashing({ numBins: 3 })([['A'], ['B'], ['C'], ['D'], ['E']]) // [[1], [0], [1], [1], [2]]
 * ```
 */
export class Hashing extends Layer {
  private readonly numBins: number
  private readonly maskValue: string | number | undefined
  private readonly salt: readonly [number, number] | undefined
  private readonly outputMode: OutputMode

  constructor(options: HashingOptions) {
    super(options, 'Hashing', ['numBins', 'maskValue', 'salt', 'outputMode'])
    this.numBins = numberWithin(this.name, 'numBins', options.numBins, { min: 1, max: mostBins, whole: true })
    this.maskValue = options.maskValue ?? undefined
    if (this.maskValue !== undefined && typeof this.maskValue !== 'string') numberWithin(this.name, 'maskValue', this.maskValue, { whole: true })
    this.salt = saltOf(this.name, options.salt)
    this.outputMode = oneOf(this.name, 'outputMode', options.outputMode ?? 'int', ['int', 'one_hot', 'multi_hot', 'count'])
  }

  override [invoke](inputs: Tensor | NestedStrings, options: CallOptions = {}): Tree {
    return isStrings(inputs) ? this.encode(this.binsOfTexts(inputs)) : super[invoke](inputs, options)
  }

  call(x: Tensor): Tensor {
    const { maskValue, bins } = this
    if (typeof maskValue === 'string') {
      throw new ConfigError(`${this.name}: expected strings, as maskValue is '${maskValue}', got ${String(x)}. Give maskValue a number.`)
    }
    const numbers: Tensor = cast(x, 'i32')
    const hashed = binsOfNumbers(numbers, bins, this.salt)
    if (!this.reserved || maskValue === undefined) return this.encode(hashed)
    return this.encode(where(compare('equal', x, maskValue), 0, binary('add', hashed, 1)))
  }

  override getConfig(): LayerConfig {
    const { numBins, maskValue, salt, outputMode } = this
    return { ...super.getConfig(), numBins, ...(maskValue !== undefined && { maskValue }), ...(salt !== undefined && { salt }), outputMode }
  }

  /** Whether bin 0 is the mask's. */
  private get reserved(): boolean {
    return this.maskValue !== undefined && this.numBins > 1
  }

  private get bins(): number {
    return this.reserved ? this.numBins - 1 : this.numBins
  }

  private binsOfTexts(texts: NestedStrings): Tensor {
    const { values, shape } = flatStrings(this.name, texts)
    const bin = (text: string): number => binOfText(text, this.bins, this.salt)
    return indexTensor({ values: values.map((text) => (!this.reserved ? bin(text) : text === this.maskValue ? 0 : bin(text) + 1)), shape })
  }

  private encode(bins: Tensor): Tensor {
    return encodeCategories(bins, { mode: this.outputMode, depth: this.numBins, dtype: this.dtypePolicy.computeDtype })
  }
}

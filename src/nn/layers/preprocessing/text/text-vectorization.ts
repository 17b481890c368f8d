// Texts as numbers.

import { ConfigError, dimension, type Dims, type Tensor, type Tree } from '../../../../core/index.ts'
import type { CallOptions } from '../../../layer/call-context.ts'
import { invoke } from '../../../layer/callable.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../../layer/layer.ts'
import { flag, oneOf, optionalNumber } from '../../../options/option-checks.ts'
import type { AdaptOptions } from '../batches-of.ts'
import type { LookupOutputMode } from './index-lookup.ts'
import { anyLength, flatStrings, isStrings, type NestedStrings, type StringData, stringBatches } from './nested-strings.ts'
import { StringLookup } from './string-lookup.ts'
import { maxLength } from './text-layer.ts'
import { ngramsOf, type Split, splitOf, splitText, type Standardize, standardized, standardizeOf, widthsOf } from './tokens.ts'

/** Options of {@link TextVectorization}. */
export interface TextVectorizationOptions extends LayerOptions {
  /** The most tokens of the vocabulary, special ones included. Default no limit. */
  readonly maxTokens?: number | null
  /** `lower_and_strip_punctuation` (default), `lower` (the letters of ASCII), `strip_punctuation`, a function of a text, or null for nothing. */
  readonly standardize?: Standardize
  /** `whitespace` (default), `character` (code points), a function from a text to its tokens, or null where inputs are tokens. */
  readonly split?: Split
  /** Runs of so many tokens are tokens: 3 for one, two and three, a list for just these widths. Default none: the tokens themselves. */
  readonly ngrams?: number | readonly number[] | null
  /** As of {@link StringLookup}; default `int`. */
  readonly outputMode?: LookupOutputMode
  /** With `int`: how many tokens each text has, cut or filled with 0. Default as many as the longest. */
  readonly outputSequenceLength?: number | null
  /** Whether vectors have `maxTokens` places however many tokens there are. Default false. */
  readonly padToMaxTokens?: boolean
  /** Tokens in order, special ones ('' and '[UNK]') in front or left out. Default: what `adapt` finds. */
  readonly vocabulary?: readonly string[] | null
  /** The tokens' inverse document frequencies; with `outputMode: 'tf_idf'` and `vocabulary`. */
  readonly idfWeights?: readonly number[] | null
  /** As of {@link StringLookup}. */
  readonly vocabularySize?: number | null
  /** Only 'utf-8', as JavaScript's strings are no bytes. */
  readonly encoding?: 'utf-8'
}

/** The call of a {@link TextVectorization}. */
export interface TextVectorization {
  (inputs: NestedStrings): Tensor
}

interface Rows {
  readonly rows: readonly (readonly string[])[]
  /** The shape of the result without the tokens' axis. */
  readonly leading: readonly number[]
  /** The shape of the texts. */
  readonly shape: readonly number[]
}

/**
 * Texts `[batch]` or `[batch, 1]` as the indices of their tokens `[batch, length]` (i32; 0 fills, 1 is unknown), or as vectors of floats `[batch, size
 * of the vocabulary]`. With `split: null` tokens of any shape. There are no tensors of strings: called outside of models, on data before it is given
 * to them.
 *
 * ```ts
 * const vectorize = layers.textVectorization({ outputSequenceLength: 4 })
 * vectorize.adapt(['Foo bar', 'bar baz', 'Bar!'])
 * vectorize.getVocabulary() // ['', '[UNK]', 'bar', 'foo', 'baz']
 * vectorize(['foo qux bar']) // [[3, 1, 2, 0]]
 * ```
 */
export class TextVectorization extends Layer {
  private readonly standardize: Standardize
  private readonly split: Split
  private readonly ngrams: number | readonly number[] | undefined
  private readonly widths: readonly number[] | undefined
  private readonly outputMode: LookupOutputMode
  private readonly outputSequenceLength: number | undefined
  private readonly lookup: StringLookup

  constructor(options: TextVectorizationOptions = {}) {
    super(options, 'TextVectorization', [
      'maxTokens',
      'standardize',
      'split',
      'ngrams',
      'outputMode',
      'outputSequenceLength',
      'padToMaxTokens',
      'vocabulary',
      'idfWeights',
      'encoding',
      'vocabularySize',
    ])
    this.standardize = standardizeOf(this.name, options.standardize === undefined ? 'lower_and_strip_punctuation' : options.standardize)
    this.split = splitOf(this.name, options.split === undefined ? 'whitespace' : options.split)
    this.ngrams = options.ngrams ?? undefined
    this.widths = widthsOf(this.name, options.ngrams)
    const modes = ['int', 'one_hot', 'multi_hot', 'count', 'tf_idf'] as const
    this.outputMode = oneOf(this.name, 'outputMode', options.outputMode ?? 'int', modes)
    this.outputSequenceLength = optionalNumber(this.name, 'outputSequenceLength', options.outputSequenceLength, { min: 0, whole: true })
    if (this.outputSequenceLength !== undefined && this.outputMode !== 'int') {
      throw new ConfigError(`${this.name}: expected outputSequenceLength only with outputMode 'int', got it with '${this.outputMode}'. Leave it out.`)
    }
    const { maxTokens, vocabulary, idfWeights, encoding, vocabularySize } = options
    this.lookup = new StringLookup({
      name: this.name,
      maskToken: '',
      outputMode: this.outputMode,
      padToMaxTokens: flag(this.name, 'padToMaxTokens', options.padToMaxTokens ?? false),
      ...(maxTokens !== undefined && { maxTokens }),
      ...(vocabulary !== undefined && { vocabulary }),
      ...(idfWeights !== undefined && { idfWeights }),
      ...(encoding !== undefined && { encoding }),
      ...(vocabularySize !== undefined && { vocabularySize }),
    })
  }

  override [invoke](inputs: Tensor | NestedStrings, options: CallOptions = {}): Tree {
    return isStrings(inputs) ? this.vectorized(inputs) : super[invoke](inputs, options)
  }

  call(x: Tensor): Tensor {
    throw new ConfigError(
      `${this.name}: expected nested arrays of strings, got ${String(x)}. Call it on strings, outside of models, and give the model what it returns.`,
    )
  }

  /** The tokens of texts as `outputMode` wants them. */
  vectorized(inputs: NestedStrings): Tensor {
    const { rows, leading, shape } = this.rowsOf(inputs)
    this.inputDims ??= anyLength(shape)
    const indices = rows.map((row) => this.lookup.indices(row))
    const length = this.outputSequenceLength ?? indices.reduce((most, { length: own }) => Math.max(most, own), 0)
    // In vectors what fills short texts is nowhere.
    const filler = this.outputMode === 'int' ? 0 : -1
    const values = indices.flatMap((row) => Array.from({ length }, (_, i) => row[i] ?? filler))
    return this.lookup.encoded(values, [...leading, length])
  }

  /** Zeros of the shape and dtype that texts of a shape become. */
  resultFor(dims: Dims): Tensor {
    this.inputDims ??= dims
    const leading = this.split === null || dims.length > 1 ? dims.slice(0, -1) : dims
    return this.lookup.resultFor([...leading, this.outputSequenceLength ?? dimension('length', { max: maxLength })])
  }

  /** Takes the tokens of texts as the vocabulary, the most frequent first. */
  adapt(data: StringData, { steps }: AdaptOptions = {}): void {
    this.resetState()
    for (const batch of stringBatches(data, steps)) this.updateState(batch)
    this.finalizeState()
  }

  /** Counts the tokens of a batch of texts. */
  updateState(data: NestedStrings): void {
    this.lookup.countDocuments(this.rowsOf(data).rows)
  }

  /** Takes the tokens of the batches since {@link resetState} as the vocabulary. */
  finalizeState(): void {
    this.lookup.finalizeState()
  }

  resetState(): void {
    this.lookup.resetState()
  }

  /** Whether the vocabulary is an option; otherwise it was found in data or set later. */
  get hasGivenVocabulary(): boolean {
    return this.lookup.hasGivenVocabulary
  }

  /** Inverse document frequencies of all places of the vocabulary; none without `outputMode: 'tf_idf'`. */
  get idfWeights(): readonly number[] {
    return this.lookup.idfWeights
  }

  /** The tokens in the order of their indices, special ones included unless told otherwise. */
  getVocabulary(options: { readonly includeSpecialTokens?: boolean } = {}): string[] {
    return this.lookup.getVocabulary(options).map((token) => token ?? '')
  }

  /** Takes other tokens, special ones in front or left out; with `outputMode: 'tf_idf'` also their weights. */
  setVocabulary(tokens: readonly string[], idfWeights?: readonly number[]): void {
    this.lookup.setVocabulary(tokens, idfWeights)
  }

  /** Number of indices, special ones included. */
  vocabularySize(): number {
    return this.lookup.vocabularySize()
  }

  override getConfig(): LayerConfig {
    const { standardize, split, ngrams, outputMode, outputSequenceLength, name } = this
    if (typeof standardize === 'function' || typeof split === 'function') {
      throw new ConfigError(
        `${name}: expected standardize and split as names where a config is asked for, got a function. Apply it before the layer.`,
      )
    }
    const { maxTokens, vocabulary, idfWeights, padToMaxTokens, vocabularySize } = this.lookup.getConfig()
    return {
      ...super.getConfig(),
      ...(maxTokens !== undefined && { maxTokens }),
      standardize,
      split,
      ...(ngrams !== undefined && { ngrams }),
      outputMode,
      ...(outputSequenceLength !== undefined && { outputSequenceLength }),
      padToMaxTokens,
      ...(vocabulary !== undefined && { vocabulary }),
      ...(idfWeights !== undefined && { idfWeights }),
      ...(vocabularySize !== undefined && { vocabularySize }),
    }
  }

  /** The tokens of each text; with `split: null` the last axis has the tokens. */
  private rowsOf(inputs: NestedStrings): Rows {
    const { values, shape } = flatStrings(this.name, inputs)
    const texts = values.map((text) => standardized(text, this.standardize))
    const joined = (tokens: readonly string[]) => (this.widths === undefined ? tokens : ngramsOf(tokens, this.widths))
    if (this.split === null) {
      const [leading, length] = [shape.slice(0, -1), shape.at(-1) ?? 1]
      const count = leading.reduce((a, b) => a * b, 1)
      return { rows: Array.from({ length: count }, (_, i) => joined(texts.slice(i * length, (i + 1) * length))), leading, shape }
    }
    if (shape.length > 1 && shape.at(-1) !== 1) {
      throw new ConfigError(`${this.name}: expected texts [batch] or [batch, 1] where they are split, got [${shape.join(', ')}]. Set split to null.`)
    }
    return { rows: texts.map((text) => joined(splitText(text, this.split))), leading: shape.length > 1 ? shape.slice(0, -1) : shape, shape }
  }
}

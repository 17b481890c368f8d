// What layers that look tokens up in a vocabulary have in common: their options, the vocabulary, how indices are encoded.

import { binary, cast, ConfigError, type Tensor, tensor } from '../../../../core/index.ts'
import { currentContext } from '../../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../../layer/layer.ts'
import { flag, numberWithin, oneOf, optionalNumber, shown } from '../../../options/option-checks.ts'
import { type Salt, saltOf } from '../hashing/salt.ts'
import { encodeCategories, type OutputMode } from '../tables/encode-categories.ts'
import { type Token, Vocabulary } from './vocabulary.ts'

/** How looked up indices are given: the indices, a vector for each, one for each sample, or that weighed by inverse document frequencies. */
export type LookupOutputMode = OutputMode | 'tf_idf'

/** Options of {@link StringLookup} and {@link IntegerLookup}. */
export interface LookupOptions<T extends Token> extends LayerOptions {
  /** The most tokens, special ones included. Default no limit. */
  readonly maxTokens?: number | null
  /** How many indices unknown tokens share (by hashing); with 0 there must not be any. Default 1. */
  readonly numOovIndices?: number
  /** The token of places that do not count, index 0. Default none. */
  readonly maskToken?: T | null
  /** The token for unknown ones when `invert` is true. */
  readonly oovToken?: T | null
  /** Tokens in order, special ones in front or left out. Default: what `adapt` finds. */
  readonly vocabulary?: readonly T[] | null
  /** The tokens' inverse document frequencies; with `outputMode: 'tf_idf'` and `vocabulary`. */
  readonly idfWeights?: readonly number[] | null
  /**
   * How many tokens the vocabulary will have, special ones included, where they come later, from a file: models are made before. Default: what it has.
   */
  readonly vocabularySize?: number | null
  /** Tokens of indices instead of indices of tokens. Default false. */
  readonly invert?: boolean
  /**
   * `int` (default) indices (i32); as floats `one_hot` a vector for each token, `multi_hot` one for each sample, `count` how often the sample has
   * each token, `tf_idf` that times the token's inverse document frequency.
   */
  readonly outputMode?: LookupOutputMode
  /** Whether vectors have `maxTokens` places however many tokens there are. Default false. */
  readonly padToMaxTokens?: boolean
  /** The key of SipHash-2-4 for unknown tokens: a whole number or two. Default none: FarmHash64. */
  readonly salt?: Salt | null
}

const lookupOptions: readonly (keyof LookupOptions<Token>)[] = [
  'maxTokens',
  'numOovIndices',
  'maskToken',
  'oovToken',
  'vocabulary',
  'idfWeights',
  'invert',
  'outputMode',
  'padToMaxTokens',
  'salt',
  'vocabularySize',
]

/** Looks tokens up in a vocabulary. */
export abstract class IndexLookup<T extends Token> extends Layer {
  protected readonly vocabulary: Vocabulary<T>
  protected readonly invert: boolean
  protected readonly outputMode: LookupOutputMode
  protected readonly salt: readonly [number, number] | undefined
  private readonly padToMaxTokens: boolean
  private readonly expectedSize: number | undefined
  private fixed = false

  constructor(options: LookupOptions<T>, className: string, defaultOovToken: T, own: readonly string[]) {
    super(options, className, [...own, ...lookupOptions])
    const where = this.name
    this.invert = flag(where, 'invert', options.invert ?? false)
    const modes = ['int', 'one_hot', 'multi_hot', 'count', 'tf_idf'] as const
    this.outputMode = oneOf(where, 'outputMode', options.outputMode ?? 'int', modes)
    if (this.invert && this.outputMode !== 'int') {
      throw new ConfigError(`${where}: expected outputMode 'int' with invert, got '${this.outputMode}'. Leave one of them out.`)
    }
    const maxTokens = optionalNumber(where, 'maxTokens', options.maxTokens, { min: 2, whole: true })
    this.padToMaxTokens = flag(where, 'padToMaxTokens', options.padToMaxTokens ?? false)
    if (this.padToMaxTokens && maxTokens === undefined) {
      throw new ConfigError(`${where}: expected maxTokens with padToMaxTokens, got none. Give maxTokens.`)
    }
    this.salt = saltOf(where, options.salt)
    this.expectedSize = optionalNumber(where, 'vocabularySize', options.vocabularySize, { min: 0, whole: true })
    this.vocabulary = new Vocabulary<T>({
      where,
      maxTokens,
      numOovIndices: numberWithin(where, 'numOovIndices', options.numOovIndices ?? 1, { min: 0, whole: true }),
      maskToken: this.tokenOf('maskToken', options.maskToken ?? undefined),
      oovToken: options.oovToken === null ? undefined : this.tokenOf('oovToken', options.oovToken ?? defaultOovToken),
      masked: this.outputMode === 'int',
      invert: this.invert,
      weighted: this.outputMode === 'tf_idf',
    })
    const [given, weights] = [options.vocabulary ?? undefined, options.idfWeights ?? undefined]
    if (given !== undefined) {
      this.setVocabulary(given, weights)
      this.fixed = true
    } else if (weights !== undefined) {
      throw new ConfigError(`${where}: expected vocabulary with idfWeights, got none. Give both.`)
    }
  }

  /** Whether the vocabulary is an option; otherwise it was found in data or set later. */
  get hasGivenVocabulary(): boolean {
    return this.fixed
  }

  /** Inverse document frequencies of all places of the vocabulary; none without `outputMode: 'tf_idf'`. */
  get idfWeights(): readonly number[] {
    return this.vocabulary.weights
  }

  /** The tokens in the order of their indices, special ones included unless told otherwise. */
  getVocabulary({ includeSpecialTokens = true }: { readonly includeSpecialTokens?: boolean } = {}): (T | undefined)[] {
    return this.vocabulary.list(includeSpecialTokens)
  }

  /** Number of indices, special ones included. */
  vocabularySize(): number {
    return this.vocabulary.size
  }

  /** Takes other tokens, special ones in front or left out; with `outputMode: 'tf_idf'` also their weights. */
  setVocabulary(tokens: readonly T[], idfWeights?: readonly number[]): void {
    if (!Array.isArray(tokens)) {
      throw new ConfigError(`${this.name}: expected vocabulary to be a list of tokens, got ${shown(tokens)}. Read a file first.`)
    }
    for (const token of tokens) this.tokenOf('every token of vocabulary', token)
    this.vocabulary.set(tokens, idfWeights)
  }

  /** Takes the tokens of the batches since {@link resetState} as the vocabulary. */
  finalizeState(): void {
    this.vocabulary.finish()
  }

  resetState(): void {
    this.vocabulary.forget()
  }

  override getConfig(): LayerConfig {
    const { invert, outputMode, padToMaxTokens, salt, vocabulary, expectedSize } = this
    const { maxTokens, numOovIndices, maskToken, oovToken } = vocabulary.layout
    // A missing token is null in JSON: left out it would be the default.
    const tokens = vocabulary.list(true).map((token) => token ?? null)
    const known = vocabulary.tokens.length > 0 && { vocabulary: oovToken === undefined ? vocabulary.list(false) : tokens }
    return {
      ...super.getConfig(),
      ...(maxTokens !== undefined && { maxTokens }),
      numOovIndices,
      ...(maskToken !== undefined && { maskToken }),
      oovToken: oovToken ?? null,
      ...known,
      ...(known !== false && outputMode === 'tf_idf' && { idfWeights: vocabulary.weights.slice(oovToken === undefined ? vocabulary.start : 0) }),
      invert,
      outputMode,
      padToMaxTokens,
      ...(salt !== undefined && { salt: [...salt] }),
      ...(expectedSize !== undefined && { vocabularySize: vocabulary.tokens.length > 0 ? vocabulary.size : expectedSize }),
    }
  }

  /** Counts the tokens of documents; called by `updateState`. */
  protected count(documents: readonly (readonly T[])[]): void {
    if (this.fixed) {
      throw new ConfigError(`${this.name}: expected no vocabulary where it is to be found in data, it was given. Make a layer without vocabulary.`)
    }
    this.vocabulary.count(documents)
  }

  /** A token of this layer's kind, or a ConfigError. */
  protected abstract tokenOf<V extends T | undefined>(what: string, token: V): V

  /** The index of masked places before it is encoded: in vectors they are nowhere. */
  protected get maskIndex(): number {
    return this.outputMode === 'int' ? 0 : -1
  }

  /** Indices as `outputMode` wants them. */
  protected encode(indices: Tensor): Tensor {
    const { outputMode: mode, vocabulary } = this
    const { layout } = vocabulary
    // While shapes are found, the tokens may be still to come.
    const expected = vocabulary.tokens.length === 0 && currentContext().shapesOnly === true ? this.expectedSize : undefined
    const size = expected ?? vocabulary.size
    if (mode !== 'int' && vocabulary.tokens.length === 0 && expected === undefined && !this.padToMaxTokens) {
      throw new ConfigError(`${this.name}: expected a vocabulary before it is called, got none. Give vocabulary, or call adapt(data).`)
    }
    const depth = this.padToMaxTokens ? (layout.maxTokens ?? size) : size
    const dtype = this.dtypePolicy.computeDtype
    if (mode !== 'tf_idf') return encodeCategories(indices, { mode, depth, dtype })
    const weights = Float32Array.from({ length: depth }, (_, i) => vocabulary.weights[i] ?? 0)
    return binary('multiply', encodeCategories(indices, { mode: 'count', depth, dtype }), cast(tensor(weights, [depth]), dtype))
  }
}

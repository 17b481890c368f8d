// Words as numbers, and back.

import { ConfigError, type Dims, numbersOf, Tensor, tensor, type Tree, zeros } from '../../../../core/index.ts'
import { type CallOptions, currentContext, inContext } from '../../../layer/call-context.ts'
import { invoke } from '../../../layer/callable.ts'
import { hasSymbolic } from '../../../functional/layer-calls.ts'
import { oneOf, shown } from '../../../options/option-checks.ts'
import { type AdaptOptions, type NestedData } from '../batches-of.ts'
import { binOfText } from '../hashing/bins.ts'
import { IndexLookup, type LookupOptions } from './index-lookup.ts'
import {
  anyLength,
  flatStrings,
  indexTensor,
  isStrings,
  type NestedStrings,
  nestedStrings,
  type StringData,
  stringBatches,
} from './nested-strings.ts'

/** Options of {@link StringLookup}; `oovToken` is '[UNK]' by default. */
export interface StringLookupOptions extends LookupOptions<string> {
  /** Only 'utf-8', as JavaScript's strings are no bytes. */
  readonly encoding?: 'utf-8'
}

/** The call of a {@link StringLookup}. */
export interface StringLookup {
  (inputs: NestedStrings): Tensor
}

/**
 * Words (nested arrays of strings) as their indices in a vocabulary, or as vectors; {@link StringLookup.lookUp} is the way back with `invert`. There
 * are no tensors of strings: called outside of models, on data before it is given to them.
 *
 * ```ts
 * const lookup = layers.stringLookup({ vocabulary: ['a', 'b', 'c', 'd'] })
 * lookup([['a', 'c', 'd'], ['d', 'z', 'b']]) // [[1, 3, 4], [4, 0, 2]]
 * ```
 */
export class StringLookup extends IndexLookup<string> {
  constructor(options: StringLookupOptions = {}) {
    super(options, 'StringLookup', '[UNK]', ['encoding'])
    oneOf(this.name, 'encoding', options.encoding ?? 'utf-8', ['utf-8'])
  }

  override [invoke](inputs: Tensor | NestedStrings, options: CallOptions = {}): Tree {
    return isStrings(inputs) ? this.vectorized(inputs) : super[invoke](inputs, options)
  }

  call(x: Tensor): Tensor {
    const instead = this.invert ? 'Give indices to lookUp(indices).' : 'Call it on strings, outside of models, and give the model what it returns.'
    throw new ConfigError(`${this.name}: expected nested arrays of strings, got ${String(x)}. ${instead}`)
  }

  /** The indices of words, as `outputMode` wants them. */
  vectorized(inputs: NestedStrings): Tensor {
    if (this.invert) throw new ConfigError(`${this.name}: expected indices, as invert is true, got strings. Give indices to lookUp(indices).`)
    const { values, shape } = flatStrings(this.name, inputs)
    this.inputDims ??= anyLength(shape)
    return this.encoded(this.indices(values), shape)
  }

  /** Zeros of the shape and dtype that words of a shape become. */
  resultFor(dims: Dims): Tensor {
    this.inputDims ??= dims
    return inContext({ ...currentContext(), shapesOnly: true }, () => this.encode(zeros(dims, { dtype: 'i32' })))
  }

  /** With `invert`: the words of indices (a tensor or nested arrays), as nested arrays of strings. */
  lookUp(indices: Tensor | NestedData): NestedStrings {
    if (!this.invert)
      throw new ConfigError(`${this.name}: expected invert to be true where words are looked up, it is false. Make a layer with invert.`)
    if (hasSymbolic(indices)) throw new ConfigError(`${this.name}: expected indices with numbers, got a symbolic tensor. Call it outside of models.`)
    const known = indices instanceof Tensor ? indices : typeof indices === 'number' ? tensor([indices], []) : tensor(indices)
    const words = this.vocabulary.list(true)
    const { maskToken, oovToken } = this.vocabulary.layout
    const word = (index: number): string => (index === 0 && maskToken !== undefined ? maskToken : (words[index] ?? oovToken ?? ''))
    return nestedStrings({ values: Array.from(numbersOf(known.storageSync()), word), shape: known.shape })
  }

  /** Takes the words of data as the vocabulary, the most frequent first. */
  adapt(data: StringData, { steps }: AdaptOptions = {}): void {
    this.resetState()
    for (const batch of stringBatches(data, steps)) this.updateState(batch)
    this.finalizeState()
  }

  /** Counts the words of a batch `[documents, …]` (a vector is one document). */
  updateState(data: NestedStrings): void {
    const documents = typeof data === 'string' || data.every((part) => typeof part === 'string') ? [data] : data
    this.countDocuments(documents.map((document) => flatWords(document)))
  }

  /** Counts the words of documents. */
  countDocuments(documents: readonly (readonly string[])[]): void {
    this.count(documents)
  }

  /** Indices of words in a row; unknown ones by their hash. Masked words are 0, and -1 where indices are to be encoded as vectors. */
  indices(words: readonly string[]): number[] {
    const { vocabulary } = this
    const { maskToken, numOovIndices } = vocabulary.layout
    return words.map((word) => {
      if (word === maskToken) return this.maskIndex
      const index = vocabulary.indexOf(word)
      if (index !== undefined) return index
      if (numOovIndices === 0) {
        throw new ConfigError(`${this.name}: expected only words of the vocabulary, as numOovIndices is 0, got '${word}'. Set numOovIndices to 1.`)
      }
      return vocabulary.oovStart + (numOovIndices === 1 ? 0 : binOfText(word, numOovIndices, this.salt))
    })
  }

  /** {@link indices} in a shape, as `outputMode` wants them. */
  encoded(values: readonly number[], shape: readonly number[]): Tensor {
    return this.encode(indexTensor({ values, shape }))
  }

  protected tokenOf<V extends string | undefined>(what: string, token: V): V {
    if (token === undefined || typeof token === 'string') return token
    throw new ConfigError(`${this.name}: expected ${what} to be a string, got ${shown(token)}. Change it.`)
  }
}

const flatWords = (document: NestedStrings): readonly string[] => (typeof document === 'string' ? [document] : document.flatMap(flatWords))

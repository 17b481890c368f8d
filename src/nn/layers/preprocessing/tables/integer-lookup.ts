// Whole numbers as indices of a vocabulary, and back.

import { binary, cast, compare, ConfigError, gather, logicalAnd, numbersOf, type Tensor, tensor, where } from '../../../../core/index.ts'
import { searchsorted } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { oneOf, shown } from '../../../options/option-checks.ts'
import { type AdaptData, type AdaptOptions, asTensor, type NestedData, tensorBatches } from '../batches-of.ts'
import { binsOfNumbers } from '../hashing/bins.ts'
import { IndexLookup, type LookupOptions } from '../text/index-lookup.ts'
import { wholeNumbers } from './encode-categories.ts'

const methods = ['floormod', 'farmhash'] as const

/** Options of {@link IntegerLookup}; `oovToken` is −1 by default. */
export interface IntegerLookupOptions extends LookupOptions<number> {
  /** Only 'int64', Keras's name of whole numbers. */
  readonly vocabularyDtype?: 'int64'
  /** How unknown numbers share several indices: their remainder (`floormod`, default), or the hash of their decimal notation (`farmhash`). */
  readonly oovMethod?: 'floormod' | 'farmhash'
}

/**
 * Whole numbers of any shape as their indices in a vocabulary (i32), or as vectors; with `invert` indices as numbers. Also inside compiled models;
 * there the vocabulary is the one at the time of compiling. With `numOovIndices: 0` unknown numbers have index −1.
 *
 * ```ts
 * const lookup = layers.integerLookup({ vocabulary: [12, 36, 1138, 42] })
 * lookup(tensor([[12, 1138, 42], [42, 1000, 36]])) // [[1, 3, 4], [4, 0, 2]]
 * ```
 */
export class IntegerLookup extends IndexLookup<number> {
  private readonly oovMethod: 'floormod' | 'farmhash'

  constructor(options: IntegerLookupOptions = {}) {
    super(options, 'IntegerLookup', -1, ['vocabularyDtype', 'oovMethod'])
    oneOf(this.name, 'vocabularyDtype', options.vocabularyDtype ?? 'int64', ['int64'])
    this.oovMethod = oneOf(this.name, 'oovMethod', options.oovMethod ?? 'floormod', methods)
    if (this.salt !== undefined && this.oovMethod !== 'farmhash') {
      throw new ConfigError(`${this.name}: expected oovMethod 'farmhash' with salt, got '${this.oovMethod}'. Leave out salt, or change oovMethod.`)
    }
  }

  /** Takes the numbers of data as the vocabulary, the most frequent first, of equals the largest. */
  adapt(data: AdaptData, options: AdaptOptions = {}): void {
    this.resetState()
    for (const batch of tensorBatches(data, options)) {
      this.updateState(batch.rank === 1 ? batch.reshape<readonly number[], readonly number[]>([batch.size, 1]) : batch)
    }
    this.finalizeState()
  }

  /** Counts the numbers of a batch `[documents, …]` (a vector is one document). */
  updateState(data: Tensor | NestedData): void {
    const batch = asTensor(data)
    const values = Array.from(numbersOf(batch.storageSync()))
    const documents = batch.rank < 2 ? 1 : (batch.shape[0] ?? 1)
    const length = documents === 0 ? 0 : values.length / documents
    this.count(Array.from({ length: documents }, (_, i) => values.slice(i * length, (i + 1) * length)))
  }

  call(x: Tensor): Tensor {
    const ids = wholeNumbers(x)
    return this.invert ? this.numbersAt(ids) : this.encode(this.indices(ids))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), oovMethod: this.oovMethod }
  }

  protected tokenOf<V extends number | undefined>(what: string, token: V): V {
    if (token === undefined || Number.isInteger(token)) return token
    throw new ConfigError(`${this.name}: expected ${what} to be a whole number, got ${shown(token)}. Change it.`)
  }

  private indices(ids: Tensor): Tensor {
    const { vocabulary } = this
    const { maskToken } = vocabulary.layout
    const unknown = this.unknown(ids)
    const found = vocabulary.tokens.length === 0 ? unknown : this.known(ids, unknown)
    return maskToken === undefined ? found : where(compare('equal', ids, maskToken), this.maskIndex, found)
  }

  private known(ids: Tensor, unknown: Tensor | number): Tensor {
    const { vocabulary } = this
    const places = vocabulary.tokens.map((token, i) => [token, vocabulary.start + i] as const).sort(([a], [b]) => a - b)
    const tokens = tensor(
      places.map(([token]) => token),
      [places.length],
      { dtype: ids.dtype },
    )
    const indices = tensor(
      Int32Array.from(places, ([, index]) => index),
      [places.length],
      { dtype: 'i32' },
    )
    const place = binary('minimum', searchsorted(tokens, ids), places.length - 1)
    return where(compare('equal', gather(tokens, place), ids), gather(indices, place), unknown)
  }

  private unknown(ids: Tensor): Tensor {
    const { oovStart, layout } = this.vocabulary
    const none = cast(binary('multiply', ids, 0), 'i32')
    if (layout.numOovIndices === 0) return binary('add', none, -1)
    if (layout.numOovIndices === 1) return binary('add', none, oovStart)
    if (this.oovMethod === 'farmhash') return binary('add', binsOfNumbers(cast(ids, 'i32'), layout.numOovIndices, this.salt), oovStart)
    const rest = cast(binary('remainder', ids, layout.numOovIndices), 'i32')
    return binary('add', where(compare('less', rest, 0), binary('add', rest, layout.numOovIndices), rest), oovStart)
  }

  private numbersAt(indices: Tensor): Tensor {
    const { vocabulary } = this
    const { maskToken, oovToken = -1 } = vocabulary.layout
    const list = vocabulary.list(true).map((token) => token ?? oovToken)
    const tokens = tensor(list, [list.length], { dtype: indices.dtype })
    const inside = logicalAnd<Tensor, Tensor>(compare('greaterEqual', indices, 0), compare('less', indices, list.length))
    const found: Tensor =
      list.length === 0 ? binary('add', binary('multiply', indices, 0), oovToken) : where(inside, gather(tokens, indices), oovToken)
    return maskToken === undefined ? found : where(compare('equal', indices, 0), maskToken, found)
  }
}

// A vocabulary: tokens (words or whole numbers) in order, behind places for masked and for unknown ones; given, or found in data by counting.

import { ConfigError } from '../../../../core/index.ts'
import { listOf, numberWithin } from '../../../options/option-checks.ts'

/** Words or whole numbers. */
export type Token = string | number

/** Where tokens stand. */
export interface VocabularyLayout<T extends Token> {
  /** Names the layer in errors. */
  readonly where: string
  /** The most tokens, special ones included. */
  readonly maxTokens: number | undefined
  /** Places of unknown tokens. */
  readonly numOovIndices: number
  readonly maskToken: T | undefined
  readonly oovToken: T | undefined
  /** Whether the mask has a place, the first. */
  readonly masked: boolean
  /** Whether tokens are found for indices, so that the unknown token must not be an ordinary one, too. */
  readonly invert: boolean
  /** Whether tokens have weights: inverse document frequencies. */
  readonly weighted: boolean
}

/** Tokens of a layer, and the counts from which they are found. */
export class Vocabulary<T extends Token> {
  readonly layout: VocabularyLayout<T>
  /** Tokens without the special ones. */
  tokens: readonly T[] = []
  /** Inverse document frequencies of special tokens and tokens. */
  weights: readonly number[] = []
  private index = new Map<T, number>()
  private counts = new Map<T, number>()
  private documentCounts = new Map<T, number>()
  private documents = 0

  constructor(layout: VocabularyLayout<T>) {
    this.layout = layout
  }

  /** The place of the first unknown token. */
  get oovStart(): number {
    return this.layout.masked && this.layout.maskToken !== undefined ? 1 : 0
  }

  /** The place of the first token. */
  get start(): number {
    return this.oovStart + this.layout.numOovIndices
  }

  get size(): number {
    return this.start + this.tokens.length
  }

  /** The place of a token; undefined for an unknown one. */
  indexOf(token: T): number | undefined {
    return this.index.get(token)
  }

  /** The tokens of all places. */
  list(includeSpecialTokens: boolean): (T | undefined)[] {
    return includeSpecialTokens ? [...this.special(), ...this.tokens] : [...this.tokens]
  }

  /** Takes tokens in order, special ones in front or left out, and their weights. */
  set(given: readonly T[], weights: readonly number[] | undefined): void {
    const { where, weighted, maskToken, oovToken, invert } = this.layout
    if (given.length === 0) throw new ConfigError(`${where}: expected a vocabulary of at least one token, got []. Add tokens.`)
    if (weighted !== (weights !== undefined)) {
      const got = weighted ? 'none' : `${weights?.length} of them`
      throw new ConfigError(`${where}: expected idfWeights with a vocabulary for outputMode 'tf_idf', and only then, got ${got}. Change one of them.`)
    }
    if (weights !== undefined) listOf(where, 'idfWeights', weights, (weight) => numberWithin(where, 'every one of idfWeights', weight), given.length)
    const special = this.special()
    const found = special.length <= given.length && special.every((token, i) => token === given[i])
    const tokens = found ? given.slice(special.length) : given
    const seen = new Set<T>()
    for (const token of tokens) {
      if (seen.has(token)) throw new ConfigError(`${where}: expected every token of the vocabulary once, got '${token}' twice. Leave out the second.`)
      if ((maskToken !== undefined && token === maskToken) || (invert && oovToken !== undefined && token === oovToken)) {
        const order = special.map((own) => `'${own}'`).join(', ')
        throw new ConfigError(
          `${where}: expected special tokens at the start of the vocabulary (${order}) or nowhere, got '${token}' among the others. Move or remove it.`,
        )
      }
      seen.add(token)
    }
    this.take(tokens)
    if (weights === undefined) return
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length
    this.weights = found ? [...weights] : [...special.map(() => mean), ...weights]
  }

  /** Counts the tokens of documents. */
  count(documents: readonly (readonly T[])[]): void {
    for (const document of documents) {
      for (const token of document) add(this.counts, token)
      if (this.layout.weighted) for (const token of new Set(document)) add(this.documentCounts, token)
      this.documents++
    }
  }

  /** Takes what was counted since {@link forget}: the most frequent tokens first, of equals the later in their order. */
  finish(): void {
    const { maskToken, oovToken, maxTokens, weighted } = this.layout
    if (this.counts.size === 0) return
    const counted = [...this.counts].filter(([token]) => token !== maskToken && token !== oovToken)
    counted.sort(([a, m], [b, n]) => n - m || compareTokens(b, a))
    const kept = counted.slice(0, maxTokens === undefined ? undefined : Math.max(0, maxTokens - this.start))
    this.take(kept.map(([token]) => token))
    if (weighted) {
      const weights = kept.map(([token]) => Math.log(1 + this.documents / (1 + (this.documentCounts.get(token) ?? 0))))
      const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length
      this.weights = [...this.special().map(() => mean), ...weights]
    }
    this.forget()
  }

  /** Gives up what was counted. */
  forget(): void {
    this.counts = new Map()
    this.documentCounts = new Map()
    this.documents = 0
  }

  private special(): (T | undefined)[] {
    const { maskToken, oovToken, numOovIndices } = this.layout
    return [...(this.oovStart === 1 ? [maskToken] : []), ...Array.from({ length: numOovIndices }, () => oovToken)]
  }

  private take(tokens: readonly T[]): void {
    const { where, maxTokens } = this.layout
    if (maxTokens !== undefined && this.start + tokens.length > maxTokens) {
      const size = this.start + tokens.length
      throw new ConfigError(
        `${where}: expected a vocabulary of at most ${maxTokens} tokens (maxTokens, special ones included), got ${size}. Leave some out.`,
      )
    }
    this.tokens = [...tokens]
    this.index = new Map(tokens.map((token, i) => [token, this.start + i]))
  }
}

const add = <T>(counts: Map<T, number>, token: T): void => {
  counts.set(token, (counts.get(token) ?? 0) + 1)
}

/** Numbers by size, words by their UTF-8 bytes: by code points, which JavaScript's own order is not. */
function compareTokens(a: Token, b: Token): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [p, q] = [[...String(a)], [...String(b)]]
  const at = p.findIndex((letter, i) => letter !== q[i])
  return at === -1 ? p.length - q.length : (p[at]?.codePointAt(0) ?? 0) - (q[at]?.codePointAt(0) ?? -1)
}

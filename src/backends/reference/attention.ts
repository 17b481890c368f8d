// Scaled dot-product attention and its gradient, by the formula (Vaswani et al. 2017, §3.2). Computed in double precision, rounded once.

import type { Rules } from './rule.ts'
import { at, countOf, numbersOf, type ResolvedType, roundingOf, type Values } from './values.ts'

/** The numbers of one query of one head: where it starts, the key positions it may see, and the scores. */
interface Row {
  readonly query: number
  readonly row: number
  /** Where key (and value) j of this head starts, counted in vectors. */
  readonly vector: (j: number) => number
  /** scale · q·kⱼ + bias, −∞ where key j may not be seen. */
  readonly scores: readonly number[]
}

/**
 * `attention` and `attentionGradient`.
 *
 * Query head h reads key head ⌊h · kvHeads / heads⌋. Causal: query i sees keys j ≤ i + keyTime − time. A query that sees no key (or only biases
 * of −∞) gives 0 and a logSumExp of −∞, and passes no gradient.
 */
export const attention: Rules<'attention' | 'attentionGradient'> = {
  attention: (op, inputs, { types }) => {
    const [query, key, value] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)]
    const v = numbersOf(value)
    const size = at(value.shape, 3)
    const out = new Float64Array(countOf(at(types, 0).shape))
    const logSumExp = new Float64Array(countOf(at(types, 1).shape))
    forEachRow(op, [query, key, inputs[3]], ({ query: vector, row, vector: keyAt, scores }) => {
      const top = scores.reduce((most, score) => Math.max(most, score), -Infinity)
      logSumExp[row] = top
      if (top === -Infinity) return
      const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0)
      logSumExp[row] = top + Math.log(total)
      scores.forEach((score, j) => {
        if (score === -Infinity) return
        const weight = Math.exp(score - top) / total
        for (let d = 0; d < size; d++) add(out, vector * size + d, weight * at(v, keyAt(j) * size + d))
      })
    })
    return [rounded(at(types, 0), out), rounded(at(types, 1), logSumExp)]
  },

  /** From the weights of the scores: a logSumExp of large scores, rounded, is not exact enough to give them. */
  attentionGradient: (op, inputs, { types }) => {
    const [query, key, value] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)]
    const [q, k, v] = [numbersOf(query), numbersOf(key), numbersOf(value)]
    const [output, gradient] = [numbersOf(at(inputs, 3)), numbersOf(at(inputs, 5))]
    const [size, valueSize] = [at(key.shape, 3), at(value.shape, 3)]
    const [dq, dk, dv] = [new Float64Array(q.length), new Float64Array(k.length), new Float64Array(v.length)]
    forEachRow(op, [query, key, inputs[6]], ({ query: vector, vector: keyAt, scores }) => {
      const top = scores.reduce((most, score) => Math.max(most, score), -Infinity)
      if (top === -Infinity) return
      const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0)
      let mean = 0
      for (let d = 0; d < valueSize; d++) mean += at(output, vector * valueSize + d) * at(gradient, vector * valueSize + d)
      scores.forEach((score, j) => {
        if (score === -Infinity) return
        const weight = Math.exp(score - top) / total
        let slope = 0
        for (let d = 0; d < valueSize; d++) {
          const g = at(gradient, vector * valueSize + d)
          slope += g * at(v, keyAt(j) * valueSize + d)
          add(dv, keyAt(j) * valueSize + d, weight * g)
        }
        const scoreGradient = weight * (slope - mean) * op.scale
        for (let d = 0; d < size; d++) {
          add(dq, vector * size + d, scoreGradient * at(k, keyAt(j) * size + d))
          add(dk, keyAt(j) * size + d, scoreGradient * at(q, vector * size + d))
        }
      })
    })
    return [rounded(at(types, 0), dq), rounded(at(types, 1), dk), rounded(at(types, 2), dv)]
  },
}

function forEachRow(
  { scale, causal }: { readonly scale: number; readonly causal: boolean },
  [query, key, bias]: readonly [query: Values, key: Values, bias: Values | undefined],
  visit: (row: Row) => void,
): void {
  const [q, k] = [numbersOf(query), numbersOf(key)]
  const [batch, time, heads, size] = [at(query.shape, 0), at(query.shape, 1), at(query.shape, 2), at(query.shape, 3)]
  const [keyTime, kvHeads] = [at(key.shape, 1), at(key.shape, 2)]
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < time; i++) {
        const vector = (b * time + i) * heads + h
        const keyAt = (j: number) => (b * keyTime + j) * kvHeads + Math.floor((h * kvHeads) / heads)
        const scores = Array.from({ length: keyTime }, (_, j) => {
          if (causal && j > i + keyTime - time) return -Infinity
          let sum = 0
          for (let d = 0; d < size; d++) sum += at(q, vector * size + d) * at(k, keyAt(j) * size + d)
          return sum * scale + (bias === undefined ? 0 : biasAt(bias, b, h, i, j))
        })
        visit({ query: vector, row: (b * heads + h) * time + i, vector: keyAt, scores })
      }
}

function biasAt(bias: Values, b: number, h: number, i: number, j: number): number {
  const [batch, heads, time, keyTime] = [at(bias.shape, 0), at(bias.shape, 1), at(bias.shape, 2), at(bias.shape, 3)]
  return at(numbersOf(bias), (((batch === 1 ? 0 : b) * heads + (heads === 1 ? 0 : h)) * time + i) * keyTime + j)
}

function add(cells: Float64Array, position: number, value: number): void {
  cells[position] = at(cells, position) + value
}

const rounded = (type: ResolvedType, data: Float64Array): Values => ({ ...type, data: data.map(roundingOf(type.dtype)) })

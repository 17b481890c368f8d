// Scaled dot-product attention and its gradient in double precision, by the formula: the truth for the tests of the fused kernels.

export interface ReferenceSizes {
  readonly batch: number
  readonly time: number
  readonly keyTime: number
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly scale: number
  readonly causal: boolean
  /** The bias of batch b, head h, query i and key j. */
  readonly bias?: (b: number, h: number, i: number, j: number) => number
}

export interface ReferenceResult {
  readonly out: Float64Array
  readonly logSumExp: Float64Array
  readonly dq: Float64Array
  readonly dk: Float64Array
  readonly dv: Float64Array
}

/** Attends with contiguous `[batch, time, heads, headDim]` operands; gradients are those of `Σ out · outGradient`. */
export function referenceAttention(
  sizes: ReferenceSizes,
  q: ArrayLike<number>,
  k: ArrayLike<number>,
  v: ArrayLike<number>,
  outGradient: ArrayLike<number>,
): ReferenceResult {
  const { batch, time, keyTime, heads, kvHeads, headDim, scale, causal, bias } = sizes
  const out = new Float64Array(batch * time * heads * headDim)
  const dq = new Float64Array(out.length)
  const dk = new Float64Array(batch * keyTime * kvHeads * headDim)
  const dv = new Float64Array(dk.length)
  const logSumExp = new Float64Array(batch * heads * time)
  const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN
  const add = (values: Float64Array, index: number, value: number): void => {
    values[index] = at(values, index) + value
  }
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < time; i++) {
        const query = ((b * time + i) * heads + h) * headDim
        const keyAt = (j: number): number => ((b * keyTime + j) * kvHeads + Math.floor((h * kvHeads) / heads)) * headDim
        const scores = Array.from({ length: keyTime }, (_, j) => {
          if (causal && j > i + keyTime - time) return -Infinity
          let sum = 0
          for (let d = 0; d < headDim; d++) sum += at(q, query + d) * at(k, keyAt(j) + d)
          return sum * scale + (bias?.(b, h, i, j) ?? 0)
        })
        const top = scores.reduce((most, score) => Math.max(most, score), -Infinity)
        const row = (b * heads + h) * time + i
        logSumExp[row] = -Infinity
        if (top === -Infinity) continue
        const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0)
        logSumExp[row] = top + Math.log(total)
        const weights = scores.map((score) => Math.exp(score - top) / total)
        const slopes = weights.map((weight, j) => {
          let slope = 0
          for (let d = 0; d < headDim; d++) {
            add(out, query + d, weight * at(v, keyAt(j) + d))
            add(dv, keyAt(j) + d, weight * at(outGradient, query + d))
            slope += at(v, keyAt(j) + d) * at(outGradient, query + d)
          }
          return slope
        })
        const mean = slopes.reduce((sum, slope, j) => sum + slope * (weights[j] ?? 0), 0)
        weights.forEach((weight, j) => {
          const scoreGradient = weight * ((slopes[j] ?? 0) - mean) * scale
          for (let d = 0; d < headDim; d++) {
            add(dq, query + d, scoreGradient * at(k, keyAt(j) + d))
            add(dk, keyAt(j) + d, scoreGradient * at(q, query + d))
          }
        })
      }
  return { out, logSumExp, dq, dk, dv }
}

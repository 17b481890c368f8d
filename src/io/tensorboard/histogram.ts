// Distributions as TensorBoard shows them: counts between limits, and sums.

/** How numbers are distributed. */
export interface Histogram {
  readonly min: number
  readonly max: number
  readonly count: number
  readonly sum: number
  readonly sumOfSquares: number
  /** Upper end of each bucket. */
  readonly limits: readonly number[]
  readonly counts: readonly number[]
}

/** Counts finite numbers in `buckets` (default 30, as TensorBoard's own summaries) equal buckets between the smallest and the largest. */
export function histogramOf(values: ArrayLike<number>, buckets = 30): Histogram {
  let [min, max, sum, sumOfSquares, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0]
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i])
    if (!Number.isFinite(value)) continue
    min = Math.min(min, value)
    max = Math.max(max, value)
    sum += value
    sumOfSquares += value * value
    count++
  }
  if (count === 0) return { min: 0, max: 0, count, sum, sumOfSquares, limits: [0], counts: [0] }
  if (min === max) return { min, max, count, sum, sumOfSquares, limits: [max], counts: [count] }
  const width = (max - min) / buckets
  const counts = new Array<number>(buckets).fill(0)
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i])
    if (!Number.isFinite(value)) continue
    const bucket = Math.min(Math.floor((value - min) / width), buckets - 1)
    counts[bucket] = (counts[bucket] ?? 0) + 1
  }
  const limits = counts.map((_, i) => (i === buckets - 1 ? max : min + width * (i + 1)))
  return { min, max, count, sum, sumOfSquares, limits, counts }
}

// A small summary of many numbers from which their quantiles can be told: values in ascending order, each with the number of elements it stands
// for. Two summaries merge into one of about the same size, so that data can be seen batch by batch. In single precision, as Keras has it.

/** Ascending values and what each counts. */
export interface QuantileSummary {
  readonly values: readonly number[]
  readonly weights: readonly number[]
}

export const emptySummary: QuantileSummary = { values: [], weights: [] }

/** About 1 / epsilon values of `data`, equally far apart in its order. */
export function summarize(data: ArrayLike<number>, epsilon: number): QuantileSummary {
  const sorted = Float32Array.from(data).sort()
  const step = Math.max(sorted.length * epsilon, 1)
  const values: number[] = []
  for (let i = Math.floor(step - 1); i < sorted.length; i += Math.floor(step)) values.push(sorted[i] ?? 0)
  return { values, weights: values.map(() => Math.fround(step)) }
}

/** One summary of the data of two. */
export function mergeSummaries(a: QuantileSummary, b: QuantileSummary, epsilon: number): QuantileSummary {
  const weights = [...a.weights, ...b.weights]
  const pairs = [...a.values, ...b.values].map((value, i) => [value, weights[i] ?? 0] as const).sort(([x], [y]) => x - y)
  return compress({ values: pairs.map(([value]) => value), weights: pairs.map(([, weight]) => weight) }, epsilon)
}

/** The `bins` − 1 values that cut the data into bins of equal counts; fewer where there are not as many different places. */
export const binBoundariesOf = (summary: QuantileSummary, bins: number): number[] => compress(summary, 1 / bins).values.slice(0, -1)

function compress(summary: QuantileSummary, epsilon: number): QuantileSummary {
  if (summary.values.length * epsilon < 1) return summary
  let total = 0
  const sums = summary.weights.map((weight) => {
    total = Math.fround(total + weight)
    return total
  })
  const shares = sums.map((sum) => Math.fround(sum / total))
  const wanted = Array.from({ length: Math.ceil(1 / epsilon) }, (_, i) => epsilon + i * epsilon)
  const values = wanted.map((share) => Math.fround(interpolate(share, shares, summary.values)))
  const counts = wanted.map((share) => interpolate(share, shares, sums))
  return { values, weights: counts.map((count, i) => Math.fround(count - (counts[i - 1] ?? 0))) }
}

/** The value at x of the line through points with ascending xs; constant beyond them. */
function interpolate(x: number, xs: readonly number[], ys: readonly number[]): number {
  const after = xs.findIndex((at) => at > x)
  if (after === 0) return ys[0] ?? 0
  if (after === -1) return ys.at(-1) ?? 0
  const [x0 = 0, x1 = 0, y0 = 0, y1 = 0] = [xs[after - 1], xs[after], ys[after - 1], ys[after]]
  return y0 + ((y1 - y0) / (x1 - x0)) * (x - x0)
}

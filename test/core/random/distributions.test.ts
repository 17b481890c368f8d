import assert from 'node:assert/strict'
import test from 'node:test'
import { currentDevice, erf, grad, jit, numbersOf, random, sum, tensor, type Tensor, vmap } from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()
const on = `on ${currentDevice().name}`
const count = 4000
const key = random.key(20261125)

const numbers = (x: Tensor): number[] => Array.from(numbersOf(x.storageSync()))
const erfOf = (values: readonly number[]): number[] => numbers(erf(tensor(Float64Array.from(values), [values.length])))

/** Kolmogorov and Smirnov's distance between draws and a distribution stays below the one that 1 in 1000 samples exceeds. */
function assertDistribution(draws: Tensor, distribution: (sorted: readonly number[]) => readonly number[]): void {
  const sorted = numbers(draws).sort((a, b) => a - b)
  const wanted = distribution(sorted)
  const distance = Math.max(...wanted.map((p, i) => Math.max(Math.abs((i + 1) / sorted.length - p), Math.abs(i / sorted.length - p))))
  assert.ok(distance < 1.95 / Math.sqrt(sorted.length), `distance ${distance} of ${sorted.length} draws`)
}

/** Means and variances within four standard errors (the variance's by the fourth moment of the draws). */
function assertMoments(draws: Tensor, mean: number, variance: number): void {
  const values = numbers(draws)
  const n = values.length
  const found = values.reduce((a, b) => a + b, 0) / n
  const moment = (order: number): number => values.reduce((a, b) => a + (b - found) ** order, 0) / n
  assert.ok(Math.abs(found - mean) <= 4 * Math.sqrt(variance / n), `mean ${found}, expected ${mean}`)
  assert.ok(Math.abs(moment(2) - variance) <= 4 * Math.sqrt((moment(4) - moment(2) ** 2) / n), `variance ${moment(2)}, expected ${variance}`)
}

const each =
  (fn: (x: number) => number) =>
  (values: readonly number[]): number[] =>
    values.map(fn)
const normalOf = (mean: number, stddev: number) => (values: readonly number[]) =>
  erfOf(values.map((x) => (x - mean) / stddev / Math.SQRT2)).map((e) => (1 + e) / 2)

test(`uniform and normal draws have their distributions ${on}`, () => {
  assertDistribution(
    random.uniform(key, [count], { minval: -2, maxval: 3 }),
    each((x) => (x + 2) / 5),
  )
  assertDistribution(random.normal(key, [count], { mean: 1, stddev: 2 }), normalOf(1, 2))
  const edge = 0.954499736
  assertDistribution(random.truncatedNormal(key, [count], { mean: 1, stddev: 2 }), (values) =>
    normalOf(1, 2)(values).map((p) => (2 * p - 1 + edge) / 2 / edge),
  )
})

test(`gamma draws have their distributions, for small parameters, too ${on}`, () => {
  assertDistribution(
    random.gamma(key, [count], 1),
    each((x) => -Math.expm1(-x)),
  )
  assertDistribution(
    random.gamma(key, [count], 2),
    each((x) => 1 - (1 + x) * Math.exp(-x)),
  )
  assertDistribution(random.gamma(key, [count], 0.5), (values) => erfOf(values.map(Math.sqrt)))
  assertMoments(random.gamma(key, [count], 0.1), 0.1, 0.1)
  assertMoments(random.gamma(key, [count], 200), 200, 200)
})

test(`beta draws have their distributions, for small parameters, too ${on}`, () => {
  assertDistribution(
    random.beta(key, [count], 2, 3),
    each((x) => x * x * (6 - 8 * x + 3 * x * x)),
  )
  assertDistribution(
    random.beta(key, [count], 0.5, 0.5),
    each((x) => (2 / Math.PI) * Math.asin(Math.sqrt(x))),
  )
  assertMoments(random.beta(key, [count], 0.01, 0.03), 0.25, (0.25 * 0.75) / 1.04)
})

/** P(X ≤ k), which is what the share of draws up to k is compared with. */
function binomialOf(n: number, p: number): number[] {
  const shares = [(1 - p) ** n]
  for (let k = 1; k <= n; k++) shares.push((shares[k - 1] ?? 0) * ((n - k + 1) / k) * (p / (1 - p)))
  let total = 0
  return shares.map((share) => (total += share))
}

test(`binomial draws have their distributions, by either method ${on}`, () => {
  for (const [n, p] of [
    [10, 0.3],
    [60, 0.4],
    [40, 0.95],
    [200, 0.9],
  ] as const) {
    const draws = numbers(random.binomial(key, [count], n, p))
    binomialOf(n, p).forEach((wanted, k) => {
      const share = draws.filter((x) => x <= k).length / count
      assert.ok(Math.abs(share - wanted) < 1.95 / Math.sqrt(count), `P(X <= ${k}) of ${n} trials of ${p}: ${share}, expected ${wanted}`)
    })
    assertMoments(tensor(draws), n * p, n * p * (1 - p))
  }
  assertMoments(random.binomial(key, [count], 1_000_000, 0.3), 300_000, 210_000)
  assert.deepEqual(new Set(numbers(random.binomial(key, [50], 7, 1))), new Set([7]))
  assert.deepEqual(new Set(numbers(random.binomial(key, [50], 7, 0))), new Set([0]))
})

test(`randint draws whole numbers evenly, over large spans, too ${on}`, () => {
  const draws = numbers(random.randint(key, [count], -2, 3))
  assert.deepEqual(
    [...new Set(draws)].sort((a, b) => a - b),
    [-2, -1, 0, 1, 2],
  )
  assertMoments(random.randint(key, [count], -2, 3), 0, 2)
  assertDistribution(
    random.randint(key, [count], 0, 2 ** 31 - 1),
    each((x) => x / 2 ** 31),
  )
  assertDistribution(
    random.randint(key, [count], 0, 3_000_000),
    each((x) => x / 3_000_000),
  )
})

test(`rejection works in a compiled function, for many parameters at once and under vmap ${on}`, () => {
  const draw = jit((from: Tensor, alpha: Tensor): Tensor => random.gamma(from, [3, 1000], alpha))
  const alpha = tensor([[0.5], [4], [30]])
  const rows = draw(key, alpha)
  for (const [i, a] of [0.5, 4, 30].entries()) assertMoments(rows.slice([i, 0], [1, 1000]), a, a)
  assert.deepEqual(numbers(rows), numbers(random.gamma(key, [3, 1000], alpha)))
  const [a, b] = random.split(key)
  assert.ok(a !== undefined && b !== undefined)
  const pair = vmap((from: Tensor): Tensor => random.gamma(from, [5], 2))(tensor([...numbers(a), ...numbers(b)], [2, 2], { dtype: 'u32' }))
  assert.deepEqual(numbers(pair).slice(0, 5).map(Math.fround), numbers(random.gamma(a, [5], 2)).map(Math.fround))
})

test(`parameters of rejection get no gradient, and those out of range give NaN ${on}`, () => {
  const slope = grad((alpha: Tensor): Tensor => sum(random.gamma(key, [2], alpha).multiply(alpha)))(tensor([1, 2]))
  assert.deepEqual(numbers(slope).map(Math.fround), numbers(random.gamma(key, [2], tensor([1, 2]))).map(Math.fround))
  assert.ok(numbers(random.gamma(key, [2], tensor([-1, 0]))).every(Number.isNaN))
  assert.ok(numbers(random.binomial(key, [2], 5, tensor([-0.1, 1.5]))).every(Number.isNaN))
})

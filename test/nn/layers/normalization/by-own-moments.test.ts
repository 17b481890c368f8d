import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grad, jvp, mean, random, rsqrt, type Tensor, variance } from '../../../../src/index.ts'
import { byOwnMoments } from '../../../../src/nn/layers/normalization/by-own-moments.ts'

type Formula = (values: Tensor, scale: Tensor, offset: Tensor) => Tensor

const x: Tensor = random.normal(random.key(1), [6, 5, 3])
const gamma: Tensor = random.normal(random.key(2), [3])
const beta: Tensor = random.normal(random.key(3), [3])
const weights: Tensor = random.normal(random.key(4), [6, 5, 3])

const closed: Formula = (values, scale, offset) => byOwnMoments(values, { axis: 2, epsilon: 0.01, gamma: scale, beta: offset })
const chained: Formula = (values, scale, offset) => {
  const centred: Tensor = values.subtract(mean<readonly number[], readonly number[]>(values, [0, 1]))
  const spread: Tensor = variance<readonly number[], readonly number[]>(values, [0, 1])
  return centred
    .multiply(rsqrt(spread.add(0.01)))
    .multiply(scale)
    .add(offset)
}

const weighted =
  (f: Formula): Formula =>
  (values, scale, offset) =>
    f(values, scale, offset).tanh().multiply(weights).sum()

/** The gradients by all three. */
const gradients = (f: Formula): readonly Tensor[] => {
  const by = (position: number): Tensor => {
    const given = [x, gamma, beta]
    return grad((t: Tensor) => f(...replaced(given, position, t)))(given[position] ?? x)
  }
  return [by(0), by(1), by(2)]
}

function replaced(given: readonly Tensor[], position: number, t: Tensor): [Tensor, Tensor, Tensor] {
  const at = (i: number): Tensor => (i === position ? t : (given[i] ?? x))
  return [at(0), at(1), at(2)]
}

async function assertNear(a: Tensor, b: Tensor): Promise<void> {
  const [left, right] = [Array.from(await a.data(), Number), Array.from(await b.data(), Number)]
  const most = Math.max(...right.map(Math.abs))
  left.forEach((value, i) => {
    assert.ok(Math.abs(value - (right[i] ?? Number.NaN)) <= 5e-6 * most, `element ${i}: expected ${right[i]}, got ${value}`)
  })
}

async function assertAllNear(ours: readonly Tensor[], chain: readonly Tensor[]): Promise<void> {
  assert.equal(ours.length, chain.length)
  for (const [i, t] of ours.entries()) await assertNear(t, chain[i] ?? x)
}

test('normalisation by own moments: values and gradients are those of the chain of operations', async () => {
  await assertNear(closed(x, gamma, beta), chained(x, gamma, beta))
  await assertAllNear(gradients(weighted(closed)), gradients(weighted(chained)))
})

test('normalisation by own moments: derivatives of gradients, and in a direction, are those of the chain of operations', async () => {
  const penalty =
    (f: Formula): Formula =>
    (values, scale, offset) =>
      grad((t: Tensor) => weighted(f)(t, scale, offset))(values)
        .square()
        .sum()
  await assertAllNear(gradients(penalty(closed)), gradients(penalty(chained)))
  const along = (f: Formula): Tensor => jvp(f, [x, gamma, beta], [weights, beta, gamma])[1]
  await assertNear(along(closed), along(chained))
})

test('normalisation by own moments: gamma and beta are left out where they are', async () => {
  const [ones, zeros] = [gamma.multiply(0).add(1), gamma.multiply(0)]
  await assertNear(byOwnMoments(x, { axis: 2, epsilon: 0.01 }), chained(x, ones, zeros))
  await assertNear(byOwnMoments(x, { axis: 2, epsilon: 0.01, beta }), chained(x, ones, beta))
  const plain = (values: Tensor): Tensor => byOwnMoments(values, { axis: 2, epsilon: 0.01, gamma }).multiply(weights).sum()
  await assertNear(grad(plain)(x), grad((values: Tensor) => chained(values, gamma, beta).multiply(weights).sum())(x))
})

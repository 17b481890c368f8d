// The two faces of tensors: every method is also a function, and both describe the same graph.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as core from '../../src/core/index.ts'
import { random, Tensor, tensor } from '../../src/index.ts'

/** Methods that read or hand over numbers instead of making tensors. */
const reading = new Set(['constructor', 'toString', 'settle', 'storageSync', 'storage', 'data', 'dataSync', 'item', 'itemSync', 'array', 'toArray'])

const methods = Object.entries(Object.getOwnPropertyDescriptors(Tensor.prototype))
  .filter(([name, { value }]) => typeof value === 'function' && !reading.has(name))
  .map(([name]) => name)

test('tensor: every method that makes a tensor is also a function of that name', () => {
  const functions = Object.keys(core)
  assert.deepEqual(
    methods.filter((name) => !functions.includes(name)),
    [],
  )
})

const x: Tensor = random.normal(random.key(1), [4, 6])
const positive: Tensor = x.abs().add(0.5)
const flags: Tensor = x.greater(0)
const indices: Tensor = tensor(new Int32Array([2, 0]), [2])

/** Both faces of each method, on the same arguments. */
const pairs: Readonly<Record<string, readonly [method: () => Tensor | readonly Tensor[], fn: () => Tensor | readonly Tensor[]]>> = {
  add: [() => x.add(positive), () => core.add(x, positive)],
  subtract: [() => x.subtract(2), () => core.subtract(x, 2)],
  multiply: [() => x.multiply(positive), () => core.multiply(x, positive)],
  divide: [() => x.divide(positive), () => core.divide(x, positive)],
  power: [() => positive.power(1.5), () => core.power(positive, 1.5)],
  maximum: [() => x.maximum(0.1), () => core.maximum(x, 0.1)],
  minimum: [() => x.minimum(0.1), () => core.minimum(x, 0.1)],
  remainder: [() => x.remainder(0.3), () => core.remainder(x, 0.3)],
  equal: [() => x.equal(x), () => core.equal(x, x)],
  notEqual: [() => x.notEqual(positive), () => core.notEqual(x, positive)],
  less: [() => x.less(0), () => core.less(x, 0)],
  lessEqual: [() => x.lessEqual(0), () => core.lessEqual(x, 0)],
  greater: [() => x.greater(0), () => core.greater(x, 0)],
  greaterEqual: [() => x.greaterEqual(0), () => core.greaterEqual(x, 0)],
  logicalAnd: [() => flags.logicalAnd(flags), () => core.logicalAnd(flags, flags)],
  logicalOr: [() => flags.logicalOr(flags), () => core.logicalOr(flags, flags)],
  logicalNot: [() => flags.logicalNot(), () => core.logicalNot(flags)],
  negate: [() => x.negate(), () => core.negate(x)],
  abs: [() => x.abs(), () => core.abs(x)],
  sign: [() => x.sign(), () => core.sign(x)],
  exp: [() => x.exp(), () => core.exp(x)],
  expm1: [() => x.expm1(), () => core.expm1(x)],
  log: [() => positive.log(), () => core.log(positive)],
  log1p: [() => positive.log1p(), () => core.log1p(positive)],
  sqrt: [() => positive.sqrt(), () => core.sqrt(positive)],
  rsqrt: [() => positive.rsqrt(), () => core.rsqrt(positive)],
  square: [() => x.square(), () => core.square(x)],
  reciprocal: [() => positive.reciprocal(), () => core.reciprocal(positive)],
  sin: [() => x.sin(), () => core.sin(x)],
  cos: [() => x.cos(), () => core.cos(x)],
  tanh: [() => x.tanh(), () => core.tanh(x)],
  erf: [() => x.erf(), () => core.erf(x)],
  sigmoid: [() => x.sigmoid(), () => core.sigmoid(x)],
  softplus: [() => x.softplus(), () => core.softplus(x)],
  relu: [() => x.relu(), () => core.relu(x)],
  floor: [() => x.floor(), () => core.floor(x)],
  ceil: [() => x.ceil(), () => core.ceil(x)],
  round: [() => x.round(), () => core.round(x)],
  stopGradient: [() => x.stopGradient(), () => core.stopGradient(x)],
  clip: [() => x.clip(-1, 1), () => core.clip(x, -1, 1)],
  where: [() => flags.where(x, 0), () => core.where(flags, x, 0)],
  cast: [() => x.cast('i32'), () => core.cast(x, 'i32')],
  reshape: [() => x.reshape([3, 8]), () => core.reshape(x, [3, 8])],
  permute: [() => x.permute([1, 0]), () => core.permute(x, [1, 0])],
  transpose: [() => x.transpose(), () => core.transpose(x)],
  expandDims: [() => x.expandDims(1), () => core.expandDims(x, 1)],
  squeeze: [() => x.expandDims(0).squeeze(0), () => core.squeeze(core.expandDims(x, 0), 0)],
  broadcastTo: [() => x.broadcastTo([2, 4, 6]), () => core.broadcastTo(x, [2, 4, 6])],
  slice: [() => x.slice([1, 2], [2, 3]), () => core.slice(x, [1, 2], [2, 3])],
  pad: [
    () =>
      x.pad(
        [
          [1, 0],
          [0, 2],
        ],
        { value: 3 },
      ),
    () =>
      core.pad(
        x,
        [
          [1, 0],
          [0, 2],
        ],
        { value: 3 },
      ),
  ],
  flip: [() => x.flip(1), () => core.flip(x, 1)],
  split: [() => x.split(2), () => core.split(x, 2)],
  tile: [() => x.tile([2, 1]), () => core.tile(x, [2, 1])],
  gather: [() => x.gather(indices, 1), () => core.gather(x, indices, 1)],
  takeAlongAxis: [() => x.takeAlongAxis(x.argsort()), () => core.takeAlongAxis(x, core.argsort(x))],
  oneHot: [() => indices.oneHot(3), () => core.oneHot(indices, 3)],
  sort: [() => x.sort(0), () => core.sort(x, 0)],
  argsort: [() => x.argsort(-1, { descending: true }), () => core.argsort(x, -1, { descending: true })],
  topK: [() => Object.values(x.topK(2)), () => Object.values(core.topK(x, 2))],
  tril: [() => x.tril(1), () => core.tril(x, 1)],
  triu: [() => x.triu(), () => core.triu(x)],
  sum: [() => x.sum(0), () => core.sum(x, 0)],
  mean: [() => x.mean(-1, { keepDims: true }), () => core.mean(x, -1, { keepDims: true })],
  max: [() => x.max(), () => core.max(x)],
  min: [() => x.min(1), () => core.min(x, 1)],
  prod: [() => x.prod(1), () => core.prod(x, 1)],
  any: [() => flags.any(1), () => core.any(flags, 1)],
  all: [() => flags.all(1), () => core.all(flags, 1)],
  logSumExp: [() => x.logSumExp(1), () => core.logSumExp(x, 1)],
  variance: [() => x.variance(1), () => core.variance(x, 1)],
  std: [() => x.std(1), () => core.std(x, 1)],
  argmax: [() => x.argmax(1), () => core.argmax(x, 1)],
  argmin: [() => x.argmin(1), () => core.argmin(x, 1)],
  cumsum: [() => x.cumsum(1), () => core.cumsum(x, 1)],
  cumprod: [() => x.cumprod(1), () => core.cumprod(x, 1)],
  softmax: [() => x.softmax(), () => core.softmax(x)],
  logSoftmax: [() => x.logSoftmax(), () => core.logSoftmax(x)],
  matmul: [() => x.matmul(x.transpose()), () => core.matmul(x, core.transpose(x))],
}

test('tensor: the list of pairs names every method', () => {
  assert.deepEqual(Object.keys(pairs).sort(), [...methods].sort())
})

for (const [name, [method, fn]] of Object.entries(pairs)) {
  test(`tensor: x.${name}(…) and ${name}(x, …) agree`, () => {
    const list = (result: Tensor | readonly Tensor[]): readonly Tensor[] => (result instanceof Tensor ? [result] : result)
    const [a, b] = [list(method()), list(fn())]
    assert.equal(a.length, b.length)
    core.evaluate([...a, ...b])
    a.forEach((t, i) => {
      assert.equal(t.dtype, b[i]?.dtype)
      assert.deepEqual(t.toArray(), b[i]?.toArray())
    })
  })
}

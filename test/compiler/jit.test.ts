// jit: one program per combination of structures and shapes, donated buffers, sizes bound at run time.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { currentDevice, dimension, grad, jit, random, scan, Tensor, tensor, type Tree, zeros } from '../../src/index.ts'

test('jit: gives what the function gives, for trees of tensors', () => {
  const fn = ({ a, b }: { a: Tensor; b: readonly Tensor[] }): { sum: Tensor; product: Tensor } => ({
    sum: b.reduce<Tensor>((x, y) => x.add(y), a),
    product: b.reduce<Tensor>((x, y) => x.multiply(y), a),
  })
  const args = { a: tensor([1, 2]), b: [tensor([3, 4]), tensor([5, 6])] }
  const { sum, product } = jit(fn)(args)
  assert.deepEqual(sum.toArray(), [9, 12])
  assert.deepEqual(product.toArray(), [15, 48])
})

test('jit: compiles once per shape and dtype, and runs the function only then', () => {
  let traced = 0
  const double = jit((x: Tensor): Tensor => {
    traced++
    return x.multiply(2)
  })
  assert.deepEqual(double(tensor([1, 2])).toArray(), [2, 4])
  assert.deepEqual(double(tensor([3, 4])).toArray(), [6, 8])
  assert.equal(traced, 1)
  assert.deepEqual(double(tensor([5])).toArray(), [10])
  assert.equal(double(tensor(new Int32Array([7]))).dtype, 'i32')
  assert.equal(traced, 3)
  assert.equal(double.programs, 3)
})

test('jit: computes arguments that are still a graph', () => {
  const x: Tensor = tensor([1, 2]).add(1)
  assert.deepEqual(jit((y: Tensor): Tensor => y.square())(x).toArray(), [4, 9])
})

test('jit: keeps tensors that the function reads from outside', () => {
  const outside = tensor([10, 20])
  const add = jit((x: Tensor): Tensor => x.add(outside))
  assert.deepEqual(add(tensor([1, 2])).toArray(), [11, 22])
  assert.deepEqual(add(tensor([3, 4])).toArray(), [13, 24])
})

test('jit: gives the buffer of a donated argument to the result, and says so when the argument is read', () => {
  const step = jit((w: Tensor, x: Tensor): Tensor => w.subtract(x), { donate: [0] })
  const w = tensor([5, 6, 7])
  const before = w.node.storage?.bytes
  const next = step(w, tensor([1, 1, 1]))
  assert.deepEqual(next.toArray(), [4, 5, 6])
  // Other devices hold what they donate in memory of their own.
  if (currentDevice().name === 'native') assert.equal(next.node.storage?.bytes, before)
  assert.throws(() => w.toArray(), /buffer was donated/)
})

test('jit: copies a donated buffer that is passed a second time', () => {
  const step = jit((w: Tensor, x: Tensor): [Tensor, Tensor] => [w.add(1), x.add(w)], { donate: [0] })
  const w = tensor([1, 2])
  const [a, b] = step(w, w)
  assert.deepEqual(a.toArray(), [2, 3])
  assert.deepEqual(b.toArray(), [2, 4])
})

test('jit: results that are arguments, constants or each other have buffers of their own', () => {
  const fn = jit((x: Tensor): Tensor[] => {
    const y: Tensor = x.add(1)
    return [x, y, y, zeros([2])]
  })
  const x = tensor([1, 2])
  const results = fn(x)
  assert.deepEqual(
    results.map((r) => r.toArray()),
    [
      [1, 2],
      [2, 3],
      [2, 3],
      [0, 0],
    ],
  )
  const buffers = new Set([x, ...results].map((r) => r.node.storage?.bytes))
  assert.equal(buffers.size, 5)
})

test('jit: a dynamic axis takes any size up to its maximum without compiling anew', () => {
  const batch = dimension('batch', { max: 40 })
  const layer = jit((w: Tensor, x: Tensor): Tensor => x.matmul(w).add(1).relu().sum(0), { dynamic: { 1: { 0: batch } } })
  const w = random.normal(random.key(1), [7, 5])
  for (const size of [1, 3, 16, 33, 40]) {
    const x = random.normal(random.key(size), [size, 7])
    const expected = x.matmul(w).add(1).relu().sum(0).dataSync()
    const received = layer(w, x).dataSync()
    for (let i = 0; i < 5; i++) assert.ok(Math.abs(Number(expected[i]) - Number(received[i])) < 1e-4, `size ${size}, element ${i}`)
  }
  assert.equal(layer.programs, 1)
  assert.throws(() => layer(w, zeros([41, 7])), /at most 40, got 41/)
})

test('jit: inputs that share a dynamic size must agree', () => {
  const batch = dimension('batch', { max: 8 })
  const fn = jit((x: Tensor, y: Tensor): Tensor => x.add(y), { dynamic: { 0: { 0: batch }, 1: { 0: batch } } })
  assert.deepEqual(fn(tensor([1, 2]), tensor([3, 4])).toArray(), [4, 6])
  assert.throws(() => fn(tensor([1, 2]), tensor([3, 4, 5])), /one value for size 'batch'/)
})

test('jit: runs off the event loop and gives the same', async () => {
  const fn = jit((x: Tensor): Tensor => x.matmul(x).sum())
  const x = random.normal(random.key(3), [300, 300])
  const first = await fn.async(x)
  assert.equal(await first.item(), fn(x).itemSync())
})

test('jit: two asynchronous runs of one program at once do not disturb each other', async () => {
  const fn = jit((x: Tensor): Tensor => x.matmul(x).sum())
  const xs = [1, 2, 3, 4].map((i) => random.normal(random.key(i), [200, 200]))
  const together = await Promise.all(xs.map((x) => fn.async(x)))
  xs.forEach((x, i) => {
    assert.equal(together[i]?.itemSync(), fn(x).itemSync())
  })
})

test('jit: a value of a function that is being traced cannot be read', () => {
  const fn = jit((x: Tensor): Tensor => x.multiply(x.sum().itemSync()))
  assert.throws(() => fn(tensor([1, 2])), /being traced/)
})

test('jit: a gradient inside is part of the one program', () => {
  const step = jit((w: Tensor, x: Tensor): Tensor => w.subtract(grad((v: Tensor): Tensor => v.multiply(x).square().sum())(w).multiply(0.1)), {
    donate: [0],
  })
  const next = step(tensor([1, 2]), tensor([1, 1]))
  assert.deepEqual(next.toArray(), [0.8, 1.6].map(Math.fround))
})

test('jit: loops over steps whose size is bound at run time, and their gradients', () => {
  const fn = (x: Tensor): Tensor => {
    const tensorOf = (tree: Tree): Tensor => {
      if (tree instanceof Tensor) return tree
      throw new TypeError('expected one tensor a step')
    }
    const [, squares] = scan((carry: Tensor, row) => [carry.add(tensorOf(row)), carry.square()], x.sum(0).multiply(0), x)
    return tensorOf(squares).sum()
  }
  const both = jit((x: Tensor): [Tensor, Tensor] => [fn(x), grad(fn)(x)], { dynamic: { 0: { 1: dimension('batch', { max: 6 }) } } })
  for (const size of [1, 4, 6]) {
    const x = random.normal(random.key(size), [5, size])
    const [value, gradient] = both(x)
    assert.ok(Math.abs(value.itemSync() - fn(x).itemSync()) < 1e-4)
    assert.ok(Math.abs(gradient.sum().itemSync() - grad(fn)(x).sum().itemSync()) < 1e-3)
  }
  assert.equal(both.programs, 1)
})

test('jit: compile makes the program ready without running it', () => {
  let traced = 0
  const fn = jit((x: Tensor): Tensor => {
    traced++
    return x.add(1)
  })
  const x = tensor([1, 2])
  fn.compile(x)
  assert.equal(fn.programs, 1)
  assert.deepEqual(fn(x).toArray(), [2, 3])
  assert.equal(traced, 1)
})

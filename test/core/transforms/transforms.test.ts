// The transformations of functions: what they return, how they compose, what they refuse.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jit } from '../../../src/compiler/index.ts'
import { topologicalOrder } from '../../../src/core/graph.ts'
import {
  checkpoint,
  customGradient,
  dimension,
  grad,
  hessian,
  jacobian,
  jvp,
  matmul,
  maximum,
  ones,
  random,
  relu,
  scan,
  split,
  stack,
  stopGradient,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  vmap,
  whileLoop,
} from '../../../src/core/index.ts'
import { assertClose } from '../finite-differences.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

const list = (t: Tensor): number[] => Array.from(t.dataSync(), Number)
const f64 = { dtype: 'f64' } as const
const cube = (x: Tensor): Tensor => x.multiply(x).multiply(x).sum()

test('grad: gives a tree of the type of its argument', () => {
  const loss = (p: { w: Tensor; b: readonly [Tensor, Tensor] }, x: Tensor) => x.multiply(p.w).add(p.b[0]).add(p.b[1].multiply(2)).sum()
  const gradient = grad(loss)({ w: tensor([1, 2]), b: [tensor([3, 4]), tensor([5, 6])] }, tensor([7, 8]))
  const [first, second] = gradient.b
  assert.deepEqual(
    [list(gradient.w), list(first), list(second)],
    [
      [7, 8],
      [1, 1],
      [2, 2],
    ],
  )
})

test('grad: differentiates the argument that is named, or several', () => {
  const product = (x: Tensor, y: Tensor) => x.multiply(y).sum()
  const [x, y] = [tensor([1, 2]), tensor([3, 4])]
  assert.deepEqual(list(grad(product, { argument: 1 })(x, y)), [1, 2])
  const [gx, gy] = grad(product, { argument: [0, 1] })(x, y)
  assert.deepEqual(
    [list(gx), list(gy)],
    [
      [3, 4],
      [1, 2],
    ],
  )
})

test('grad: keeps one tensor given as two arguments apart', () => {
  const x = tensor([1, 2])
  assert.deepEqual(list(grad((a: Tensor, b: Tensor) => a.multiply(a).multiply(b).sum())(x, x)), [2, 8])
})

test('grad: takes what the function closes over as constant, even where it was made from the argument', () => {
  const x = tensor([1, 2])
  const doubled = x.multiply(2)
  assert.deepEqual(list(grad((a: Tensor) => a.multiply(doubled).sum())(x)), [2, 4])
})

test('grad: is zero for an argument that the result does not depend on', () => {
  assert.deepEqual(list(grad((_x: Tensor, y: Tensor) => y.sum())(tensor([1, 2]), tensor([3]))), [0, 0])
})

test('grad: passes through a tensor that is read on the way', () => {
  const gradient = grad((x: Tensor) => {
    const y = x.multiply(3)
    assert.deepEqual(list(y), [3, 6])
    assert.deepEqual(list(x), [1, 2])
    return y.multiply(x).sum()
  })
  assert.deepEqual(list(gradient(tensor([1, 2]))), [6, 12])
})

test('grad: refuses a result that is not a scalar, naming its shape', () => {
  assert.throws(() => grad((x: Tensor) => x.multiply(2))(tensor([1, 2])), {
    name: 'ShapeError',
    message: 'grad: expected a function with a scalar floating-point result, got f32 [2]. Reduce it with sum() or mean().',
  })
})

test('grad: refuses an argument of integers, and one that is missing', () => {
  assert.throws(() => grad((x: Tensor) => x.cast('f32').sum())(tensor([1], [1], { dtype: 'i32' })), {
    name: 'DTypeError',
    message: 'grad: expected floating-point tensors in argument 0, got Tensor i32 [1]. Cast it, or pass it as another argument.',
  })
  assert.throws(() => grad((x: Tensor) => x.sum(), { argument: 2 })(tensor([1])), /grad: expected an argument at position 2, got 1 arguments/)
})

test('grad: goes through a chain deeper than the stack of JavaScript', () => {
  const gradient = grad((x: Tensor) => {
    let y = x
    for (let i = 0; i < 20_000; i++) y = y.negate()
    return y
  })(tensor(1, []))
  assert.equal(topologicalOrder([gradient.node]).length < 50_000, true)
})

test('grad: the slope of relu at 0 is 0, equal tensors share a maximum, equal elements share a reduction', () => {
  assert.deepEqual(list(grad((x: Tensor) => relu(x).sum())(tensor([-1, 0, 2]))), [0, 0, 1])
  assert.deepEqual(list(grad((x: Tensor) => maximum(x, 0).sum())(tensor([-1, 0, 2]))), [0, 0, 1])
  assert.deepEqual(list(grad((x: Tensor) => maximum(x, tensor([1, 1])).sum())(tensor([1, 2]))), [0.5, 1])
  assert.deepEqual(list(grad((x: Tensor) => x.max())(tensor([1, 4, 4, 2]))), [0, 0.5, 0.5, 0])
})

test('grad: powers of zero have finite slopes', () => {
  const slopes = grad((x: Tensor, n: Tensor) => x.power(n).sum(), { argument: [0, 1] })
  const [gx, gn] = slopes(tensor([0, 0, 0]), tensor([0, 1, 2]))
  assert.deepEqual(
    [list(gx), list(gn)],
    [
      [0, 1, 0],
      [0, 0, 0],
    ],
  )
})

test('grad: weights used over a batch and over time get one product, without a permutation', () => {
  const x = ones([4, 5, 3])
  const gradient = grad((w: Tensor) => matmul(x, w).square().sum())(ones([3, 2]))
  const { op } = gradient.node
  assert.deepEqual(op, { name: 'dot', lhsBatch: [], rhsBatch: [], lhsContract: [0, 1], rhsContract: [0, 1] })
})

test('grad: the parts of a split value get their gradients side by side, with zeros where a part is not used', () => {
  const parts = grad((x: Tensor) => {
    const [a, b, c] = split(x, 3)
    return a === undefined || b === undefined || c === undefined ? x.sum() : a.multiply(2).add(c.multiply(3)).sum()
  })(ones([6]))
  assert.equal(parts.node.op.name, 'concat')
  assert.deepEqual(list(parts), [2, 2, 0, 0, 3, 3])
})

test('valueAndGrad: gives the value and, with hasAux, what else was computed', () => {
  const [value, gradient] = valueAndGrad(cube)(tensor([1, 2]))
  assert.deepEqual([value.itemSync(), list(gradient)], [9, [3, 12]])
  const [[loss, steps], slope] = valueAndGrad((x: Tensor) => [cube(x), 'seen'] as const, { hasAux: true })(tensor([1, 2]))
  assert.deepEqual([loss.itemSync(), steps, list(slope)], [9, 'seen', [3, 12]])
})

test('vjp: pulls cotangents of a tree back to all arguments, and checks them', () => {
  const [result, pullback] = vjp((x: Tensor, y: Tensor) => ({ sum: x.add(y), product: x.multiply(y) }), tensor([1, 2]), tensor([3, 4]))
  assert.deepEqual(list(result.product), [3, 8])
  const [gx, gy] = pullback({ sum: ones([2]), product: tensor([1, 10]) })
  assert.deepEqual(
    [list(gx), list(gy)],
    [
      [4, 41],
      [2, 21],
    ],
  )
  assert.throws(() => pullback({ sum: ones([3]), product: ones([2]) }), /vjp: expected a cotangent like Tensor f32 \[2\], got Tensor f32 \[3\]/)
})

test('jvp: pushes a direction forward', () => {
  const [y, dy] = jvp((x: Tensor) => x.sin(), [tensor([0])], [tensor([2])])
  assert.deepEqual([list(y), list(dy)], [[0], [2]])
})

test('jvp: passes through a while loop, which reverse mode refuses and says what to use', () => {
  const grow = (x: Tensor): Tensor =>
    whileLoop(
      ({ y }: { y: Tensor }) => y.less(10),
      ({ y }) => ({ y: y.multiply(y) }),
      { y: x },
    ).y
  const [y, dy] = jvp(grow, [tensor(2, [])], [tensor(1, [])])
  assert.deepEqual([y.itemSync(), dy.itemSync()], [16, 32])
  assert.throws(() => grad(grow)(tensor(2, [])), /whileLoop: expected a loop of known length .* Use scan, or jvp/)
})

test('vmap: maps the axes that are named and shares the others', () => {
  const matrix = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ])
  const add = vmap((x: Tensor, y: Tensor) => x.add(y).sum(), { inAxes: [1, null] })
  assert.deepEqual(list(add(matrix, tensor([10, 20]))), [35, 37, 39])
  const outer = vmap((x: Tensor) => x.multiply(tensor([1, 10])), { outAxes: 1 })(tensor([1, 2, 3]))
  assert.deepEqual(
    [outer.shape, list(outer)],
    [
      [2, 3],
      [1, 2, 3, 10, 20, 30],
    ],
  )
})

test('vmap: refuses different numbers of examples, naming both', () => {
  const add = vmap((x: Tensor, y: Tensor) => x.add(y))
  assert.throws(() => add(ones([2]), ones([3])), /vmap: expected equally many examples in all arguments, got 2 and 3/)
})

test('vmap: draws different numbers from the key of each example, the same as alone', () => {
  const keys = random.split(random.key(1), 3)
  const together = vmap((key: Tensor) => random.uniform(key, [2]))(stack(keys))
  assert.deepEqual(
    list(together),
    keys.flatMap((key) => list(random.uniform(key, [2]))),
  )
  assert.equal(new Set(list(together)).size, 6)
})

test('transformations compose: grad of grad, vmap of grad, grad of vmap, jvp of grad', () => {
  const x = tensor([1, 2, 3])
  assert.equal(grad(grad(cube))(tensor(2, [])).itemSync(), 12)
  assert.deepEqual(list(vmap(grad(cube))(x)), [3, 12, 27])
  assert.deepEqual(list(grad((y: Tensor) => vmap(cube)(y).sum())(x)), [3, 12, 27])
  const [, second] = jvp(grad(cube), [x], [ones([3])])
  assert.deepEqual(list(second), [6, 12, 18])
  // ∂/∂x of x · ∂/∂y (x y) at y = x is 2x, not 4x: the inner derivative does not see the outer argument.
  const nested = grad((a: Tensor) => a.multiply(grad((b: Tensor) => a.multiply(b).sum())(a)).sum())
  assert.deepEqual(list(nested(tensor([5]))), [10])
})

test('jacobian and hessian: all derivatives, result axes first', () => {
  const a = tensor(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    [2, 3],
    f64,
  )
  const j = jacobian((x: Tensor) => matmul(a, x).square())(tensor([1, 0, -1], [3], f64))
  assert.deepEqual(
    [j.shape, list(j)],
    [
      [2, 3],
      [-4, -8, -12, -16, -20, -24],
    ],
  )
  const h = hessian((x: Tensor) =>
    x
      .slice([0], [1])
      .multiply(x.slice([1], [1]))
      .multiply(x.slice([1], [1]))
      .sum(),
  )(tensor([2, 3], [2], f64))
  assert.deepEqual(list(h), [0, 6, 6, 4])
})

test('checkpoint: changes neither values nor gradients, closed-over tensors included', () => {
  const w = tensor([0.5, -1], [2], f64)
  const plain = (x: Tensor, v: Tensor) => x.multiply(v).tanh().multiply(x).sum()
  const saved = grad((v: Tensor) => checkpoint((x: Tensor) => plain(x, v))(w))
  const x = tensor([1, 2], [2], f64)
  assertClose(list(saved(x)), list(grad((v: Tensor) => plain(w, v))(x)), 'gradient', 1e-12)
  const twice = checkpoint((y: Tensor) => checkpoint((z: Tensor) => plain(z, w))(y))
  assertClose(list(grad(twice)(x)), list(grad((y: Tensor) => plain(y, w))(x)), 'nested', 1e-12)
  assertClose(list(hessian(twice)(x)), list(hessian((y: Tensor) => plain(y, w))(x)), 'hessian', 1e-12)
})

test('customGradient: uses the rule that is given, in every mode and inside of loops', () => {
  const straight = customGradient(
    (x: Tensor) => x.round(),
    (cotangent) => [cotangent.multiply(3)],
  )
  const x = tensor([0.4, 1.6])
  assert.deepEqual(list(straight(x)), [0, 2])
  assert.deepEqual(list(grad((y: Tensor) => straight(y).sum())(x)), [3, 3])
  assert.deepEqual(list(vmap(grad(straight))(x)), [3, 3])
  assert.deepEqual(list(grad((y: Tensor) => vmap(straight)(y).sum())(x)), [3, 3])
  const [, tangent] = jvp(straight, [x], [tensor([1, 2])])
  assert.deepEqual(list(tangent), [3, 6])
  const looped = grad((y: Tensor) => scan((carry: Tensor) => [straight(carry), carry] as const, y, [], { length: 2 })[0].sum())
  assert.deepEqual(list(looped(x)), [9, 9])
})

test('customGradient: leaves out arguments, shares one under vmap, refuses other shapes', () => {
  const scaled = customGradient(
    (x: Tensor, w: Tensor) => x.multiply(w),
    (cotangent, _result, x) => [undefined, cotangent.multiply(x)],
  )
  const [x, w] = [tensor([1, 2, 3]), tensor(10, [])]
  const both = grad((a: Tensor, b: Tensor) => vmap(scaled, { inAxes: [0, null] })(a, b).sum(), { argument: [0, 1] })
  const [gx, gw] = both(x, w)
  assert.deepEqual([list(gx), list(gw)], [[0, 0, 0], [6]])
  const wrong = customGradient(
    (y: Tensor) => y.sum(),
    (cotangent) => [cotangent],
  )
  assert.throws(() => grad(wrong)(x), /customGradient: expected a cotangent of argument 0 like Tensor f32 \[3\], got Tensor f32 \[\]/)
})

test('stopGradient: is a constant in both modes', () => {
  const f = (x: Tensor) => x.multiply(stopGradient(x)).sum()
  assert.deepEqual(list(grad(f)(tensor([2, 3]))), [2, 3])
  assert.equal(jvp(f, [tensor([2, 3])], [ones([2])])[1].itemSync(), 5)
})

test('grad inside jit and jit with a dynamic batch give the same numbers', () => {
  const loss = (w: Tensor, x: Tensor) => matmul(x, w).tanh().mean()
  const w = tensor([[0.1], [0.2]])
  const x = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ])
  const expected = list(grad(loss)(w, x))
  assertClose(list(jit(grad(loss))(w, x)), expected, 'jit')
  const batch = dimension('batch', { max: 8 })
  assertClose(list(jit(grad(loss), { dynamic: { 1: { 0: batch } } })(w, x)), expected, 'dynamic')
})

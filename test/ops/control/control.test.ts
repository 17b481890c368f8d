import assert from 'node:assert/strict'
import test from 'node:test'
import { ops, Tensor, tensor } from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

test('cond: a boolean chooses without a branch in the program', () => {
  assert.equal(
    ops
      .cond(
        true,
        () => tensor(1),
        () => tensor(2),
      )
      .itemSync(),
    1,
  )
})

test('switch: a number chooses the nearest branch, and there has to be one', () => {
  const branches = [() => tensor(1), () => tensor(2)]
  assert.equal(ops.switch(5, branches).itemSync(), 2)
  assert.throws(() => ops.switch(0, []), /switch: expected at least one branch, got none/)
})

test('foriLoop: no step leaves the value, bounds are whole', () => {
  const x = tensor([1])
  assert.equal(
    ops.foriLoop(3, 3, (_, v: Tensor) => v.add(1), x),
    x,
  )
  assert.throws(() => ops.foriLoop(0, 1.5, (_, v: Tensor) => v, x), /foriLoop: expected whole numbers as bounds, got 0 and 1\.5/)
})

test('whileLoop: bounds are checked', () => {
  assert.throws(
    () =>
      ops.whileLoop(
        (x: Tensor) => x.less(1),
        (x) => x,
        tensor(0),
        { maximumIterations: -1 },
      ),
    /whileLoop: expected maximumIterations to be a whole number of at least 0, got -1/,
  )
})

test('associativeScan: one and two elements, trees, and sizes that differ', () => {
  const sum = (a: Tensor, b: Tensor): Tensor => a.add(b)
  assert.deepEqual(ops.associativeScan(sum, tensor([3])).toArray(), [3])
  assert.deepEqual(ops.associativeScan(sum, tensor([3, 4])).toArray(), [3, 7])
  const any = (a: Tensor, b: Tensor): Tensor => a.logicalOr(b)
  assert.deepEqual(ops.associativeScan(any, tensor([false, true, false])).toArray(), [false, true, true])
  assert.throws(
    () => ops.associativeScan((a: readonly Tensor[]) => a, [ops.ones([2]), ops.ones([3])]),
    /associativeScan: expected one size on axis 0 of all tensors, got 2, 3/,
  )
})

test('jvp: what else a function gives comes back untouched', () => {
  const [y, dy, aux] = ops.jvp((x: Tensor): readonly [Tensor, string] => [x.square(), 'kept'], [tensor(3)], [tensor(1)], { hasAux: true })
  assert.deepEqual([y.itemSync(), dy.itemSync(), aux], [9, 6, 'kept'])
})

test('vectorize: signatures and sizes are checked, excluded arguments are passed whole', () => {
  const scaled = ops.vectorize((x, table) => table.gather(x.cast('i32')), { excluded: [1] })
  assert.deepEqual(scaled(tensor([[0, 2]]), tensor([5, 6, 7])).toArray(), [[5, 7]])
  assert.throws(
    () => ops.vectorize((x) => x, { signature: 'n->n' })(tensor([1])),
    /vectorize: expected a signature such as '\(m,n\),\(n\)->\(m\)', got 'n->n'/,
  )
  const dot = ops.vectorize((a, b) => a.multiply(b).sum(), { signature: '(n),(n)->()' })
  assert.throws(() => dot(ops.ones([2]), ops.ones([3])), /vectorize: expected one size for 'n', got 2 and 3 in argument 1/)
  assert.throws(() => dot(ops.ones([2])), /vectorize: expected 2 arguments for '\(n\),\(n\)->\(\)', got 1/)
})

test('map: trees of several tensors', () => {
  const [sums, products] = ops.map(
    ([a, b]: readonly [Tensor, Tensor]): readonly [Tensor, Tensor] => [a.add(b), a.multiply(b)],
    [tensor([1, 2]), tensor([3, 4])],
  )
  assert.deepEqual(sums.toArray(), [4, 6])
  assert.deepEqual(products.toArray(), [3, 8])
  assert.ok(sums instanceof Tensor)
})

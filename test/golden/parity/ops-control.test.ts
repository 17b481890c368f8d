import { ops, type Tensor } from '../../../src/index.ts'
import { opCases } from './golden-case.ts'
import content from './ops-control.json' with { type: 'json' }

const step = (carry: Tensor, x: Tensor) => [carry.multiply(0.5).add(x), carry.multiply(x)] as const
const scaledRow = (row: Tensor) => row.multiply(row.square().sum())
const add = (a: Tensor, b: Tensor): Tensor => a.add(b)
const small = ([, v]: readonly [Tensor, Tensor]) => v.sum().less(50)
const grow = ([i, v]: readonly [Tensor, Tensor]): readonly [Tensor, Tensor] => [i.add(1), v.square().add(1)]

opCases(content, {
  condOfSum: (x: Tensor) =>
    ops.cond(
      x.sum().greater(0),
      () => x.square(),
      () => x.subtract(1),
    ),
  switchOfThree: (i: Tensor, x: Tensor) => ops.switch(i, [(t: Tensor): Tensor => t.add(1), (t) => t.square(), (t) => t.exp()], x),
  scanForwards: (carry: Tensor, xs: Tensor) => ops.scan(step, carry, xs),
  scanBackwards: (carry: Tensor, xs: Tensor) => ops.scan(step, carry, xs, { reverse: true }),
  scanOfLength: (carry: Tensor) => ops.scan((v: Tensor, _: readonly Tensor[]) => [v.square().multiply(0.5), v], carry, [], { length: 3 }),
  mapRows: (x: Tensor) => ops.map(scaledRow, x),
  vectorizedRows: (x: Tensor) => ops.vectorizedMap(scaledRow, x),
  vectorizedPairs: (x: Tensor, m: Tensor) => ops.vectorizedMap(([row, matrix]: readonly [Tensor, Tensor]) => row.matmul(matrix), [x, m]),
  foriNumbers: (x: Tensor) => ops.foriLoop(1, 5, (i, v: Tensor) => v.square().multiply(0.3).add(i), x),
  foriComputed: (x: Tensor, n: Tensor) => ops.foriLoop(0, n, (i, v: Tensor) => v.multiply(0.5).add(i), x),
  whileSmall: (i: Tensor, v: Tensor) => ops.whileLoop(small, grow, [i, v]),
  whileTwice: (i: Tensor, v: Tensor) => ops.whileLoop(small, grow, [i, v], { maximumIterations: 2 }),
  associativeSums: (x: Tensor) => ops.associativeScan(add, x),
  associativeSumsReversed: (x: Tensor) => ops.associativeScan(add, x, { reverse: true, axis: 1 }),
  associativeRecurrence: (factors: Tensor, terms: Tensor) =>
    ops.associativeScan(
      ([a, b]: readonly [Tensor, Tensor], [c, d]: readonly [Tensor, Tensor]): readonly [Tensor, Tensor] => [a.multiply(c), b.multiply(c).add(d)],
      [factors, terms],
    ),
  vectorizeDot: ops.vectorize((a, b) => a.multiply(b).sum(), { signature: '(n),(n)->()' }),
  vectorizeScalars: ops.vectorize((a, b) => a.maximum(b).multiply(a)),
  tripledGradient: ops.customGradient((x: Tensor) => [x.square(), (upstream: Tensor) => [upstream.multiply(3)]]),
  halfStopped: (x: Tensor) => x.multiply(ops.stopGradient(x)),
  directional: (x: Tensor, direction: Tensor) => ops.jvp((v: Tensor) => v.multiply(v.sin()), [x], [direction]),
})

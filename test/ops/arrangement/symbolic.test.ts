// A batch whose size is bound when the program runs passes through: the graph drawn for any batch gives what a batch of three gives.

import assert from 'node:assert/strict'
import test from 'node:test'
import { dimension, ops, placeholder, replay, type Tensor } from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

const operations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  sinh: ops.sinh,
  arctan2: (x) => ops.arctan2(x, 0.5),
  erfinv: (x) => ops.erfinv(x.multiply(0.01)),
  nanToNum: (x) => ops.nanToNum(x),
  onesLike: (x) => ops.onesLike(x),
  roll: (x) => ops.roll(x, 1, 2),
  pad: (x) =>
    ops.pad(
      x,
      [
        [0, 0],
        [1, 2],
        [1, 0],
        [0, 0],
      ],
      { mode: 'reflect' },
    ),
  repeat: (x) => ops.repeat(x, 2, 1),
  diff: (x) => ops.diff(x, { axis: 1 }),
  hstack: (x) => ops.hstack([x, x]),
  split: (x) => ops.concatenate(ops.split(x, 2, 2), 1),
  moveaxis: (x) => ops.moveaxis(x, 1, -1),
  diagonal: (x) => ops.diagonal(x, { axis1: 1, axis2: 2, offset: 1 }),
  spaceToDepth: (x) => ops.spaceToDepth(x, 2),
  depthToSpace: (x) => ops.depthToSpace(x, 2),
  rearrange: (x) => ops.rearrange(x, 'b (h p) w c -> b h (w p c)', { p: 2 }),
  getItem: (x) => ops.getItem(x, [{}, 1, { step: -2 }]),
  kron: (x) => ops.kron(x, ops.ones([1, 1, 1, 2])),
}

const example = ops.reshape(ops.arange(3 * 4 * 4 * 4).cast('f32'), [3, 4, 4, 4])

for (const [name, operation] of Object.entries(operations)) {
  test(`${name}: on a batch of any size`, () => {
    const any = placeholder('x', [dimension('batch', { max: 8 }), 4, 4, 4], 'f32')
    const [bound] = replay([operation(any)], [[any.node, example]])
    assert.deepEqual(bound?.toArray(), operation(example).toArray())
  })
}

// Tensors outside of jit: computed when read, programs shared by structure, memory given back.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { currentDevice, evaluate, full, random, registerDevice, setDefaultDevice, type Tensor, tensor, zeros } from '../../src/index.ts'
import { chosenDevice } from '../chosen-device.ts'

/** Counts the programs that are compiled while `body` runs. */
function compilations(body: () => void): number {
  let count = 0
  const inner = currentDevice()
  registerDevice({
    name: 'counting',
    priority: -1,
    available: () => undefined,
    create: () => ({
      name: 'counting',
      compile: (graph) => {
        count++
        return inner.compile(graph)
      },
    }),
  })
  setDefaultDevice('counting')
  try {
    body()
  } finally {
    setDefaultDevice(undefined)
  }
  return count
}

test('evaluate: graphs of equal structure share a program, whatever their constants', () => {
  const count = compilations(() => {
    for (let i = 3; i < 9; i++) {
      assert.deepEqual(
        tensor([1, 2])
          .multiply(i)
          .add(i * 0.3)
          .toArray(),
        [Math.fround(i + Math.fround(i * 0.3)), Math.fround(2 * i + Math.fround(i * 0.3))],
      )
    }
  })
  assert.equal(count, 1)
})

test('evaluate: many tensors at once are one program', () => {
  const x = tensor([1, 2, 3])
  const results: Tensor[] = [x.add(1), x.exp(), x.sum()]
  assert.equal(
    compilations(() => {
      evaluate(results)
      for (const r of results) r.toArray()
    }),
    1,
  )
})

test('evaluate: constants and values that exist compile nothing', () => {
  assert.equal(
    compilations(() => {
      assert.deepEqual(zeros([2]).toArray(), [0, 0])
      assert.deepEqual(full([2], 3, { dtype: 'i64' }).toArray(), [3, 3])
      assert.deepEqual(tensor([4]).toArray(), [4])
    }),
    0,
  )
})

test('evaluate: a tensor keeps its numbers and lets its graph go', () => {
  const x: Tensor = tensor([1, 2]).add(1)
  x.toArray()
  assert.equal(x.node.op.name, 'data')
})

// The engine only says which buffers are gone when the loop has ended, and those of a GPU are not its own to collect.
const keepsMemory = chosenDevice === 'webgpu' ? 'memory of a GPU is given back between turns of the event loop' : false

test('evaluate: a synchronous loop over tensors does not hold on to their memory', { skip: keepsMemory }, () => {
  const w = random.normal(random.key(1), [150, 10])
  evaluate([w])
  const before = process.memoryUsage().rss
  for (let i = 0; i < 30_000; i++)
    w.multiply(1 + i * 1e-6)
      .add(w)
      .dataSync()
  // 30,000 · 6 kB would be 180 MB.
  assert.ok(process.memoryUsage().rss - before < 120e6)
})

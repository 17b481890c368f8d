// Control flow of the reference device, and the device itself.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReferenceDevice } from '../../../src/backends/reference/device.ts'
import { rules } from '../../../src/backends/reference/table.ts'
import { makeNode, type Node, parameterNode } from '../../../src/core/graph.ts'
import { storageOf, dimension, numbersOf } from '../../../src/core/index.ts'
import type { PrimitiveName } from '../../../src/core/primitives.ts'
import { compute, computeTuple, data } from './compute.ts'

const scalar = (label: string) => parameterNode(label, { dtype: 'f64', shape: [] })
const binary = (fn: 'add' | 'multiply', a: Node, b: Node) => makeNode({ name: 'binary', fn }, [a, b])

test('scan: carries, scanned inputs and inputs that stay, in both directions', () => {
  const [carry, x, factor] = [scalar('carry'), scalar('x'), scalar('factor')]
  const sum = binary('add', carry, binary('multiply', x, factor))
  const body = { parameters: [carry, x, factor], results: [sum, sum] }
  const inputs = [data([100], []), data([1, 2, 3]), data([10], [])]
  assert.deepEqual(computeTuple({ name: 'scan', body, carries: 1, length: 3, reverse: false }, ...inputs), [[160], [110, 130, 160]])
  assert.deepEqual(computeTuple({ name: 'scan', body, carries: 1, length: 3, reverse: true }, ...inputs), [[160], [160, 150, 130]])
})

test('scan: of no steps gives the initial carry', () => {
  const carry = scalar('carry')
  const body = { parameters: [carry], results: [binary('add', carry, carry)] }
  assert.deepEqual(compute({ name: 'scan', body, carries: 1, length: 0, reverse: false }, data([7], [])), [7])
})

test('cond: runs one branch', () => {
  const branch = (fn: 'add' | 'multiply') => {
    const x = scalar('x')
    return { parameters: [x], results: [binary(fn, x, x)] }
  }
  const op = { name: 'cond', whenTrue: branch('add'), whenFalse: branch('multiply') } as const
  assert.deepEqual(compute(op, data([1], [], 'bool'), data([5], [])), [10])
  assert.deepEqual(compute(op, data([0], [], 'bool'), data([5], [])), [25])
})

test('while: runs until the condition fails, perhaps never', () => {
  const [a, b] = [scalar('a'), scalar('b')]
  const limit = makeNode({ name: 'fill', value: 100, shape: [], dtype: 'f64' })
  const op = {
    name: 'while',
    condition: { parameters: [a], results: [makeNode({ name: 'compare', fn: 'less' }, [a, limit])] },
    body: { parameters: [b], results: [binary('add', b, b)] },
  } as const
  assert.deepEqual(compute(op, data([3], [])), [192])
  assert.deepEqual(compute(op, data([100], [])), [100])
})

test('call: is its body', () => {
  const x = scalar('x')
  const body = { parameters: [x], results: [binary('multiply', x, x)] }
  assert.deepEqual(compute({ name: 'call', body, gradient: { kind: 'recompute' } }, data([6], [])), [36])
})

test('table: has a rule for every primitive', () => {
  const names: Record<PrimitiveName, true> = {
    parameter: true,
    data: true,
    fill: true,
    iota: true,
    unary: true,
    binary: true,
    compare: true,
    where: true,
    cast: true,
    stopGradient: true,
    reshape: true,
    permute: true,
    expand: true,
    pad: true,
    slice: true,
    flip: true,
    concat: true,
    reduce: true,
    argReduce: true,
    cumulative: true,
    dot: true,
    conv: true,
    convInputGradient: true,
    convFilterGradient: true,
    reduceWindow: true,
    windowScatter: true,
    windowPick: true,
    gather: true,
    scatterAdd: true,
    dynamicSlice: true,
    dynamicUpdateSlice: true,
    sort: true,
    topK: true,
    randomBits: true,
    scan: true,
    cond: true,
    while: true,
    call: true,
    attention: true,
    attentionGradient: true,
    element: true,
  }
  assert.deepEqual(Object.keys(rules).sort(), Object.keys(names).sort())
})

test('device: binds inputs and symbolic sizes, and results own their buffers', () => {
  const n = dimension('n', { max: 10 })
  const x = parameterNode('x', { dtype: 'f32', shape: [n] })
  const total = makeNode({ name: 'reduce', fn: 'sum', axes: [0] }, [x])
  const executable = createReferenceDevice().compile({ inputs: [x], results: [total, x], donated: new Map() })
  const input = storageOf([1, 2, 3.5], 'f32')
  const [sum, same] = executable.run([input], new Map([['n', 3]]))
  assert.ok(sum !== undefined && same !== undefined)
  assert.deepEqual(Array.from(numbersOf(sum)), [6.5])
  assert.notEqual(same.bytes, input.bytes)
  assert.throws(() => executable.run([input], new Map([['n', 4]])), /expected 4 elements for f32 \[4\], got 3/)
  assert.throws(() => executable.run([], new Map([['n', 3]])), /expected 1 inputs, got 0/)
  assert.throws(() => executable.run([storageOf([1, 2, 3], 'i32')], new Map([['n', 3]])), /expected input 0 as f32, got i32/)
})

test('device: a graph deeper than the stack is no problem', () => {
  let x = data([0], [])
  const one = data([1], [])
  for (let i = 0; i < 20000; i++) x = binary('add', x, one)
  assert.deepEqual(compute({ name: 'stopGradient' }, x), [20000])
})

// What the renderer hands to the runtime: buffers, passes, and no more text than is used.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dimension } from '../../../src/core/dimension.ts'
import { makeNode, type Node, parameterNode } from '../../../src/core/graph.ts'
import { fuse } from '../../../src/compiler/fuse.ts'
import { keptValues } from '../../../src/compiler/memory-plan.ts'
import type { GpuKernel } from '../../../src/backends/webgpu/gpu-kernel.ts'
import { preludeOf } from '../../../src/backends/webgpu/prelude.ts'
import { renderKernel } from '../../../src/backends/webgpu/render-kernel.ts'

function rendered(results: readonly Node[]): GpuKernel[] {
  const kernels = fuse(results)
  const kept = keptValues(kernels, results)
  const target = { features: new Set<never>(), workgroupBytes: 16384, mostThreads: 256 }
  return kernels.map((kernel) => renderKernel(kernel, (node) => kept.has(node), target))
}

const exp = (x: Node) => makeNode({ name: 'unary', fn: 'exp' }, [x])
const total = (x: Node) => makeNode({ name: 'reduce', fn: 'sum', axes: [1] }, [x])

test('a chain of elementwise values is one pass that reads its input and writes its result', () => {
  const x = parameterNode('x', { dtype: 'f32', shape: [10, 20] })
  const y = exp(exp(x))
  const [kernel, ...rest] = rendered([y])
  assert.deepEqual(rest, [])
  assert.deepEqual(kernel?.buffers, [
    { node: x, isWritten: false },
    { node: y, isWritten: true },
  ])
  assert.equal(kernel?.passes.length, 1)
  assert.equal(kernel?.passes[0]?.body.match(/get0\(/g)?.length, 1)
})

test('a value that is read twice is computed once', () => {
  const x = parameterNode('x', { dtype: 'f32', shape: [10] })
  const y = exp(x)
  const [kernel] = rendered([makeNode({ name: 'binary', fn: 'multiply' }, [y, y])])
  assert.equal(kernel?.passes[0]?.body.match(/tn_exp\(/g)?.length, 1)
})

test('long rows are a workgroup each, short ones an invocation', () => {
  const [long, short] = [200, 8].map((columns) => rendered([total(parameterNode('x', { dtype: 'f32', shape: [50, columns] }))])[0]?.passes[0])
  assert.equal(long?.groups, 50)
  assert.match(long?.body ?? '', /workgroupBarrier/)
  assert.equal(short?.groups, 1)
  assert.doesNotMatch(short?.body ?? '', /workgroupBarrier/)
})

test('nothing is dispatched where there is nothing to compute', () => {
  const [kernel] = rendered([exp(parameterNode('x', { dtype: 'f32', shape: [0, 3] }))])
  assert.deepEqual(kernel?.passes, [])
})

test('a long concatenation does not nest braces', () => {
  const x = parameterNode('x', { dtype: 'f32', shape: [200] })
  const parts = Array.from({ length: 200 }, (_, i) => makeNode({ name: 'slice', starts: [199 - i], sizes: [1], strides: [1] }, [x]))
  const [kernel] = rendered([makeNode({ name: 'concat', axis: 0 }, parts)])
  const deepest = Math.max(...(kernel?.passes[0]?.body ?? '').split('\n').map((line) => line.search(/\S/)))
  assert.ok(deepest <= 4, `expected statements two levels deep, got ${deepest / 2}`)
})

test('sizes bound at run time are read through accessors', () => {
  const n = dimension('n', { max: 1000 })
  const [kernel] = rendered([exp(parameterNode('x', { dtype: 'f32', shape: [n, 512] }))])
  assert.deepEqual(kernel?.dims, ['n'])
  assert.match(kernel?.passes[0]?.body ?? '', /dim0\(\)/)
  assert.equal(String(kernel?.passes[0]?.groups), '2*n')
})

test('the prelude has what a text uses, directly or not, and nothing else', () => {
  const text = preludeOf('let y = tn_tanh(x);')
  for (const name of ['tn_tanh', 'tn_exp', 'tn_divide', 'tn_magnitude']) assert.match(text, new RegExp(`fn ${name}\\(`))
  for (const name of ['tn_erf', 'tn_divide_i64', 'tn_random_bits']) assert.doesNotMatch(text, new RegExp(`fn ${name}\\(`))
  assert.equal(preludeOf('let y = x + 1;'), '')
})

test('infinities and NaN, which WGSL cannot write, come from the prelude', () => {
  const fill = (value: number) => makeNode({ name: 'fill', value, shape: [4], dtype: 'f32' })
  const [kernel] = rendered([fill(Infinity)])
  assert.match(kernel?.passes[0]?.body ?? '', /tn_infinity\(\)/)
  assert.match(rendered([fill(NaN)])[0]?.passes[0]?.body ?? '', /tn_nan\(\)/)
})

import assert from 'node:assert/strict'
import test from 'node:test'
import { backendsText, merged } from '../../scripts/backends-text.ts'

const one = (primitive: string, error: number | null) => ({ primitive, dtype: 'f32', error, elements: 10 }) as const

test('backends: the worst of several files is kept, and all elements are counted', () => {
  assert.deepEqual(merged([one('dot', 0.5), one('dot', 2.25), one('dot', 1)]), [{ primitive: 'dot', dtype: 'f32', error: 2.25, elements: 30 }])
  assert.equal(merged([one('dot', null), one('dot', 1)])[0]?.error, null)
})

test('backends: a row per primitive, a column per backend, integers exact or named, what did not run with its reason', () => {
  const text = backendsText(
    [
      { title: 'wasm, Node', errors: [one('dot', 2.25), one('unary exp', 0.004), { primitive: 'dot', dtype: 'i32', error: 0, elements: 4 }] },
      { title: 'webgpu, Node', errors: [one('dot', 0), { primitive: 'dot', dtype: 'i32', error: 3, elements: 4 }] },
      { title: 'webgpu, Chromium', missing: 'there is no Chromium' },
    ],
    ['Node 20.20.2'],
  )
  assert.match(text, /^\| dot \| 2\.3 \| 0 \|$/m)
  assert.match(text, /^\| unary exp \| < 0\.01 \| {2}\|$/m)
  assert.match(text, /^\| dot \| exact \| i32 \| i32 \|$/m)
  assert.match(text, /^\* Not run: webgpu, Chromium, there is no Chromium$/m)
  assert.match(text, /^\* Node 20\.20\.2$/m)
})

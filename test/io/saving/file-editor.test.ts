import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadModel, saving, zeros } from '../../../src/index.ts'

const kerasFile = (name: string): string => fileURLToPath(new URL(`../../golden/parity/keras-files/${name}`, import.meta.url))
const { KerasFileEditor } = saving

test('kerasFileEditor: what a file holds is listed', async () => {
  const editor = await KerasFileEditor.open(kerasFile('mlp.weights.h5'))
  let text = ''
  editor.summary((summary) => {
    text = summary
  })
  assert.match(text, /layers\/dense\n {2}0: f32 \[4, 5\]\n {2}1: f32 \[5\]/)
  assert.deepEqual(editor.paths, ['layers/batch_normalization', 'layers/dense', 'layers/dense_1', 'optimizer'])
  const archive = await KerasFileEditor.open(kerasFile('mlp.keras'))
  assert.equal(archive.metadata?.keras_version, '3.15.1')
})

test('kerasFileEditor: a file is compared with a model', async () => {
  const editor = await KerasFileEditor.open(kerasFile('mlp.weights.h5'))
  const model = await loadModel(kerasFile('mlp.keras'))
  const lines: string[] = []
  const print = (text: string) => lines.push(text)
  assert.deepEqual(await editor.compare(model, print), { status: 'success', errorCount: 0, matchCount: 8 })
  editor.addWeights('dense', { 0: zeros([4, 6]) })
  editor.deleteObject('dense_1')
  editor.addObject('layers/more', { 0: zeros([2]) })
  assert.deepEqual(await editor.compare(model, print), { status: 'error', errorCount: 3, matchCount: 5 })
  assert.deepEqual(lines.slice(1), [
    "'layers/dense/0': [4, 5] in the model, [4, 6] in the file",
    "'layers/dense_1': 2 weights in the model, none in the file",
    "'layers/more': weights in the file, none in the model",
    '3 mismatches, 5 matches',
  ])
})

test('kerasFileEditor: changed names and weights are saved', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tenon-editor-'))
  t.after(() => rm(folder, { recursive: true }))
  const editor = await KerasFileEditor.open(kerasFile('attention.weights.h5'))
  editor.renameObject('layers/multi_head_attention', 'mixing')
  editor.deleteWeight('layers/dense', '1')
  await editor.save(join(folder, 'm.weights.h5'))
  const again = await KerasFileEditor.open(join(folder, 'm.weights.h5'))
  assert.deepEqual(again.paths, editor.paths)
  assert.ok(again.paths.includes('layers/mixing/query_dense'))
  assert.deepEqual([...again.weights('layers/dense').keys()], ['0'])
})

test('kerasFileEditor: what is not there, or not clear, is refused', async () => {
  const editor = await KerasFileEditor.open(kerasFile('nested.keras'))
  const fails = (act: () => void, message: RegExp) => assert.throws(act, { name: 'ConfigError', message })
  fails(() => editor.deleteObject('conv'), /^kerasFileEditor: expected one of the objects .*layers\/dense.*, got 'conv'\. See summary\(\)\.$/)
  fails(() => editor.deleteObject('dense'), /expected a name that occurs once, got 'dense' at /)
  fails(() => editor.renameObject('layers/dense', 'a/b'), /expected a new name without a folder, got 'a\/b'/)
  fails(() => editor.deleteWeight('layers/dense', '7'), /expected one of the weights 0, 1 of 'layers\/dense', got '7'/)
  await assert.rejects(KerasFileEditor.open('m.h5'), /expected a file that ends in \.keras or \.weights\.h5, got 'm\.h5'/)
  await assert.rejects(editor.save('m.keras'), /expected a path that ends in \.weights\.h5, got 'm\.keras'/)
})

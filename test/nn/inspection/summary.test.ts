import assert from 'node:assert/strict'
import test from 'node:test'
import { cloneModel, flopsOf, Input, layers, Model, parametersOf, plotModel, Sequential } from '../../../src/index.ts'

function twoInputs() {
  const [image, facts] = [Input({ shape: [4, 4, 1], name: 'image' }), Input({ shape: [8], name: 'facts' })]
  const pooled = layers.flatten()(layers.maxPooling2d()(layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same' })(image)))
  const shared = layers.dense({ units: 8, activation: 'relu', name: 'shared' })
  return new Model({
    inputs: [image, facts],
    outputs: layers.dense({ units: 3, name: 'digit' })(layers.concatenate([pooled, shared(shared(facts))])),
  })
}

function textOf(model: { summary(print: (text: string) => void): void }): string {
  let text = ''
  model.summary((line) => {
    text += line
  })
  return text
}

test('summary: a functional model shows its inputs, shapes, parameters, operations and connections', () => {
  const text = textOf(twoInputs())
  assert.match(text, /image \(Input\) +\[batch, 4, 4, 1\] +0 +0/)
  assert.match(text, /conv2d \(Conv2D\) +\[batch, 4, 4, 2\] +20 +608 +image/)
  assert.match(text, /shared \(Dense\) +\[batch, 8\] +72 +[\d,]+ +facts, shared/)
  assert.match(text, /Parameters: 143 \(572 B\), trainable: 143, not trainable: 0/)
})

test('summary: frozen layers are not counted as trainable', () => {
  const model = new Sequential([layers.dense({ units: 4, inputDim: 3, trainable: false }), layers.batchNormalization(), layers.dense({ units: 2 })])
  assert.match(textOf(model), /trainable: 18, not trainable: 24/)
})

test('flops: a product counts its multiplications and additions, and initial values count nothing', () => {
  const model = new Sequential([layers.dense({ units: 10, useBias: false, inputDim: 6 })])
  assert.equal(flopsOf(model.getLayer(0)), 2 * 6 * 10)
})

test('plotModel: draws a box for each input and layer and an arrow for each connection', () => {
  const svg = plotModel(twoInputs(), { showParameters: true })
  assert.equal(svg.match(/<rect x=/g)?.length, 8)
  assert.equal(svg.match(/marker-end/g)?.length, 7)
  assert.match(svg, /digit \(Dense\)/)
  assert.ok(!plotModel(new Sequential([layers.dense({ units: 2, inputDim: 2, name: 'a<b' })])).includes('a<b'))
})

test('cloneModel: layers of the same options with parameters of their own', () => {
  const model = twoInputs()
  const copy = cloneModel(model)
  assert.deepEqual(
    parametersOf(copy).map(({ path }) => path),
    parametersOf(model).map(({ path }) => path),
  )
  assert.notEqual(copy.getLayer('shared'), model.getLayer('shared'))
  class Own extends Model {
    head = layers.dense({ units: 1 })
  }
  assert.throws(() => cloneModel(new Own()), /expected a Sequential or a functional model, got the class Own/)
})

test('flops: a transposed convolution counts the products of its inputs with its filters', () => {
  const layer = layers.conv2dTranspose({ filters: 3, kernelSize: 3, useBias: false })
  layer(Input({ shape: [4, 4, 2] }))
  assert.equal(flopsOf(layer), 2 * 16 * 2 * 9 * 3)
})

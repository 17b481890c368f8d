// The types of layers' results: equalities that `tsc` checks over the whole project. Layers are called on symbolic inputs, so that each rank and
// size is seen at run time, too.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Input, layers, Model, type Tensor } from '../../../src/index.ts'

/** Refused by the compiler, for want of an argument, where the types differ; at run time it does nothing. */
const same = <A, B>(..._difference: [A, B] extends [B, A] ? [] : [{ readonly expected: B; readonly got: A }]): void => {}

const features = Input({ shape: [64] })
const sequence = Input({ shape: [12, 8] })
const tokens = Input({ shape: [12], dtype: 'i32' })
const image = Input({ shape: [28, 28, 3] })

function assertDims(x: Tensor, ...dims: readonly number[]): void {
  assert.deepEqual(x.dims.slice(1), dims)
}

test('types of layers: dense layers, embeddings and what keeps the shape', () => {
  const dense = layers.dense({ units: 10 })(features)
  same<typeof dense, Tensor<readonly [number, 10]>>()
  assertDims(dense, 10)
  const perStep = layers.dense({ units: 5, activation: 'relu' })(sequence)
  same<typeof perStep, Tensor<readonly [number, 12, 5]>>()
  const embedded = layers.embedding({ inputDim: 100, outputDim: 16 })(tokens)
  same<typeof embedded, Tensor<readonly [number, 12, 16]>>()
  const kept = layers.layerNormalization()(
    layers.dropout({ rate: 0.5 })(layers.activation({ activation: 'relu' })(layers.batchNormalization()(sequence))),
  )
  same<typeof kept, Tensor<readonly [number, 12, 8]>>()
  assertDims(kept, 12, 8)
  const flat = layers.flatten()(sequence)
  same<typeof flat, Tensor<readonly [number, 96]>>()
  assertDims(flat, 96)
  const turned = layers.permute({ dims: [2, 1] })(sequence)
  same<typeof turned, Tensor<readonly [number, 8, 12]>>()
  const square = layers.reshape({ targetShape: [8, 8] })(features)
  same<typeof square, Tensor<readonly [number, 8, 8]>>()
  const repeated = layers.repeatVector({ n: 3 })(features)
  same<typeof repeated, Tensor<readonly [number, 3, 64]>>()
})

test('types of layers: convolutions and pools keep rank, batch and channels', () => {
  const convolved = layers.conv2d({ filters: 6, kernelSize: 3 })(image)
  same<typeof convolved, Tensor<readonly [number, number, number, 6]>>()
  const pooled = layers.maxPooling2d()(convolved)
  same<typeof pooled, Tensor<readonly [number, number, number, 6]>>()
  const mean = layers.globalAveragePooling2d()(pooled)
  same<typeof mean, Tensor<readonly [number, 6]>>()
  assertDims(mean, 6)
})

test('types of layers: recurrent layers give sequences or the last step, and their state where it is wanted', () => {
  const last = layers.lstm({ units: 7 })(sequence)
  same<typeof last, Tensor<readonly [number, 7]>>()
  const all = layers.gru({ units: 7, returnSequences: true })(sequence)
  same<typeof all, Tensor<readonly [number, 12, 7]>>()
  const both = layers.bidirectional({ layer: layers.lstm({ units: 7 }) })(sequence)
  same<typeof both, Tensor<readonly [number, 14]>>()
  assertDims(both, 14)
})

test('types of layers: attention gives the shape of its query, with scores only where they are asked for', () => {
  const self = layers.multiHeadAttention({ numHeads: 2, keyDim: 4 })(sequence)
  same<typeof self, Tensor<readonly [number, 12, 8]>>()
  const [result, scores] = layers.multiHeadAttention({ numHeads: 2, keyDim: 4 })([sequence, sequence], { returnAttentionScores: true })
  same<typeof result, Tensor>()
  assertDims(scores, 2, 12, 12)
  const dot = layers.attention()([sequence, sequence])
  same<typeof dot, Tensor>()
})

test('types of layers: sums of equal shapes keep them', () => {
  const sum = layers.add()([sequence, sequence])
  assertDims(sum, 12, 8)
  const joined = layers.concatenate()([features, features])
  assertDims(joined, 128)
})

test('types of models: a functional model has the types of its inputs and outputs', () => {
  const logits = layers.dense({ units: 10 })(layers.dense({ units: 32, activation: 'relu' })(features))
  const model = new Model({ inputs: features, outputs: logits })
  same<typeof model, Model<Tensor<readonly [number, 64]>, Tensor<readonly [number, 10]>>>()
  const called = model(features)
  assertDims(called, 10)
  const several = new Model({ inputs: { features, sequence }, outputs: [logits, sequence] })
  const results = several({ features, sequence })
  assert.equal(results.length, 2)
})

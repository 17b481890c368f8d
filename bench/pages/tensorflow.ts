// TensorFlow.js in a tab, on its WebAssembly backend: a first training step, and a large product. Unless `threads` is in this module's address
// the backend chooses their number itself: half of the processor's, one at least and four at most.

import type { TensorFlow, WasmBackend } from '../peers/tensorflow.ts'
import type { Prepared } from '../repeat.ts'

const library: string = '/library.js'
const tf: TensorFlow & WasmBackend = await import(library)
const threads = new URL(import.meta.url).searchParams.get('threads')
if (threads !== null) tf.setThreadsCount(Number(threads))
tf.setWasmPaths('/')
await tf.setBackend('wasm')

/** Builds the textbook network and trains it on one batch of 32, to the loss. */
export async function firstStep(): Promise<unknown> {
  const { dense } = tf.layers
  const model = tf.sequential({
    layers: [dense({ units: 64, activation: 'relu', inputShape: [100] }), dense({ units: 10, activation: 'softmax' })],
  })
  model.compile({ optimizer: tf.train.sgd(0.01), loss: 'categoricalCrossentropy' })
  return model.trainOnBatch(tf.randomNormal([32, 100]), tf.oneHot(tf.randomUniform([32], 0, 10, 'int32'), 10))
}

/** The product of two square matrices; it is done when the call returns. */
export async function product(size: number): Promise<Prepared> {
  const [a, b] = [tf.randomUniform([size, size], -1, 1), tf.randomUniform([size, size], -1, 1)]
  return { run: () => tf.matMul(a, b).dispose() }
}

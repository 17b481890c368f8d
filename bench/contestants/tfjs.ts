// TensorFlow.js on its WebAssembly, plain JavaScript and WebGPU backends: matrix products and whole training steps, in Node.
//
// A step is written in the two ways its users write one. `layers`: a compiled layers model and `trainOnBatch`, which reads the loss.
// `core`: variables and `optimizer.minimize`, which leaves the loss unread, the cheapest step there is. The targets are one-hot from the
// start: its sparse loss makes them in every step and takes twice the time. On the processor all is computed at once; what a GPU has only begun
// is waited for by reading one number of the last result. In Node its WebAssembly backend always has one thread (its flag WASM_HAS_MULTITHREAD_SUPPORT is false there).

import { join } from 'node:path'
import { peerFolder, peerPackage } from '../peers/packages.ts'
import type { Optimizer, Tensor, TensorFlow, Variable, WasmBackend } from '../peers/tensorflow.ts'
import type { Prepared } from '../repeat.ts'
import { installWebgpu } from './dawn.ts'
import { numberIn, serve, type Work } from './serve.ts'
import { gptStep } from './tfjs-gpt.ts'

const tf: TensorFlow = peerPackage('@tensorflow/tfjs')
const backend: WasmBackend = peerPackage('@tensorflow/tfjs-backend-wasm')
backend.setWasmPaths(join(peerFolder('@tensorflow/tfjs-backend-wasm'), 'dist/'))
backend.setThreadsCount(1)

function product(work: Work): Prepared {
  const [m, n, k] = [numberIn(work, 'm'), numberIn(work, 'n'), numberIn(work, 'k')]
  const [a, b] = [tf.randomUniform([m, k], -1, 1), tf.randomUniform([k, n], -1, 1)]
  let result: Tensor | undefined
  return {
    run: () => {
      result?.dispose()
      result = tf.matMul(a, b)
    },
    settle: async () => result?.slice([0, 0], [1, 1]).data(),
  }
}

const labels = (count: number): Tensor => tf.oneHot(tf.randomUniform([count], 0, 10, 'int32'), 10)

/** The textbook network by `optimizer.minimize`. */
function coreStep(batch: number): Prepared {
  const weight = (inputs: number, outputs: number): Variable => tf.variable(tf.randomNormal([inputs, outputs], 0, 0.1))
  const [w1, b1, w2, b2] = [weight(100, 64), tf.variable(tf.zeros([64])), weight(64, 10), tf.variable(tf.zeros([10]))]
  const [x, y] = [tf.randomNormal([batch, 100]), labels(batch)]
  const optimizer = tf.train.sgd(0.01)
  const loss = (): Tensor => tf.losses.softmaxCrossEntropy(y, tf.add(tf.matMul(tf.relu(tf.add(tf.matMul(x, w1), b1)), w2), b2))
  return { run: () => optimizer.minimize(loss, false) }
}

/** A step of a layers model by `trainOnBatch`. */
function layersStep(layers: readonly unknown[], optimizer: Optimizer, x: Tensor, y: Tensor): Prepared {
  const model = tf.sequential({ layers })
  model.compile({ optimizer, loss: 'categoricalCrossentropy' })
  return { run: () => model.trainOnBatch(x, y), info: { parameters: model.countParams() } }
}

function step(work: Work): Prepared {
  const batch = numberIn(work, 'batch')
  const { dense, conv2d, maxPooling2d, flatten } = tf.layers
  const softmax = dense({ units: 10, activation: 'softmax' })
  switch (`${String(work.get('model'))} ${String(work.get('variant'))}`) {
    case 'textbook core':
      return coreStep(batch)
    case 'textbook layers':
      return layersStep(
        [dense({ units: 64, activation: 'relu', inputShape: [100] }), softmax],
        tf.train.sgd(0.01),
        tf.randomNormal([batch, 100]),
        labels(batch),
      )
    case 'cnn layers':
      return layersStep(
        [
          conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
          maxPooling2d({ poolSize: 2 }),
          conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
          maxPooling2d({ poolSize: 2 }),
          flatten({}),
          dense({ units: 128, activation: 'relu' }),
          softmax,
        ],
        tf.train.adam(1e-4),
        tf.randomNormal([batch, 28, 28, 1]),
        labels(batch),
      )
    case 'gpt core':
      return gptStep(tf, work)
    default:
      throw new RangeError(`expected the textbook network, the CNN or the GPT, got '${String(work.get('model'))}'`)
  }
}

await serve({ name: 'TensorFlow.js', version: tf.version.tfjs, details: 'one thread' }, async (work) => {
  const name = String(work.get('backend'))
  if (name === 'webgpu') {
    installWebgpu()
    peerPackage('@tensorflow/tfjs-backend-webgpu')
  }
  if (!(await tf.setBackend(name))) throw new Error(`the backend ${name} did not start`)
  return work.get('kind') === 'gemm' ? product(work) : step(work)
})

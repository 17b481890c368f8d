// First part of the demo: the network that every introduction shows, and a small convolutional one, learn MNIST.

import { loadMnist } from '../../data/index.ts'
import { Adam, cosineDecay, layers, Sequential, type Tensor } from '../../index.ts'
import type { DigitsSize } from './sizes.ts'
import { type Speed, Stopwatch } from './speed.ts'

/** Samples of a step. */
const batchSize = 64

/** A network, and what it costs to train it on one digit. */
interface Network {
  readonly name: string
  readonly model: Sequential
  readonly epochs: number
  /** Falls to nothing along half a cosine. */
  readonly learningRate: number
  readonly flopsPerDigit: number
}

function textbook(epochs: number): Network {
  const model = new Sequential([
    layers.flatten({ inputShape: [28, 28, 1] }),
    layers.dense({ units: 64, activation: 'relu' }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ])
  // Forward and the weights' gradient; the second layer has a gradient of its input, too.
  return { name: 'dense 64, softmax 10', model, epochs, learningRate: 5e-3, flopsPerDigit: 2 * (2 * 784 * 64 + 3 * 64 * 10) }
}

function convolutional(epochs: number): Network {
  const model = new Sequential([
    layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
    layers.maxPooling2d(),
    layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d(),
    layers.flatten(),
    layers.dense({ units: 128, activation: 'relu' }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ])
  const multiplyAdds = 2 * 26 * 26 * 9 * 16 + 3 * 11 * 11 * 9 * 16 * 32 + 3 * 800 * 128 + 3 * 128 * 10
  return { name: 'convolutions 16, 32, dense 128', model, epochs, learningRate: 3e-3, flopsPerDigit: 2 * multiplyAdds }
}

/** Trains both networks; how well and how fast. */
export async function learnDigits(folder: string, size: DigitsSize): Promise<Speed[]> {
  console.log('1. Handwritten digits (MNIST)\n')
  const { train, test } = await loadMnist(folder)
  const first = (images: Tensor, count: number): Tensor => (images.shape[0] === count ? images : firstRows(images, count))
  const training = { images: first(train.images, size.trainingDigits), labels: first(train.labels, size.trainingDigits) }
  const testing = { images: first(test.images, size.testDigits), labels: first(test.labels, size.testDigits) }
  const networks = [textbook(size.textbookEpochs), convolutional(size.convolutionalEpochs)].filter(({ epochs }) => epochs > 0)
  const speeds: Speed[] = []
  for (const { name, model, epochs, learningRate, flopsPerDigit } of networks) {
    console.log(`${name}: ${model.countParams().toLocaleString('en-US')} parameters, ${size.trainingDigits.toLocaleString('en-US')} digits`)
    const steps = epochs * Math.ceil(size.trainingDigits / batchSize)
    model.compile({
      loss: 'sparseCategoricalCrossentropy',
      optimizer: new Adam({ learningRate: cosineDecay({ initialLearningRate: learningRate, decaySteps: steps }) }),
      metrics: ['accuracy'],
    })
    const stopwatch = new Stopwatch(Math.min(20, Math.floor(steps / 10)))
    await model.fit(training.images, training.labels, { epochs, batchSize, callbacks: [stopwatch] })
    const { accuracy = Number.NaN } = await model.evaluate(testing.images, testing.labels, { batchSize: 500, verbose: 0 })
    const right = `${(100 * accuracy).toFixed(2)} %`
    console.log(`Test accuracy: ${right} of ${size.testDigits.toLocaleString('en-US')} digits it has never seen\n`)
    const perSecond = stopwatch.stepsPerSecond * batchSize
    speeds.push({ name, result: `${right} right`, perSecond, unit: 'digits', flopsPerSecond: perSecond * flopsPerDigit })
  }
  return speeds
}

/** The first rows of a tensor. */
function firstRows(all: Tensor, count: number): Tensor {
  return all.slice<readonly number[], readonly number[], readonly number[]>([0, ...all.shape.slice(1).map(() => 0)], [count, ...all.shape.slice(1)])
}

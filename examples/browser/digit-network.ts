// The networks that learn digits, and how they are trained: everything of this page that is Tenon.

import { Adam, type LabelledImages, layers, loadMnistPart, type Logs, Sequential, type Tensor, tensor } from 'tenon'

/** A network to choose. */
export type NetworkKind = 'dense' | 'convolutional'

/** Digits to learn from, and others to be judged by. */
export interface Digits {
  readonly train: LabelledImages
  readonly test: LabelledImages
}

/** Samples of a step. */
export const batchSize = 32

/** MNIST's 10,000 test digits, which load in a moment: 9,000 to learn from, 1,000 kept back. */
export async function loadDigits(): Promise<Digits> {
  const { images, labels } = await loadMnistPart('datasets/mnist', 'test')
  return {
    train: { images: rows(images, 0, 9000), labels: rows(labels, 0, 9000) },
    test: { images: rows(images, 9000, 1000), labels: rows(labels, 9000, 1000) },
  }
}

function rows(all: Tensor, from: number, count: number): Tensor {
  const rest = all.shape.slice(1)
  return all.slice<readonly number[], readonly number[], readonly number[]>([from, ...rest.map(() => 0)], [count, ...rest])
}

/** A network that has learned nothing. */
export function makeNetwork(kind: NetworkKind): Sequential {
  const model = new Sequential(
    kind === 'dense'
      ? [
          layers.flatten({ inputShape: [28, 28, 1] }),
          layers.dense({ units: 128, activation: 'relu' }),
          layers.dense({ units: 10, activation: 'softmax' }),
        ]
      : [
          layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
          layers.maxPooling2d(),
          layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
          layers.maxPooling2d(),
          layers.flatten(),
          layers.dense({ units: 10, activation: 'softmax' }),
        ],
  )
  model.compile({
    loss: 'sparseCategoricalCrossentropy',
    optimizer: new Adam({ learningRate: kind === 'dense' ? 1e-3 : 2e-3 }),
    metrics: ['accuracy'],
  })
  return model
}

/** What a network takes an image for: ten probabilities. */
export async function probabilities(model: Sequential, image: Float32Array<ArrayBuffer>): Promise<readonly number[]> {
  const result = await model.predict(tensor(image, [1, 28, 28, 1]), { batchSize: 1 })
  return Array.from(await result.data(), Number)
}

/** Told of training as it goes. */
export interface TrainingListener {
  /** After every few steps: how many, and their loss and accuracy. */
  onSteps(count: number, loss: number, accuracy: number): void | Promise<void>
  /** After each epoch: the share of kept-back digits that are recognised. */
  onEpoch(epoch: number, accuracy: number): void
}

/** Trains epochs `from` (counted from 0) to `to`, unless `model.stopTraining` is set. */
export async function trainNetwork(model: Sequential, { train, test }: Digits, from: number, to: number, listener: TrainingListener): Promise<void> {
  let recent = new RecentMeans()
  await model.fit(train.images, train.labels, {
    epochs: to,
    initialEpoch: from,
    batchSize,
    validationData: [test.images, test.labels],
    verbose: 0,
    callbacks: [
      {
        onEpochBegin() {
          recent = new RecentMeans()
        },
        onBatchEnd(step, logs) {
          const means = recent.after(step, logs)
          return means === undefined ? undefined : listener.onSteps(means.count, means.loss, means.accuracy)
        },
        onEpochEnd: (ended, logs) => listener.onEpoch(ended, logs.valAccuracy ?? 0),
      },
    ],
  })
}

/** Fit tells means since the epoch began; a curve is livelier with means of the latest few steps. */
class RecentMeans {
  private seen = 0
  private loss = 0
  private accuracy = 0

  /** The means since the last answer, every eighth step. */
  after(step: number, logs: Logs): { readonly count: number; readonly loss: number; readonly accuracy: number } | undefined {
    const count = step + 1 - this.seen
    if (count < 8) return undefined
    const [loss, accuracy] = [(logs.loss ?? 0) * (step + 1), (logs.accuracy ?? 0) * (step + 1)]
    const means = { count, loss: (loss - this.loss) / count, accuracy: (accuracy - this.accuracy) / count }
    this.seen = step + 1
    this.loss = loss
    this.accuracy = accuracy
    return means
  }
}

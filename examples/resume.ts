// A training that may be killed at any moment and goes on where it was, bit by bit: weights, optimizer, schedule, dropout, order of the samples. See
// it proved: npx tenon verify-resume examples/resume.ts
import { Adam, type Callback, callbacks, cosineDecay, layers, random, Sequential } from 'tenon'

const x = random.normal(random.key(1), [320, 16])
const y = x.slice([0, 0], [320, 4]).argmax(-1)

/** Builds, compiles and fits a model. */
export async function train(more: readonly Callback[]): Promise<void> {
  const model = new Sequential(
    [
      layers.dense({ units: 32, activation: 'relu', inputShape: [16] }),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 4, activation: 'softmax' }),
    ],
    { seed: 7 },
  )
  const learningRate = cosineDecay({ initialLearningRate: 0.01, decaySteps: 30 })
  model.compile({
    loss: 'sparseCategoricalCrossentropy',
    optimizer: new Adam({ learningRate, gradientAccumulationSteps: 2 }),
    metrics: ['accuracy'],
  })
  const stopping = new callbacks.EarlyStopping({ patience: 3, restoreBestWeights: true })
  await model.fit(x, y, { epochs: 4, batchSize: 20, shuffle: true, validationSplit: 0.25, verbose: 0, callbacks: [stopping, ...more] })
}

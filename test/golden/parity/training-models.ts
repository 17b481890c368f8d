// The models of make_training.py and how they are trained, in Tenon.

import { Adam, type AnyModel, type Figures, type History, Input, layers, Model, optimizers, type Tensor, tensor } from '../../../src/index.ts'

/** Arrays of a case by name. */
export type CaseData = Readonly<Record<string, Tensor>>
/** Figures by name, one for each epoch or call. */
export type Report = Readonly<Record<string, readonly number[]>>

/** A model and its training, which gives what is reported. */
export interface TrainingCase {
  readonly model: AnyModel
  run(data: CaseData): Promise<Report>
}

const quiet = { shuffle: false, verbose: 0 } as const

function twoOutputs() {
  const a = Input({ shape: [6], name: 'a' })
  const b = Input({ shape: [4], name: 'b' })
  const left = layers.dense({ units: 8, activation: 'relu', kernelRegularizer: { className: 'L2', config: { l2: 0.01 } }, name: 'left' })(a)
  const norm = layers.batchNormalization({ momentum: 0.8, name: 'norm' })(left)
  const right = layers.dense({ units: 8, activation: 'tanh', biasRegularizer: { className: 'L1', config: { l1: 0.02 } }, name: 'right' })(b)
  const both = layers.concatenate({ name: 'both' })([norm, right])
  const kind = layers.dense({ units: 3, activation: 'softmax', name: 'kind' })(both)
  const score = layers.dense({ units: 1, name: 'score_out' })(both)
  return new Model({ inputs: [a, b], outputs: [kind, score] })
}

function classifier() {
  const x = Input({ shape: [5], name: 'x' })
  const activityRegularizer = { className: 'L2', config: { l2: 0.05 } }
  const hidden = layers.dense({ units: 7, activation: 'relu', activityRegularizer, name: 'hidden' })(x)
  return new Model({ inputs: x, outputs: layers.dense({ units: 4, activation: 'softmax', name: 'out' })(hidden) })
}

function stepwise() {
  const x = Input({ shape: [5, 3], name: 'x' })
  const hidden = layers.dense({ units: 6, activation: 'tanh', name: 'hidden' })(layers.masking({ maskValue: 0, name: 'mask' })(x))
  return new Model({ inputs: x, outputs: layers.dense({ units: 2, name: 'out' })(hidden) })
}

const at = (data: CaseData, name: string): Tensor => {
  const found = data[name]
  if (found === undefined) throw new Error(`training case: expected an array '${name}', got ${Object.keys(data).join(', ')}`)
  return found
}
const rows = (x: Tensor, from: number, to?: number): Tensor => {
  const end = Math.min(to ?? Infinity, Number(x.shape[0]))
  return x.gather(tensor(Int32Array.from({ length: end - from }, (_, i) => from + i)))
}
const series = ({ history }: History): Report => history
const classWeight = { 0: 2, 1: 0.5, 2: 1.5 }

/** Cases by their names in the golden file. */
export const trainingCases: Readonly<Record<string, () => TrainingCase>> = {
  'two inputs and outputs': () => {
    const model = twoOutputs()
    model.compile({
      optimizer: new Adam({ learningRate: 0.02 }),
      loss: { kind: 'sparse_categorical_crossentropy', score_out: 'mse' },
      lossWeights: { kind: 1, score_out: 0.3 },
      metrics: { kind: ['accuracy'], score_out: ['mae'] },
      weightedMetrics: { kind: ['accuracy'], score_out: ['mse'] },
    })
    const run = async (data: CaseData) => {
      const y = { kind: at(data, 'kind'), score_out: at(data, 'score') }
      const sampleWeight = [at(data, 'kindWeight'), at(data, 'scoreWeight')]
      return series(await model.fit([at(data, 'a'), at(data, 'b')], y, { ...quiet, sampleWeight, epochs: 4, batchSize: 8, validationSplit: 0.3 }))
    }
    return { model, run }
  },
  'accumulated gradients': () => {
    const model = twoOutputs()
    model.compile({
      optimizer: new optimizers.SGD({ learningRate: 0.05, momentum: 0.9, gradientAccumulationSteps: 2 }),
      loss: ['sparseCategoricalCrossentropy', 'huber'],
      lossWeights: [0.5, 2],
      metrics: [['accuracy'], []],
    })
    const run = async (data: CaseData) =>
      series(await model.fit({ b: at(data, 'b'), a: at(data, 'a') }, [at(data, 'kind'), at(data, 'score')], { ...quiet, epochs: 3, batchSize: 9 }))
    return { model, run }
  },
  'class weights': () => {
    const model = classifier()
    const metric = 'sparseCategoricalCrossentropy'
    model.compile({ optimizer: 'rmsprop', loss: metric, metrics: ['accuracy'], weightedMetrics: ['accuracy', metric] })
    const run = async (data: CaseData) => {
      const validationData = [at(data, 'vx'), at(data, 'vy'), at(data, 'vw')] as const
      const options = { ...quiet, classWeight, validationData, validationFreq: 2, epochs: 4, initialEpoch: 1, batchSize: 8 }
      return series(await model.fit(at(data, 'x'), at(data, 'y'), options))
    }
    return { model, run }
  },
  'masks and weights of steps': () => {
    const model = stepwise()
    model.compile({ optimizer: new Adam({ learningRate: 0.01 }), loss: 'mse', metrics: ['mae'], weightedMetrics: ['mse'] })
    const run = async (data: CaseData) =>
      series(await model.fit(at(data, 'x'), at(data, 'y'), { ...quiet, sampleWeight: at(data, 'weight'), epochs: 3, batchSize: 5 }))
    return { model, run }
  },
  batches: () => {
    const model = classifier()
    model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'], weightedMetrics: ['accuracy'] })
    const run = async (data: CaseData) => {
      function* batches() {
        while (true) {
          for (let from = 0; from < 21; from += 6) {
            yield [rows(at(data, 'x'), from, from + 6), rows(at(data, 'y'), from, from + 6), rows(at(data, 'weight'), from, from + 6)] as const
          }
        }
      }
      const report = series(await model.fit(batches(), { stepsPerEpoch: 3, epochs: 3, verbose: 0 }))
      const tested = await model.evaluate(batches(), { steps: 5, verbose: 0 })
      return { ...report, ...Object.fromEntries(Object.entries(tested).map(([name, value]) => [`test_${name}`, [value]])) }
    }
    return { model, run }
  },
  'single batches': () => {
    const model = classifier()
    model.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
    const run = async (data: CaseData) => {
      const [x, y, weight] = [at(data, 'x'), at(data, 'y'), at(data, 'weight')]
      const report: Record<string, number[]> = {}
      const note = (figures: Figures): void => {
        for (const [name, value] of Object.entries(figures)) report[name] = [...(report[name] ?? []), value]
      }
      note(await model.trainOnBatch(rows(x, 0, 8), rows(y, 0, 8)))
      note(await model.trainOnBatch(rows(x, 8, 12), rows(y, 8, 12), { sampleWeight: rows(weight, 8, 12) }))
      note(await model.trainOnBatch(rows(x, 12), rows(y, 12), { classWeight }))
      note(await model.testOnBatch(rows(x, 0, 5), rows(y, 0, 5)))
      note(await model.testOnBatch(rows(x, 5), rows(y, 5), { sampleWeight: rows(weight, 5) }))
      return report
    }
    return { model, run }
  },
  'frozen layers, an output without a loss': () => {
    const model = twoOutputs()
    model.getLayer('left').trainable = false
    model.getLayer('norm').trainable = false
    model.compile({ optimizer: new Adam({ learningRate: 0.02 }), loss: ['sparseCategoricalCrossentropy', null] })
    const run = async (data: CaseData) =>
      series(await model.fit([at(data, 'a'), at(data, 'b')], [at(data, 'kind'), at(data, 'score')], { ...quiet, epochs: 2, batchSize: 8 }))
    return { model, run }
  },
}

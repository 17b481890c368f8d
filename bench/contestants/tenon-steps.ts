// The training steps of the `step`, `compile` and `memory` suites: models as a user builds them, and the step that `fit` runs for each
// batch, on one batch that stays the same.

import {
  Adam,
  AdamW,
  ConfigError,
  currentDevice,
  type Device,
  layers,
  random,
  registerDevice,
  Sequential,
  setDefaultDevice,
  SGD,
  type Tensor,
} from '../../src/index.ts'
import { GPT } from '../../src/llm/index.ts'
import type { Prepared } from '../repeat.ts'
import { numberIn, type Work } from './serve.ts'

interface Task {
  readonly model: Sequential
  readonly x: Tensor
  readonly y: Tensor
}

const labels = (shape: readonly number[], classes: number): Tensor => random.uniform(random.key(2), shape, { maxval: classes }).floor().cast('i32')

function textbook(batch: number): Task {
  const model = new Sequential([layers.dense({ units: 64, activation: 'relu', inputDim: 100 }), layers.dense({ units: 10, activation: 'softmax' })])
  model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: new SGD({ learningRate: 0.01 }) })
  return { model, x: random.normal(random.key(1), [batch, 100]), y: labels([batch], 10) }
}

function cnn(batch: number): Task {
  const model = new Sequential([
    layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
    layers.maxPooling2d(),
    layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d(),
    layers.flatten(),
    layers.dense({ units: 128, activation: 'relu' }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ])
  model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: new Adam({ learningRate: 1e-4 }) })
  return { model, x: random.normal(random.key(1), [batch, 28, 28, 1]), y: labels([batch], 10) }
}

function gpt(work: Work): Task {
  const [batch, contextLength, vocabularySize] = [numberIn(work, 'batch'), numberIn(work, 'context'), numberIn(work, 'vocabulary')]
  const sizes = { layers: numberIn(work, 'layers'), heads: numberIn(work, 'heads'), width: numberIn(work, 'width') }
  const model = new Sequential([new GPT({ vocabularySize, contextLength, ...sizes }, { inputShape: [contextLength] })])
  model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: new AdamW({ learningRate: 1e-4, weightDecay: 0.01 }) })
  return { model, x: labels([batch, contextLength], vocabularySize), y: labels([batch, contextLength], vocabularySize) }
}

function taskOf(work: Work): Task {
  switch (work.get('model')) {
    case 'textbook':
      return textbook(numberIn(work, 'batch'))
    case 'cnn':
      return cnn(numberIn(work, 'batch'))
    case 'gpt':
      return gpt(work)
    default:
      throw new ConfigError(`step: expected the model textbook, cnn or gpt, got '${String(work.get('model'))}'. Choose one of them.`)
  }
}

/** The step of a case; its information has the parameters, the planned arena, and the seconds of compiling the step. */
export async function prepareStep(work: Work): Promise<Prepared> {
  const { model, x, y } = taskOf(work)
  await model.settle()
  for (const data of [x, y]) await data.storage()
  const arena = work.get('kind') === 'memory' ? recordArena() : undefined
  const training = model.training('step')
  training.resetMetrics()
  const batch = { x, y, sampleWeight: undefined, count: numberIn(work, 'batch'), capacity: undefined }
  const run = (): void => training.train(batch)
  const settle = (): Promise<unknown> => training.figures()
  const parameters = model.countParams()
  if (work.get('kind') === 'step') return { run, settle, info: { parameters } }
  const start = performance.now()
  training.compileStep(batch)
  const compileSeconds = (performance.now() - start) / 1000
  run()
  return { run, settle, info: { parameters, compileSeconds, arenaBytes: arena?.bytes ?? 0 } }
}

/** Puts a device before the chosen one that notes the largest arena of the programs it compiles. */
function recordArena(): { readonly bytes: number } {
  const inner = currentDevice()
  const noted = { bytes: 0 }
  const create = (): Device => ({
    name: 'recorded',
    compile(graph) {
      noted.bytes = Math.max(noted.bytes, inner.explain?.(graph).memory.arenaBytes ?? 0)
      return inner.compile(graph)
    },
  })
  registerDevice({ name: 'recorded', priority: 1000, available: () => undefined, create })
  setDefaultDevice('recorded')
  return noted
}

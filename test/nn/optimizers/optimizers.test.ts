import assert from 'node:assert/strict'
import test from 'node:test'
import { Adam, AdamW, cosineDecay, numbersOf, type Optimizer, SGD, type Tensor, tensor } from '../../../src/index.ts'
import { assertClose } from '../close.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

/** A parameter after steps with these gradients. */
function run(optimizer: Optimizer, start: readonly number[], gradients: readonly (readonly number[])[]): number[] {
  let parameters: readonly Tensor[] = [tensor([...start])]
  let state = optimizer.initialize(parameters)
  for (const gradient of gradients) ({ parameters, state } = optimizer.update([tensor([...gradient])], parameters, state))
  return parameters.flatMap((p) => Array.from(numbersOf(p.storageSync())))
}
const gradients = [
  [0.5, -2],
  [1, 0.25],
  [-0.1, 3],
]

test('sgd: w −= lr·g', () => {
  assertClose(run(new SGD({ learningRate: 0.1 }), [1, 2], gradients), [1 - 0.14, 2 - 0.125])
})

test("sgd with momentum: v = μ·v − lr·g, w += v, as Keras's", () => {
  let [w, v] = [1, 0]
  for (const [g = 0] of gradients) {
    v = 0.9 * v - 0.1 * g
    w += v
  }
  assertClose(run(new SGD({ learningRate: 0.1, momentum: 0.9 }), [1, 2], gradients).slice(0, 1), [w])
})

test('sgd with Nesterov momentum: w += μ·v − lr·g', () => {
  let [w, v] = [2, 0]
  for (const [, g = 0] of gradients) {
    v = 0.9 * v - 0.1 * g
    w += 0.9 * v - 0.1 * g
  }
  assertClose(run(new SGD({ learningRate: 0.1, momentum: 0.9, nesterov: true }), [1, 2], gradients).slice(1), [w])
})

/** Keras's Adam on one number; `decay` is AdamW's. */
function adam(start: number, column: number, decay = 0): number {
  let [w, m, v] = [start, 0, 0]
  gradients.forEach((row, i) => {
    const g = row[column] ?? 0
    const rate = (0.01 * Math.sqrt(1 - 0.999 ** (i + 1))) / (1 - 0.9 ** (i + 1))
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g * g
    w -= 0.01 * decay * w
    w -= (rate * m) / (Math.sqrt(v) + 1e-7)
  })
  return w
}

test("adam: moments, corrected, epsilon after the root, as Keras's", () => {
  assertClose(run(new Adam({ learningRate: 0.01 }), [1, 2], gradients), [adam(1, 0), adam(2, 1)])
})

test('adamw: decay before the update, apart from the gradient', () => {
  assertClose(run(new AdamW({ learningRate: 0.01, weightDecay: 0.5 }), [1, 2], gradients), [adam(1, 0, 0.5), adam(2, 1, 0.5)])
})

test('adamw: decayMatricesOnly leaves parameters of one axis alone', () => {
  const optimizer = new AdamW({ learningRate: 0.01, weightDecay: 0.5, decayMatricesOnly: true })
  const parameters = [tensor([1]), tensor([[1]])]
  const zeroGradients = [tensor([0]), tensor([[0]])]
  const next = optimizer.update(zeroGradients, parameters, optimizer.initialize(parameters)).parameters
  assertClose(
    next.map((p) => p.itemSync()),
    [1, 0.995],
  )
})

test('clipping: by value, by norm, by the norm of all together', () => {
  const once = (options: { clipValue?: number; clipNorm?: number; globalClipNorm?: number }): number[] => {
    const optimizer = new SGD({ learningRate: 1, ...options })
    const parameters = [tensor([0, 0]), tensor([0])]
    const { parameters: next } = optimizer.update([tensor([3, 4]), tensor([12])], parameters, optimizer.initialize(parameters))
    return next.flatMap((p) => Array.from(numbersOf(p.storageSync()), (value) => -value))
  }
  assertClose(once({ clipValue: 3.5 }), [3, 3.5, 3.5])
  assertClose(once({ clipNorm: 1 }), [0.6, 0.8, 1])
  assertClose(once({ clipNorm: 20 }), [3, 4, 12])
  assertClose(once({ globalClipNorm: 6.5 }), [1.5, 2, 6])
})

test('optimizers: the learning rate may follow the steps', () => {
  const optimizer = new SGD({ learningRate: (step) => step.add(1).multiply(0.1) })
  assertClose(
    run(
      optimizer,
      [0, 0],
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
    ),
    [-0.6, -0.6],
  )
})

test('cosineDecay: a straight warm-up, then half a cosine down to alpha', () => {
  const rate = cosineDecay({ initialLearningRate: 0, warmupTarget: 1, warmupSteps: 4, decaySteps: 8, alpha: 0.2 })
  const at = (step: number): number => rate(tensor(step, [])).itemSync()
  assertClose([0, 2, 4, 8, 12, 50].map(at), [0, 0.5, 1, 0.6, 0.2, 0.2])
  const plain = cosineDecay({ initialLearningRate: 2, decaySteps: 10 })
  assertClose([plain(tensor(0, [])).itemSync(), plain(tensor(5, [])).itemSync(), plain(tensor(10, [])).itemSync()], [2, 1, 0])
})

test('optimizers: options that make no sense are refused', () => {
  assert.throws(() => new SGD({ learningRate: -1 }), {
    name: 'ConfigError',
    message: 'sgd: expected learningRate to be a finite number of at least 0, got -1. Change it.',
  })
  assert.throws(() => new SGD({ momentum: 2 }), {
    message: 'sgd: expected momentum to be a finite number of at least 0 and of at most 1, got 2. Change it.',
  })
  assert.throws(() => new Adam({ beta2: 1 }), { message: 'adam: expected beta2 to be a finite number of at least 0 and below 1, got 1. Change it.' })
  assert.throws(() => new AdamW({ clipNorm: 1, clipValue: 1 }), {
    message: 'adamw: expected at most one kind of clipping, got clipNorm and clipValue. Keep one of them.',
  })
  assert.throws(() => new Adam({ clipNorm: 0 }), { message: 'adam: expected clipNorm to be a finite number above 0, got 0. Change it.' })
  assert.throws(() => new SGD({ gradientAccumulationSteps: 0 }), /gradientAccumulationSteps to be a whole number of at least 1, got 0/)
})

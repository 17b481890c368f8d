import assert from 'node:assert/strict'
import test from 'node:test'
import { numbersOf, Parameter, type Tensor, tensor, valueAndGrad } from '../../../src/index.ts'
import { maxNorm } from '../../../src/nn/constraints/index.ts'
import { Adam, LossScaleOptimizer, MultiOptimizer, type Optimizer, OptimizerMap, schedules, SGD } from '../../../src/nn/optimizers/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'
import { assertClose } from '../close.ts'

computeOnChosenDevice()

const numbers = (parameters: readonly Parameter[]): number[] => parameters.flatMap(({ value }) => Array.from(numbersOf(value.storageSync())))
const twoParameters = (): Parameter[] => [new Parameter('kernel', tensor([1, -2])), new Parameter('bias', tensor([0.5]))]
const gradientsOf = (parameters: readonly Parameter[]): Tensor[] => parameters.map(({ value }) => value.multiply(2))

/** Plain loops and pure updates of two equal optimizers, side by side. */
function assertSame(make: () => Optimizer, steps = 7): void {
  const [cells, optimizer, pure] = [twoParameters(), make(), make()]
  let values: readonly Tensor[] = cells.map(({ value }) => value)
  let state = pure.initialize(values, cells)
  for (let t = 0; t < steps; t++) {
    const gradients = values.map((value): Tensor => value.multiply(2))
    optimizer.apply(gradientsOf(cells), cells)
    const last = (t + 1) % pure.gradientAccumulationSteps === 0
    ;({ parameters: values, state } = last ? pure.update(gradients, values, state, cells) : pure.accumulate(gradients, values, state, cells))
  }
  assertClose(
    numbers(cells),
    values.flatMap((value) => Array.from(numbersOf(value.storageSync()))),
  )
  optimizer.finalizeVariableValues(cells)
  assertClose(
    numbers(cells),
    pure.finalValues(values, state, cells).flatMap((value) => Array.from(numbersOf(value.storageSync()))),
  )
}

test('apply: a plain loop does what updates do', () => {
  assertSame(() => new Adam({ learningRate: 0.1, useEma: true, emaMomentum: 0.5 }))
  assertSame(() => new SGD({ learningRate: schedules.cosineDecay({ initialLearningRate: 0.1, decaySteps: 5 }), momentum: 0.5 }))
})

test('apply: gradients are added up over gradientAccumulationSteps', () => {
  assertSame(() => new Adam({ learningRate: 0.1, gradientAccumulationSteps: 3 }))
})

test('apply: optimizers made of others', () => {
  assertSame(() => new LossScaleOptimizer({ innerOptimizer: new Adam({ learningRate: 0.1, useEma: true }), initialScale: 8, dynamicGrowthSteps: 3 }))
  const optimizerMap = () =>
    new OptimizerMap({ defaultOptimizer: new SGD({ useEma: true }), optimizerMap: { 'bi.*': new Adam({ learningRate: 0.1 }) } })
  assertSame(() => new MultiOptimizer({ optimizerMap: optimizerMap() }))
})

test('apply: follows the gradients of a formula to its lowest point', () => {
  const parameters = twoParameters()
  const optimizer = new Adam({ learningRate: 0.1 })
  const loss = (values: readonly Tensor[]): Tensor => values.map((x): Tensor => x.subtract(3).square().sum()).reduce((a, b): Tensor => a.add(b))
  for (let t = 0; t < 200; t++) {
    const [, gradients] = valueAndGrad(loss)(parameters.map(({ value }) => value))
    optimizer.apply(gradients, parameters)
  }
  for (const value of numbers(parameters)) assert.ok(Math.abs(value - 3) < 0.02, `expected 3, found ${value}`)
})

test('apply: keeps constraints, and leaves parameters without a gradient alone', () => {
  const kept = new Parameter('kernel', tensor([[3], [4]]), { constraint: maxNorm({ maxValue: 1 }) })
  const [still] = twoParameters()
  if (still === undefined) throw new Error('expected a parameter')
  new SGD({ learningRate: 0 }).apply([tensor([[1], [1]]), undefined], [kept, still])
  assertClose(numbers([kept, still]), [0.6, 0.8, 1, -2])
})

test('apply: variables are in cells, in the order of Keras', () => {
  const parameters = twoParameters()
  const optimizer = new Adam({ amsgrad: true })
  assert.equal(optimizer.built, false)
  optimizer.build(parameters)
  assert.deepEqual(
    optimizer.variables.map(({ name }) => name),
    ['iteration', 'learning_rate', '0/momentum', '0/velocity', '1/momentum', '1/velocity', '0/velocityHat', '1/velocityHat'].map(
      (name) => `adam/${name}`,
    ),
  )
  optimizer.apply(gradientsOf(parameters), parameters)
  assert.equal(optimizer.variables[0]?.value.itemSync(), 1)
})

test('apply: the learning rate can be set between steps', () => {
  const parameters = twoParameters()
  const optimizer = new LossScaleOptimizer({ innerOptimizer: new SGD({ learningRate: 0.1 }) })
  const scaled = () => parameters.map(() => optimizer.scaleLoss(tensor(1, [])))
  optimizer.apply(scaled(), parameters)
  optimizer.learningRate = 0.5
  optimizer.apply(scaled(), parameters)
  assertClose(numbers(parameters), [0.4, -2.6, -0.1])
  assert.throws(() => {
    new SGD({ learningRate: (step) => step }).learningRate = 1
  }, /expected a learning rate that is a number to set it to one, got a schedule/)
})

test('apply: refuses parameters it was not built with, and too few gradients', () => {
  const parameters = twoParameters()
  const optimizer = new SGD()
  assert.throws(() => optimizer.apply([]), /sgd: expected parameters, or an optimizer that is built, got neither/)
  optimizer.build(parameters)
  assert.throws(() => optimizer.apply([], twoParameters()), /sgd: expected the 2 parameters that it was built with, got another one, kernel/)
  assert.throws(() => optimizer.apply([], parameters), /sgd: expected 2 gradients, got 0/)
  assert.throws(() => optimizer.apply([undefined, undefined], parameters), /sgd: expected a gradient for at least one parameter, got none/)
  assert.throws(() => optimizer.excludeFromWeightDecay({ names: ['bias'] }), /before the optimizer is built/)
})

import assert from 'node:assert/strict'
import test from 'node:test'
import { tensor } from '../../../src/index.ts'
import * as optimizers from '../../../src/nn/optimizers/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'
import { assertClose } from '../close.ts'

computeOnChosenDevice()
const { Adam, deserialize, get, LossScaleOptimizer, MultiOptimizer, Muon, OptimizerMap, schedules, serialize, SGD } = optimizers

test('optimizers: get takes any spelling, a config in either case, or an optimizer', () => {
  for (const name of ['sgd', 'SGD', 'rmsprop', 'adamw', 'AdamW', 'schedule_free_adamw', 'muon']) assert.ok(get(name) instanceof optimizers.Optimizer)
  const config = { class_name: 'Adam', config: { learning_rate: 0.5, beta_1: 0.7, clipnorm: 2, weight_decay: null } }
  assert.deepEqual(
    { ...get(config).getConfig(), clipNorm: undefined },
    { ...new Adam({ learningRate: 0.5, beta1: 0.7 }).getConfig(), clipNorm: undefined },
  )
  assert.equal(get(config).getConfig().clipNorm, 2)
  const own = new SGD()
  assert.equal(get(own), own)
  assert.equal(get(null), undefined)
  assert.throws(() => get('adman'), { message: /optimizer: expected one of .* got 'adman'. Did you mean 'Adam'\?/ })
  assert.throws(
    () => deserialize({ className: 'SGD', config: { momentun: 1 } }),
    /sgd: expected options among .*momentum.*, got 'momentun'\. Did you mean 'momentum'/,
  )
})

test('optimizers: what is serialised is made again, however deep', () => {
  const learningRate = schedules.oneCycle({ maxLearningRate: 0.1, totalSteps: 50 })
  const all = [
    new Adam({ learningRate, amsgrad: true, useEma: true, emaOverwriteFrequency: 3, gradientAccumulationSteps: 2, decayMatricesOnly: true }),
    new Muon({ rmsRate: null, excludeLayers: ['head'] }),
    new LossScaleOptimizer({ innerOptimizer: new Adam({ learningRate }), initialScale: 4 }),
    new MultiOptimizer({
      optimizerMap: new OptimizerMap({ defaultOptimizer: new SGD(), optimizerMap: { 'a/.*': new Adam({ learningRate }) } }),
      lossScaleFactor: 2,
    }),
  ]
  for (const optimizer of all) {
    const written = serialize(optimizer)
    const read: unknown = JSON.parse(JSON.stringify(written))
    assert.deepEqual(read, written)
    assert.deepEqual(serialize(deserialize(written)), written)
  }
  assert.deepEqual(Adam.fromConfig(new Adam({ beta1: 0.5 }).getConfig()).getConfig(), new Adam({ beta1: 0.5 }).getConfig())
  assert.throws(() => new SGD({ learningRate: (step) => step }).getConfig(), /expected a learning rate that can be saved, got a plain function/)
})

test('optimizers: a map finds exact paths first, then the one pattern that matches, then the default', () => {
  const [one, two, rest] = [new SGD(), new Adam(), new SGD()]
  const map = new OptimizerMap({ defaultOptimizer: rest, optimizerMap: { 'dense/.*': one, 'dense/bias': two } })
  assert.deepEqual([map.get('dense/kernel'), map.get('dense/bias'), map.get('a/dense/kernel')], [one, two, rest])
  map.set('.*kernel', two)
  assert.throws(() => map.get('dense/kernel'), /expected one pattern to match 'dense\/kernel', got 'dense\/\.\*' and '\.\*kernel'/)
  assert.throws(() => map.set('dense/bias', one), /expected a new pattern, got 'dense\/bias' again/)
  map.delete('.*kernel')
  assert.equal(map.get('dense/kernel'), one)
})

test('optimizers: what cannot be combined is refused', () => {
  const inner = new LossScaleOptimizer({ innerOptimizer: new Adam() })
  assert.throws(
    () => new MultiOptimizer({ optimizerMap: { defaultOptimizer: inner } }),
    /expected optimizers that are not made of others, got LossScaleOptimizer/,
  )
  const optimizerMap = { defaultOptimizer: new Adam({ gradientAccumulationSteps: 2 }), optimizerMap: { a: new SGD() } }
  assert.throws(() => new MultiOptimizer({ optimizerMap }), /expected one gradientAccumulationSteps for all optimizers, got 1 and 2/)
})

test('loss scaling: an infinite gradient of accumulated ones is left out, the others count', () => {
  const optimizer = new LossScaleOptimizer({ innerOptimizer: new SGD({ learningRate: 1, gradientAccumulationSteps: 2 }), initialScale: 4 })
  const parameters = [tensor([0])]
  let state = optimizer.initialize(parameters)
  ;({ state } = optimizer.accumulate([tensor([8])], parameters, state))
  const next = optimizer.update([tensor([Number.POSITIVE_INFINITY])], parameters, state)
  assertClose([next.parameters[0]?.itemSync() ?? 0], [-1])
  assert.equal(next.state.shared.dynamicScale?.itemSync(), 2)
})

test("schedules: a warm-up, a plateau and a fall; BERT's triangle", () => {
  const at = (schedule: optimizers.Schedule, steps: readonly number[]): number[] => steps.map((step) => schedule(tensor(step, [])).itemSync())
  const plateau = { peakLearningRate: 1, warmupSteps: 4, stableSteps: 6, decaySteps: 4, endLearningRate: 0.2 }
  assertClose(at(schedules.warmupStableDecay(plateau), [0, 2, 4, 10, 12, 14, 99]), [0, 0.5, 1, 1, 0.6, 0.2, 0.2])
  assertClose(at(schedules.warmupStableDecay({ ...plateau, decayType: 'cosine' }), [9, 11, 14]), [1, 0.2 + 0.8 * 0.5 * (1 + Math.SQRT1_2), 0.2])
  assertClose(at(schedules.warmupStableDecay({ ...plateau, decayType: 'sqrt' }), [9, 11, 14]), [1, 0.6, 0.2])
  assertClose(at(schedules.linearWarmupDecay({ peakLearningRate: 1, warmupSteps: 5, totalSteps: 15 }), [0, 1, 5, 10, 15, 20]), [0, 0.2, 1, 0.5, 0, 0])
})

test('schedules: periods begin at their first step, also where it is a root of a logarithm', () => {
  const growing = schedules.cosineDecayRestarts({ initialLearningRate: 1, firstDecaySteps: 10, tMul: 3 })
  const equal = schedules.cosineDecayRestarts({ initialLearningRate: 1, firstDecaySteps: 7, tMul: 1 })
  for (const step of [0, 10, 40, 130, 400, 1210]) assertClose([growing(tensor(step, [])).itemSync()], [1])
  for (const step of [0, 7, 21, 49, 700]) assertClose([equal(tensor(step, [])).itemSync()], [1])
})

test('schedules: options that make no sense are refused', () => {
  assert.throws(() => schedules.cosineDecay({ initialLearningRate: 1, decaySteps: 0 }), {
    name: 'ConfigError',
    message: 'CosineDecay: expected decaySteps to be a finite number above 0, got 0. Change it.',
  })
  assert.throws(
    () => schedules.cosineDecay({ initialLearningRate: 1, decaySteps: 5, warmupSteps: 2 }),
    /expected a warmupTarget for 2 warm-up steps, got none/,
  )
  assert.throws(
    () => schedules.piecewiseConstantDecay({ boundaries: [1], values: [1] }),
    /expected one value more than boundaries, got values \[1\] and boundaries \[1\]/,
  )
  assert.throws(
    () => schedules.deserialize({ className: 'CosineDecay', config: {} }),
    /CosineDecay: expected initialLearningRate and decaySteps among the options/,
  )
  assert.throws(
    () => schedules.linearWarmupDecay({ peakLearningRate: 1, warmupSteps: 5, totalSteps: 5 }),
    /totalSteps to be a finite number above 5, got 5/,
  )
})

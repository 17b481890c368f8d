// Optimizers, schedules, initializers, regularizers and constraints against Keras and PyTorch.

import assert from 'node:assert/strict'
import test from 'node:test'
import { currentDevice, flattenTree, jit, numbersOf, Parameter, type Shape, Tensor, tensor, vjp } from '../../../src/index.ts'
import * as constraints from '../../../src/nn/constraints/index.ts'
import { plainName } from '../../../src/nn/options/identifiers.ts'
import * as initializers from '../../../src/nn/initializers/index.ts'
import * as optimizers from '../../../src/nn/optimizers/index.ts'
import * as regularizers from '../../../src/nn/regularizers/index.ts'
import type { Configurable, SerializedInput } from '../../../src/nn/saving/serialized.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'
import { casesOf, type GoldenCase, goldenArray, itemsOf, propertyOf, recordError, tensorOf } from './golden-case.ts'
import content from './optimizers.json' with { type: 'json' }

computeOnChosenDevice()
const device = currentDevice().name
const [inputs, ...cases] = casesOf(content)
if (inputs === undefined) throw new Error('expected the case of inputs')
const [start, a, b] = ['parameters', 'a', 'b'].map((key) => inputs.arrays(key))
const paths = itemsOf(inputs.get('paths')).map(String)

function serialized(golden: GoldenCase): SerializedInput {
  const config = golden.get('config')
  return { class_name: String(golden.get('className')), config: typeof config === 'object' ? config : {} }
}

/** Configs with one spelling of names, and without what is only spelling. */
function normal(value: unknown): unknown {
  if (typeof value === 'string') return plainName(value)
  if (Array.isArray(value)) return value.map(normal)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [plainName(key), normal(part)]))
  }
  return typeof value === 'number' ? Math.fround(value) : value
}

/** The config of what was made from Keras's config is Keras's config. */
function assertSameConfig(made: Configurable, golden: GoldenCase): void {
  if (golden.name.startsWith('PyTorch')) return
  const wanted = normal(golden.get('config'))
  const found = normal(made.getConfig())
  for (const [key, value] of Object.entries(Object(wanted))) assert.deepEqual(propertyOf(found, key), value, `${golden.row}: ${key}`)
}

/** The gradients of step t, from 0: a·cos(0.7 t) + b·sin(1.3 t). */
const gradientsOf = (t: number): Tensor[] =>
  (a ?? []).map((array, i) => {
    const [x, y] = [array.values, b?.[i]?.values ?? []]
    const values = Array.from(x, (value, j) => value * Math.cos(0.7 * t) + (y[j] ?? 0) * Math.sin(1.3 * t))
    return tensor(Float32Array.from(values), array.shape)
  })

/** Parameters as a model has them: with paths, and constraints where the case has some. */
function parametersOf(golden: GoldenCase): { readonly cells: Parameter[]; readonly traits: optimizers.ParameterTraits[] } {
  const kept = golden.get('constrained')
    ? [
        constraints.maxNorm({ maxValue: 1 }),
        constraints.nonNeg(),
        constraints.unitNorm({ axis: 1 }),
        constraints.minMaxNorm({ minValue: 0.5, rate: 0.5, axis: [0, 1, 2] }),
      ]
    : []
  const cells = (start ?? []).map((array, i) => new Parameter(paths[i] ?? '', tensorOf(array), { constraint: kept[i] }))
  const traits = cells.map(({ constraint }, i) => ({ path: paths[i] ?? '', name: paths[i]?.split('/').at(-1) ?? '', constraint }))
  return { cells, traits }
}

function runOptimizer(golden: GoldenCase): void {
  const optimizer = optimizers.deserialize(serialized(golden))
  assertSameConfig(optimizer, golden)
  if (golden.name === 'no decay of biases') optimizer.excludeFromWeightDecay({ names: ['bias', 'embeddings'] })
  const { cells, traits } = parametersOf(golden)
  const batches = optimizer.gradientAccumulationSteps
  const step = (updates: boolean) =>
    jit((gradients: readonly Tensor[], parameters: readonly Tensor[], state: optimizers.OptimizerState) => {
      const scale = optimizer.scaleLoss(tensor(1, []), state)
      const scaled = gradients.map((g): Tensor => g.multiply(scale))
      const next = updates ? optimizer.update(scaled, parameters, state, traits) : optimizer.accumulate(scaled, parameters, state, traits)
      return [next.parameters, next.state] as const
    })
  const [update, accumulate] = [step(true), step(false)]
  let parameters: readonly Tensor[] = cells.map(({ value }) => value)
  let state = optimizer.initialize(parameters, traits)
  const after: Tensor[][] = []
  for (let t = 0; t < 20; t++) {
    const gradients = gradientsOf(t)
    if (t === golden.get('badStep')) gradients[1] = tensor([1, 1, Number.POSITIVE_INFINITY, 1])
    ;[parameters, state] = ((t + 1) % batches === 0 ? update : accumulate)(gradients, parameters, state)
    if ([1, 5, 20].includes(t + 1)) after.push([...parameters])
  }
  const weights = itemsOf(golden.get('weights')).flatMap(itemsOf).map(goldenArray)
  const listed = optimizer.listed(state).map(({ value }) => value)
  const variables = golden.arrays('variables')
  if (variables.length > 0) assert.equal(listed.length, variables.length, 'number of variables')
  const finals = golden.arrays('final')
  const final = optimizer.finalValues(parameters, state, traits)
  golden.compare([
    ...after.flat().map((value, i) => [`weight ${i}`, value, need(weights, i)] as const),
    ...variables.map((array, i) => [`variable ${i}`, need(listed, i).cast('f32'), array] as const),
    ...finals.map((array, i) => [`final ${i}`, need(final, i), array] as const),
  ])
}

function need<T>(items: readonly T[], index: number): T {
  const found = items[index]
  if (found === undefined) throw new Error(`expected an item ${index}, found ${items.length}`)
  return found
}

function runSchedule(golden: GoldenCase): void {
  const schedule = optimizers.schedules.deserialize(serialized(golden))
  assertSameConfig(schedule, golden)
  const [steps] = [goldenArray(golden.get('steps'))]
  golden.compare([['rates', jit((step: Tensor) => schedule(step))(tensorOf(steps)), need(golden.arrays('results'), 0)]])
}

function runInitializer(golden: GoldenCase): void {
  const made = initializers.deserialize(serialized(golden))
  assertSameConfig(made, golden)
  const shape = itemsOf(golden.get('shape')).map(Number)
  const results = golden.arrays('results')
  if (results.length > 0) golden.compare([['values', made(shape), need(results, 0)]])
  else assertOrthonormal(golden, made(shape), Number(propertyOf(golden.get('config'), 'gain')))
}

function assertOrthonormal(golden: GoldenCase, value: Tensor, gain: number): void {
  const columns = value.shape.at(-1) ?? 1
  const rows = value.size / columns
  const matrix: Tensor<Shape> = value.reshape<Shape, Shape>([rows, columns]).multiply(1 / gain)
  const product: Tensor = rows < columns ? matrix.matmul<Shape, Shape>(matrix.transpose()) : matrix.transpose().matmul<Shape, Shape>(matrix)
  const size = Math.min(rows, columns)
  const worst = Math.max(...Array.from(numbersOf(product.storageSync()), (x, i) => Math.abs(x - (i % (size + 1) === 0 ? 1 : 0))))
  recordError(golden.row, worst)
  assert.ok(worst < 1e-5, `expected orthonormal vectors, found products up to ${worst} off`)
}

/** Moments of 10 000 draws or so, within four deviations of what chance gives; limits exactly. */
function runDrawn(golden: GoldenCase): void {
  const made = initializers.deserialize(serialized(golden))
  assertSameConfig(made, golden)
  const values = Array.from(numbersOf(made(itemsOf(golden.get('shape')).map(Number)).storageSync()))
  const [mean, deviation, limit] = ['mean', 'deviation', 'limit'].map((key) => Number(golden.get(key) ?? Infinity))
  if (mean === undefined || deviation === undefined || limit === undefined) throw new Error('expected moments')
  const found = values.reduce((total, x) => total + x, 0) / values.length
  const spread = Math.sqrt(values.reduce((total, x) => total + (x - found) ** 2, 0) / values.length)
  assert.ok(Math.abs(found - mean) < (4 * deviation) / Math.sqrt(values.length), `expected a mean of ${mean}, found ${found}`)
  assert.ok(Math.abs(spread / deviation - 1) < 4 / Math.sqrt(2 * values.length), `expected a deviation of ${deviation}, found ${spread}`)
  const farthest = Math.max(...values.map((x) => Math.abs(x - mean)))
  assert.ok(farthest <= limit * (1 + 1e-6), `expected |x − mean| up to ${limit}, found ${farthest}`)
  assert.ok(limit === Infinity || farthest > 0.98 * limit, `expected |x − mean| near ${limit}, found ${farthest}`)
  recordError(golden.row, 0)
}

function runFunction(golden: GoldenCase, made: Configurable & ((x: Tensor) => Tensor)): void {
  assertSameConfig(made, golden)
  const [x, cotangent] = [need(golden.arrays('inputs'), 0), need(golden.arrays('cotangents'), 0)]
  const [value, pull] = vjp((input: Tensor) => made(input), tensorOf(x))
  const gradient = flattenTree(pull(tensorOf(cotangent))).leaves
  golden.compare([
    ['value', value, need(golden.arrays('results'), 0)],
    ['gradient', need(gradient, 0), need(golden.arrays('gradients'), 0)],
  ])
}

const runners: Readonly<Record<string, (golden: GoldenCase) => void>> = {
  undefined: runOptimizer,
  schedule: runSchedule,
  initializer: runInitializer,
  drawn: runDrawn,
  regularizer: (golden) => {
    runFunction(golden, regularizers.deserialize(serialized(golden)))
  },
  constraint: (golden) => {
    runFunction(golden, constraints.deserialize(serialized(golden)))
  },
}

for (const golden of cases) {
  test(`${golden.row} on ${device}, ${golden.name}`, () => {
    runners[String(golden.get('kind'))]?.(golden)
  })
}

// Runs the cases of layers: the layer is made from Keras's config, gets Keras's weights, and must give Keras's results, masks, states and gradients; its
// own config must make an equal layer.

import assert from 'node:assert/strict'
import test from 'node:test'
import { currentDevice, isFloat, layers, maskOf, parametersOf, random, Tensor, vjp, type CallContext, type Tree } from '../../../src/index.ts'
import { keySequence } from '../../../src/nn/layer/keys.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'
import { casesOf, type GoldenArray, goldenArray, type GoldenCase, itemsOf, propertyOf, tensorOf, tensorsOf } from './golden-case.ts'
import { tenonConfig } from './keras-config.ts'

/** One test per case of a file of layers; `tolerance` holds for those that do not name their own. */
export function layerCases(content: unknown, tolerance = 1e-5): void {
  computeOnChosenDevice()
  for (const golden of casesOf(content, tolerance)) {
    test(`${golden.row} on ${currentDevice().name}, ${golden.name}`, () => {
      runLayer(golden)
    })
  }
}

const keys = keySequence(random.key(7))

function runLayer(golden: GoldenCase): void {
  const config = tenonConfig(golden.get('config'))
  const layer = layers.deserialize({ className: String(golden.get('className')), config })
  const inputs = inputsOf(golden.value('inputs'))
  const options = optionsOf(golden)
  const context: CallContext = { training: golden.get('training') === true, nextKey: keys, initialKey: keys }
  const run = (own: Tree): Tree => layer.run(own, context, options)
  run(inputs)
  setWeights(golden, layer)
  const parameters = parametersOf(layer)
  const fixed = parameters.filter(({ trainable }) => !trainable)
  const trained = parameters.filter(({ trainable }) => trainable)
  const before = fixed.map(({ parameter }) => parameter.value)
  const floats = tensorsOf(inputs).filter((x) => isFloat(x.dtype))
  const leaves = tensorsOf(inputs)

  const formula = (values: readonly Tensor[]): Tensor[] => {
    let next = 0
    const replaced = leaves.map((x) => (isFloat(x.dtype) ? (values[next++] ?? x) : x))
    trained.forEach(({ parameter }) => {
      parameter.value = values[next++] ?? parameter.value
    })
    fixed.forEach(({ parameter }, i) => {
      parameter.value = before[i] ?? parameter.value
    })
    return tensorsOf(run(rebuilt(inputs, replaced)))
  }
  const start = [...floats, ...trained.map(({ parameter }) => parameter.value)]
  let results: Tensor[] = []
  let states: Tensor[] = []
  const wanted = golden.get('gradients')
  const floatResults = (values: readonly Tensor[]): Tensor[] => {
    results = formula(values)
    states = fixed.map(({ parameter }) => parameter.value)
    return results.filter((x) => isFloat(x.dtype))
  }
  const pairs: (readonly [string, Tensor, GoldenArray, number])[] = []
  if (wanted === undefined || start.length === 0) floatResults(start)
  else {
    const [, pull] = vjp(floatResults, start)
    const cotangents = itemsOf(golden.get('cotangents')).flatMap((x) => (x === null || x === undefined ? [] : [tensorOf(goldenArray(x))]))
    const [gradients = []] = pull(cotangents)
    // A gradient that is 0 in theory (a bias before a softmax) is the rounding of what cancels: measured against the other gradients.
    const scale = Math.max(1e-3, 0.05 * Math.max(...golden.arrays('gradients').map(largest)))
    golden.arrays('gradients').forEach((array, i) => {
      pairs.push([`gradient ${i}`, need(gradients, i), array, scale])
    })
  }
  const expected = golden.arrays('results')
  assert.equal(results.length, expected.length, 'number of results')
  golden.compare([
    ...expected.map((array, i) => [`result ${i}`, need(results, i), array] as const),
    ...golden.arrays('states').map((array, i) => [`state ${i}`, need(states, i), array] as const),
    ...pairs,
    ...masksOf(golden, results),
  ])
  trained.forEach(({ parameter }, i) => {
    parameter.value = start[floats.length + i] ?? parameter.value
  })

  const own = layers.serialize(layer)
  assert.deepEqual(layers.serialize(layers.deserialize(own)), own, 'a config makes a layer of the same config')
  agrees('config', own.config, config)
}

/** That options which both configs name are equal, in objects inside them, too. */
function agrees(where: string, own: unknown, wanted: unknown): void {
  if (wanted === undefined || wanted === null || own === undefined) return
  if (typeof wanted !== 'object' || (Array.isArray(wanted) && wanted.every((part) => typeof part !== 'object'))) assert.deepEqual(own, wanted, where)
  else for (const [option, value] of Object.entries(wanted)) agrees(`${where}.${option}`, propertyOf(own, option), value)
}

function masksOf(golden: GoldenCase, results: readonly Tensor[]): (readonly [string, Tensor, GoldenArray])[] {
  return itemsOf(golden.get('masks')).flatMap((mask, i) => {
    const own = maskOf(need(results, i))
    if (mask === null || mask === undefined) {
      assert.equal(own, undefined, `mask ${i}`)
      return []
    }
    if (own === undefined) assert.fail(`expected a mask of result ${i}, got none`)
    return [[`mask ${i}`, own, goldenArray(mask)] as const]
  })
}

function setWeights(golden: GoldenCase, layer: ReturnType<typeof layers.deserialize>): void {
  const parameters = parametersOf(layer)
  const weights = golden.arrays('weights')
  assert.equal(parameters.length, weights.length, `number of weights: ${parameters.map(({ path }) => path).join(', ')}`)
  parameters.forEach(({ parameter, path }, i) => {
    const value = tensorOf(weights[i] ?? assert.fail('expected as many weights as parameters'))
    assert.deepEqual(value.shape, parameter.value.shape, path)
    parameter.value = value.cast(parameter.value.dtype)
  })
}

function optionsOf(golden: GoldenCase): Record<string, unknown> {
  const options = golden.value('options')
  if (typeof options !== 'object' || options === null) return {}
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), value]),
  )
}

function inputsOf(value: unknown): Tree {
  if (value instanceof Tensor) return value
  const list = propertyOf(value, 'list')
  return tensorsOf(list)
}

const rebuilt = (inputs: Tree, leaves: readonly Tensor[]): Tree => (inputs instanceof Tensor ? need(leaves, 0) : [...leaves])

function need(tensors: readonly Tensor[], index: number): Tensor {
  return tensors[index] ?? assert.fail(`expected a tensor ${index}, found ${tensors.length}`)
}

const largest = ({ values }: GoldenArray): number => Array.from(values).reduce((max, value) => Math.max(max, Math.abs(value)), 0)

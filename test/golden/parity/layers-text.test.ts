// Layers of words and vocabularies, what `adapt` finds, and the hashes behind them, against Keras on TensorFlow.

import assert from 'node:assert/strict'
import test from 'node:test'
import { layers, numbersOf, Tensor, tensor } from '../../../src/index.ts'
import { invoke } from '../../../src/nn/layer/callable.ts'
import { farmHash64 } from '../../../src/nn/layers/preprocessing/hashing/farm-hash.ts'
import { sipHash64 } from '../../../src/nn/layers/preprocessing/hashing/sip-hash.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'
import { itemsOf, propertyOf, recordError } from './golden-case.ts'
import content from './layers-text.json' with { type: 'json' }

computeOnChosenDevice()

type Nested<T> = T | readonly Nested<T>[]

const isNested = <T>(value: unknown, isLeaf: (leaf: unknown) => leaf is T): value is Nested<T> =>
  isLeaf(value) || (Array.isArray(value) && value.every((part) => isNested(part, isLeaf)))
const isText = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number'

/** Whole numbers as a tensor, strings as they are. */
function given(value: unknown): Tensor | Nested<string> {
  if (isNested(value, isNumber)) return tensor(value, undefined, { dtype: 'i32' })
  return isNested(value, isText) ? value : assert.fail(`expected numbers or strings, got ${JSON.stringify(value)}`)
}

function adapt(layer: object, data: unknown): void {
  if ((layer instanceof layers.StringLookup || layer instanceof layers.TextVectorization) && isNested(data, isText)) layer.adapt(data)
  else if (layer instanceof layers.IntegerLookup && isNested(data, isNumber)) layer.adapt(data)
  else assert.fail('expected a layer that adapts')
}

function call(layer: object, input: unknown): unknown {
  if (layer instanceof layers.StringLookup && isNested(input, isNumber)) return layer.lookUp(input)
  if (layer instanceof layers.HashedCrossing) return layer[invoke](itemsOf(input).map(given))
  const x = given(input)
  if (layer instanceof layers.Hashing || layer instanceof layers.StringLookup || layer instanceof layers.TextVectorization) return layer[invoke](x)
  return layer instanceof layers.IntegerLookup && x instanceof Tensor ? layer(x) : assert.fail('expected a layer of tokens')
}

for (const entry of content.cases) {
  test(`${entry.row}, ${entry.case}`, () => {
    const layer = layers.deserialize({ className: entry.className, config: entry.options })
    const data: unknown = propertyOf(entry, 'data')
    if (data !== undefined) adapt(layer, data)
    const vocabulary: unknown = propertyOf(entry, 'vocabulary')
    if (vocabulary !== undefined && 'getVocabulary' in layer && typeof layer.getVocabulary === 'function') {
      assert.deepEqual(layer.getVocabulary(), vocabulary)
    }
    const own = layers.serialize(layer)
    for (const made of [layer, layers.deserialize(own)]) {
      const result = call(made, entry.input)
      if (!(result instanceof Tensor)) {
        assert.deepEqual(itemsOf(result).flat(), entry.result)
        continue
      }
      assert.deepEqual(result.shape, entry.shape)
      const numbers = Array.from(numbersOf(result.storageSync()))
      const error = Math.max(0, ...numbers.map((value, i) => Math.abs(value - Number(entry.result[i]))))
      assert.ok(error <= 1e-5, `expected ${entry.result}, got ${numbers}`)
      recordError(entry.row, error)
    }
    assert.deepEqual(layers.serialize(layers.deserialize(own)), own, 'a config makes a layer of the same config')
  })
}

for (const { row, case: name, className, options, batches, found } of content.adapts) {
  test(`${row}, adapt: ${name}`, () => {
    const layer = layers.deserialize({ className, config: options })
    const data = batches.map((batch) => tensor(batch))
    let own: readonly (readonly number[])[] = []
    if (layer instanceof layers.Discretization) {
      layer.adapt(data)
      own = [layer.binBoundaries ?? []]
    } else if (layer instanceof layers.Normalization) {
      layer.adapt(data)
      own = layer.parameters.slice(0, 2).map(({ value }) => Array.from(numbersOf(value.storageSync())))
    }
    assert.deepEqual(
      own.map(({ length }) => length),
      found.map(({ length }) => length),
    )
    const error = Math.max(...own.flatMap((values, i) => values.map((value, j) => Math.abs(value - (found[i]?.[j] ?? Number.NaN)))))
    assert.ok(error <= 2e-6, `expected ${JSON.stringify(found)}, got ${JSON.stringify(own)}`)
    recordError(row, error)
  })
}

test('the hashes of texts of all lengths are those of TensorFlow', () => {
  for (const [text = '', farm, sip] of content.hashes) {
    assert.equal(String(BigInt.asUintN(62, farmHash64(text))), farm, text)
    assert.equal(String(BigInt.asUintN(62, sipHash64(text, [133n, 137n]))), sip, text)
  }
})

import assert from 'node:assert/strict'
import test from 'node:test'
import { currentDevice, losses, type Tensor, vjp } from '../../../src/index.ts'
import { casesOf, type GoldenCase, goldenArray, itemsOf, opCases, propertyOf, tensorOf } from './golden-case.ts'
import { tenonConfig } from './keras-config.ts'
import content from './losses.json' with { type: 'json' }

const all = itemsOf(propertyOf(content, 'cases'))
const isFunction = (entry: unknown): boolean => propertyOf(entry, 'function') !== undefined

opCases({ cases: all.filter(isFunction) }, losses)

for (const golden of casesOf({ cases: all.filter((entry) => !isFunction(entry)) })) {
  test(`${golden.row} on ${currentDevice().name}, ${golden.name}`, () => {
    runLoss(golden)
  })
}

/** An array of a case as a tensor; undefined where it has none. */
function optional(golden: GoldenCase, key: string): Tensor | undefined {
  const value = golden.get(key)
  return value === undefined ? undefined : tensorOf(goldenArray(value))
}

function runLoss(golden: GoldenCase): void {
  const config = tenonConfig(golden.get('config'))
  const loss = losses.deserialize({ className: String(golden.get('className')), config })
  assert.ok(loss instanceof losses.Loss)
  for (const [option, value] of Object.entries(config)) assert.deepEqual(propertyOf(loss.getConfig(), option), value, option)
  assert.deepEqual(losses.serialize(losses.deserialize(losses.serialize(loss))), losses.serialize(loss))
  const [yTrue, yPred] = [optional(golden, 'yTrue'), optional(golden, 'yPred')]
  assert.ok(yTrue !== undefined && yPred !== undefined)
  const weights = { sampleWeight: optional(golden, 'sampleWeight'), mask: optional(golden, 'mask') }
  const [result, pull] = vjp((p: Tensor) => loss.compute(yTrue, p, weights), yPred)
  const [gradient] = pull(tensorOf(goldenArray(golden.get('cotangent'))))
  golden.compare([
    ['loss', result, goldenArray(golden.get('result'))],
    ['gradient', gradient, goldenArray(golden.get('gradient'))],
  ])
}

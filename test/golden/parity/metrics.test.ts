import assert from 'node:assert/strict'
import test from 'node:test'
import { currentDevice, type losses, metrics, type Tensor, type Tree } from '../../../src/index.ts'
import { casesOf, type GoldenCase, goldenArray, itemsOf, opCases, propertyOf, tensorOf } from './golden-case.ts'
import { tenonConfig } from './keras-config.ts'
import content from './metrics.json' with { type: 'json' }

const all = itemsOf(propertyOf(content, 'cases'))
const isFunction = (entry: unknown): boolean => propertyOf(entry, 'function') !== undefined

opCases({ cases: all.filter(isFunction) }, metrics)

for (const golden of casesOf({ cases: all.filter((entry) => !isFunction(entry)) })) {
  test(`${golden.row} on ${currentDevice().name}, ${golden.name}`, () => {
    runMetric(golden)
  })
}

/** The words of configs in one spelling. */
const plain = (value: unknown): unknown => (typeof value === 'string' ? value.replaceAll('_', '').toLowerCase() : value)

function checkConfig(golden: GoldenCase, metric: metrics.Accumulator): void {
  for (const [option, value] of Object.entries(tenonConfig(golden.get('config')))) {
    assert.deepEqual(plain(propertyOf(metric.getConfig(), option)), plain(value), option)
  }
  const again = metrics.deserialize(metrics.serialize(metric))
  assert.ok(again instanceof metrics.Accumulator)
  assert.deepEqual(again.getConfig(), metric.getConfig())
}

/** All batches as one program of the metric's pure functions. */
function runMetric(golden: GoldenCase): void {
  const metric = metrics.deserialize({ className: String(golden.get('className')), config: tenonConfig(golden.get('config')) })
  assert.ok(metric instanceof metrics.Accumulator)
  checkConfig(golden, metric)
  let state: Tree | undefined
  golden.compare(
    itemsOf(golden.get('batches')).map((batch, i) => {
      const values = itemsOf(propertyOf(batch, 'values')).map((value) => tensorOf(goldenArray(value)))
      const weight = propertyOf(batch, 'sampleWeight')
      const weights = weight === null ? {} : { sampleWeight: tensorOf(goldenArray(weight)) }
      state = updated(metric, state ?? metric.initialState(values.at(-1)?.dims), values, weights)
      return [`after batch ${i}`, metric.compute(state), goldenArray(propertyOf(batch, 'result'))] as const
    }),
  )
}

function updated(metric: metrics.Accumulator, state: Tree, [first, second]: readonly Tensor[], weights: losses.WeightOptions): Tree {
  assert.ok(first !== undefined)
  if (metric instanceof metrics.Metric && second !== undefined) return metric.update(state, first, second, weights)
  const accumulator: metrics.Accumulator & { update?(state: Tree, values: Tensor, weights: losses.WeightOptions): Tree } = metric
  return accumulator.update?.(state, first, weights) ?? state
}

// Training as Keras trains: what is reported in every epoch and the weights after it (make_training.py).

import test from 'node:test'
import { currentDevice, parametersOf, tensor } from '../../../src/index.ts'
import { camelCase } from '../../../src/nn/options/identifiers.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'
import { casesOf, goldenArray, itemsOf, tensorOf } from './golden-case.ts'
import content from './training.json' with { type: 'json' }
import { trainingCases } from './training-models.ts'

computeOnChosenDevice()

const entriesOf = (value: unknown): [string, unknown][] => (typeof value === 'object' && value !== null ? Object.entries(value) : [])

for (const golden of casesOf(content)) {
  test(`training on ${currentDevice().name}, ${golden.name}`, async () => {
    const make = trainingCases[golden.name]
    if (make === undefined) throw new Error(`training: expected a model for '${golden.name}', found none`)
    const { model, run } = make()
    const layersOf = (key: string) =>
      entriesOf(golden.get(key)).flatMap(([name, weights]) => {
        const own = parametersOf(model).filter(({ layer }) => layer.name === name)
        return itemsOf(weights).map((weight, i) => ({ path: own[i]?.path ?? name, parameter: own[i]?.parameter, weight: goldenArray(weight) }))
      })
    for (const { parameter, weight } of layersOf('initial')) parameter?.assign(tensorOf(weight))
    const data = Object.fromEntries(entriesOf(golden.get('data')).map(([name, value]) => [name, tensorOf(goldenArray(value))]))
    const report = await run(data)
    const figures = entriesOf(golden.get('history')).map(([name, values]) => {
      const expected = Float32Array.from(itemsOf(values).map(Number))
      const ours = name.startsWith('test_') ? `test_${camelCase(name.slice(5))}` : camelCase(name)
      const actual = tensor(report[ours] ?? [])
      return [ours, actual, { dtype: 'f32', shape: [expected.length], values: expected, bytes: expected.buffer }] as const
    })
    const weights = layersOf('final').map(({ path, parameter, weight }) => [path, parameter?.value ?? tensor([]), weight] as const)
    golden.compare([...figures, ...weights])
  })
}

test('training: every model has a case', () => {
  const missing = Object.keys(trainingCases).filter((name) => !casesOf(content).some((golden) => golden.name === name))
  if (missing.length > 0) throw new Error(`training: expected golden cases for ${missing.join(', ')}, found none`)
})

import assert from 'node:assert/strict'
import test from 'node:test'
import * as quantizers from '../../../src/nn/quantizers/index.ts'
import { tensor, vjp } from '../../../src/index.ts'
import { opCases, recordError } from './golden-case.ts'
import content from './quantizers.json' with { type: 'json' }

opCases(content, quantizers)

test('quantizers: a quantizer is made again from its config', () => {
  const made = quantizers.get({ class_name: 'AbsMaxQuantizer', config: { value_range: [-7, 7], output_dtype: 'i8', axis: 0 } })
  assert.deepEqual(made?.getConfig(), { axis: [0], valueRange: [-7, 7], epsilon: 1e-7, outputDtype: 'i8' })
  assert.deepEqual(quantizers.deserialize(quantizers.serialize(made)).getConfig(), made.getConfig())
  const [integers, scale] = made.quantize(tensor([1, -2]))
  assert.deepEqual([Array.from(integers.dataSync(), Number), Array.from(scale.dataSync(), Number)], [[4, -7], [3.5]])
  for (const name of ['get', 'serialize', 'deserialize', 'AbsMaxQuantizer']) recordError(`keras.quantizers.${name}`, 0)
  assert.throws(() => new quantizers.AbsMaxQuantizer({ valueRange: [-200, 127] }), /expected valueRange to be two rising whole numbers that i8 holds/)
})

test('quantizers: gradients pass within the range of fakeQuantWithMinMaxVars, and go to its ends outside', () => {
  const run = (x: ReturnType<typeof tensor>, low: ReturnType<typeof tensor>, high: ReturnType<typeof tensor>) =>
    quantizers.fakeQuantWithMinMaxVars(x, low, high)
  const [, pull] = vjp(run, tensor([-3, 0.25, 2, 3]), tensor(-1, []), tensor(1, []))
  const gradients = pull(tensor([1, 2, 4, 8]))
  assert.deepEqual(
    gradients.map((gradient) => Array.from(gradient.dataSync(), Number)),
    [[0, 2, 0, 0], [1], [12]],
  )
})

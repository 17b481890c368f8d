import assert from 'node:assert/strict'
import test from 'node:test'
import { numbersOf, random, type Tensor } from '../../../src/index.ts'
import * as initializers from '../../../src/nn/initializers/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'
import { assertClose } from '../close.ts'

computeOnChosenDevice()
const { constant, deserialize, get, glorotUniform, heNormal, orthogonal, serialize, stft, varianceScaling } = initializers
const values = (x: Tensor): number[] => Array.from(numbersOf(x.storageSync()))

test('initializers: a seed decides, else the key', () => {
  const [one, two] = [random.key(1), random.key(2)]
  const seeded = heNormal({ seed: 7 })
  assert.deepEqual(values(seeded([3, 2])), values(seeded([3, 2], two)))
  assert.notDeepEqual(values(heNormal()([3, 2], one)), values(heNormal()([3, 2], two)))
  assert.throws(() => heNormal()([3, 2]), {
    name: 'ConfigError',
    message: 'HeNormal: expected a key or a seed, got neither. Pass a key, or make it with { seed }.',
  })
})

test('initializers: get takes any spelling, a config in either case, or a function', () => {
  for (const name of ['zeros', 'glorot_uniform', 'glorotUniform', 'GlorotUniform', 'uniform', 'normal', 'one', 'orthogonal'])
    assert.equal(typeof get(name), 'function')
  const read = deserialize({
    class_name: 'VarianceScaling',
    config: { scale: 2, mode: 'fan_out', distribution: 'normal', input_axes: null, seed: 3 },
  })
  assert.deepEqual(serialize(read), serialize(varianceScaling({ scale: 2, mode: 'fanOut', seed: 3 })))
  const own = (shape: readonly number[]): Tensor => initializers.ones()(shape)
  assert.equal(get(own), own)
  assert.equal(get(null), undefined)
  assert.throws(() => get('glorot_unifrom'), /initializer: expected one of .* Did you mean 'GlorotUniform'\?/)
})

test('initializers: an own one is a class that is saved, or any function', () => {
  class Half extends initializers.Initializer {
    readonly className = 'Half'
    call(shape: readonly number[]): Tensor {
      return constant({ value: 0.5 })(shape)
    }
    getConfig() {
      return {}
    }
  }
  assertClose(values(new Half()([2])), [0.5, 0.5])
  assert.deepEqual(serialize(new Half()), { className: 'Half', config: {} })
  assert.ok(glorotUniform() instanceof initializers.Initializer)
})

test('initializers: a constant may be a list that is broadcast', () => {
  assertClose(values(constant({ value: [1, 2] })([2, 2])), [1, 2, 1, 2])
})

test('orthogonal: rows of a long matrix are orthonormal, also the last of many', () => {
  const matrix: Tensor = orthogonal({ seed: 1 })([96, 200])
  const products = values(matrix.matmul<readonly number[], readonly number[]>(matrix.transpose()))
  const worst = Math.max(...products.map((x, i) => Math.abs(x - (i % 97 === 0 ? 1 : 0))))
  assert.ok(worst < 3e-6, `expected orthonormal rows, found products up to ${worst} off`)
})

test('initializers: options and shapes that make no sense are refused', () => {
  assert.throws(() => varianceScaling({ scale: 0 }), {
    name: 'ConfigError',
    message: 'VarianceScaling: expected scale to be a finite number above 0, got 0. Change it.',
  })
  assert.throws(
    () => deserialize({ className: 'VarianceScaling', config: { mode: 'fan' } }),
    /expected mode to be one of 'fan_in', 'fan_out', 'fan_avg', got 'fan'/,
  )
  assert.throws(() => stft({ window: 'han' }), /STFT: expected window to be one of .*'hann'.*, got 'han'/)
  assert.throws(() => initializers.identity()([3]), /Identity: expected the shape of a matrix, got \[3\]/)
  assert.throws(() => orthogonal({ seed: 1 })([3]), /Orthogonal: expected a shape of at least two axes, got \[3\]/)
})

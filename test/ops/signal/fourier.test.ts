import assert from 'node:assert/strict'
import test from 'node:test'
import { currentDevice, numbersOf, random, tensor, type Tensor } from '../../../src/index.ts'
import * as ops from '../../../src/ops/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()
const on = `on ${currentDevice().name}`
const numbers = (x: Tensor): number[] => Array.from(numbersOf(x.storageSync()))

/** Σ x[j] e^(−2πi jk / n) as it is written. */
function transformOf(real: readonly number[], imaginary: readonly number[]): readonly (readonly [number, number])[] {
  const n = real.length
  return real.map((_, k) =>
    real.reduce<readonly [number, number]>(
      ([a, b], x, j) => {
        const [y, turn] = [imaginary[j] ?? 0, (-2 * Math.PI * ((j * k) % n)) / n]
        return [a + x * Math.cos(turn) - y * Math.sin(turn), b + x * Math.sin(turn) + y * Math.cos(turn)]
      },
      [0, 0],
    ),
  )
}

// One matrix; two factors; three; a prime factor; a prime; a prime that goes through a convolution; that with a factor.
for (const n of [48, 100, 1001, 3 * 97, 97, 211, 2 * 211]) {
  test(`fft: transforms ${n} numbers ${on}`, () => {
    const [real, imaginary] = [1, 2].map((seed): Tensor => random.normal(random.key(seed), [n]))
    assert.ok(real !== undefined && imaginary !== undefined)
    const [a, b] = ops.fft([real, imaginary]).map(numbers)
    const expected = transformOf(numbers(real), numbers(imaginary))
    const scale = Math.max(...expected.flat().map(Math.abs))
    const worst = Math.max(...expected.map(([x, y], k) => Math.max(Math.abs(x - (a?.[k] ?? 0)), Math.abs(y - (b?.[k] ?? 0)))))
    assert.ok(worst < 2e-6 * scale, `worst error ${worst} of ${scale}`)
  })
}

test(`irfft and istft give back what rfft and stft were given ${on}`, () => {
  const x: Tensor = random.normal(random.key(3), [2, 90])
  const near = (y: Tensor): void => {
    const wanted = numbers(x)
    assert.deepEqual(y.shape, x.shape)
    assert.ok(numbers(y).every((value, i) => Math.abs(value - (wanted[i] ?? 0)) < 1e-5))
  }
  near(ops.irfft(ops.rfft(x)))
  near(ops.irfft(ops.rfft(x, { fftLength: 91 }), { fftLength: 91 }).slice([0, 0], [2, 90]))
  const pieces = { sequenceLength: 16, sequenceStride: 5, fftLength: 16 }
  near(ops.istft(ops.stft(x, pieces), { ...pieces, length: 90 }))
})

test('signals name the option that does not fit', () => {
  const x: Tensor = random.normal(random.key(3), [10])
  const pieces = { sequenceLength: 4, sequenceStride: 2, fftLength: 4 }
  const cases: readonly (readonly [() => unknown, RegExp])[] = [
    [() => ops.stft(x, { ...pieces, fftLength: 3 }), /stft: expected fftLength of at least sequenceLength, 4, got 3/],
    [() => ops.stft(x, { ...pieces, sequenceStride: 0 }), /stft: expected sequenceStride to be a whole number of at least 1, got 0/],
    [() => ops.stft(x, { ...pieces, window: tensor([1, 1]) }), /stft: expected a window \[4\], .* got \[2\]/],
    [() => ops.stft(x, { ...pieces, fftLength: 32 }), /stft: expected more than fftLength \/ 2 = 16 samples to mirror, got 10/],
    [() => ops.istft(ops.stft(x, pieces), { ...pieces, sequenceStride: 9 }), /istft: expected sequenceStride of at most fftLength, 4, got 9/],
    [() => ops.extractSequences(x, { sequenceLength: 11, sequenceStride: 1 }), /extractSequences: expected at least 11 samples .* got 10/],
    [() => ops.fft([x, x.slice([0], [5])]), /fft: expected \[real, imaginary\] of one shape/],
    [() => ops.fft2([x, x]), /fft2: expected .* at least 2 axes/],
    [() => ops.fft([x.cast('i32'), x.cast('i32')]), /fft: expected two parts of one float dtype, got i32 and i32/],
    [() => ops.rfft(x, { fftLength: 0 }), /rfft: expected a whole fftLength of at least 1, got 0/],
    [() => ops.viewAsComplex(x), /viewAsComplex: expected a last axis of size 2/],
  ]
  for (const [run, message] of cases) assert.throws(run, message)
})

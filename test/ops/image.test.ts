import assert from 'node:assert/strict'
import test from 'node:test'
import { ConfigError, dimension, DTypeError, grad, jit, ops, random, ShapeError, sum, type Tensor, tensor, zeros } from '../../src/index.ts'
import { computeOnChosenDevice } from '../chosen-device.ts'

computeOnChosenDevice()

const { image } = ops
const numbers = (x: Tensor): number[] => Array.from(x.dataSync(), Number)
const picture = random.uniform(random.key(3), [2, 6, 5, 3])

test('bad options and shapes are refused, naming operation, option and value', () => {
  const cases: readonly (readonly [() => unknown, typeof ConfigError | typeof ShapeError | typeof DTypeError, RegExp])[] = [
    [() => image.resize(picture, [0, 4]), ConfigError, /resize: expected size to be \[height, width\] .* got \[0, 4\]/],
    [() => image.resize(zeros([4, 4]), [2, 2]), ShapeError, /resize: expected rank 3 \(one image\) or rank 4 \(a batch\), got Tensor f32 \[4, 4\]/],
    [() => image.resize(picture, [2, 2], { cropToAspectRatio: true, padToAspectRatio: true }), ConfigError, /resize: expected at most one of/],
    [() => image.cropImages(picture, { topCropping: 1, targetWidth: 2, leftCropping: 0 }), ConfigError, /cropImages: expected exactly two of/],
    [() => image.cropImages(picture, { topCropping: 4, targetHeight: 5, leftCropping: 0, targetWidth: 2 }), ConfigError, /got bottomCropping -3/],
    [() => image.padImages(picture, { topPadding: 0, targetHeight: 3, leftPadding: 0, rightPadding: 0 }), ConfigError, /got bottomPadding -3/],
    [() => image.rgbToHsv(zeros([2, 2, 4])), ShapeError, /rgbToHsv: expected 3 channels on axis 2/],
    [() => image.rgbToHsv(zeros([2, 2, 3], { dtype: 'u8' })), DTypeError, /rgbToHsv: expected floats, got Tensor u8/],
    [() => image.affineTransform(picture, zeros([2, 6])), ShapeError, /affineTransform: expected transform to be \[8\] or \[batch, 8\]/],
    [() => image.mapCoordinates(zeros([3, 3]), zeros([3, 2]), 1), ShapeError, /mapCoordinates: expected one row of coordinates per axis/],
    [
      () => image.extractPatches(picture, 2, { strides: 2, dilationRate: 2 }),
      ConfigError,
      /extractPatches: expected strides or dilationRate to be 1/,
    ],
    [() => image.extractPatches(picture, 7), ShapeError, /extractPatches: expected at least 7 pixels on spatial axis 0, got 6/],
    [() => image.gaussianBlur(picture, { sigma: [0, 1] }), ConfigError, /gaussianBlur: expected sigma above 0, got 0/],
    [() => image.ssim(picture, picture), ShapeError, /ssim: expected images of at least 11 × 11 pixels/],
  ]
  for (const [run, kind, text] of cases) assert.throws(run, (error) => error instanceof kind && text.test(error.message), String(text))
})

test('data formats may be written in either spelling', () => {
  const first = picture.permute([0, 3, 1, 2])
  const [a, b] = (['channelsFirst', 'channels_first'] as const).map((dataFormat) => numbers(image.rgbToGrayscale(first, { dataFormat })))
  assert.deepEqual(a, b)
})

test('batches of any size: one program for all', () => {
  const turned = jit((x: Tensor) => image.affineTransform(image.resize(x, [4, 4]), tensor([0, -1, 3, 1, 0, 0, 0, 0])), {
    dynamic: { 0: { 0: dimension('batch', { max: 4 }) } },
  })
  assert.deepEqual(turned(picture).shape, [2, 4, 4, 3])
  assert.deepEqual(turned(picture.slice([0, 0, 0, 0], [1, 6, 5, 3])).shape, [1, 4, 4, 3])
  assert.equal(turned.programs, 1)
})

test('affineTransform: the last two coefficients make a projective map', () => {
  const row = tensor([0, 1, 2, 3], [1, 4, 1])
  // x / (1 + x / 4): 0, 0.8, 4/3, 12/7.
  const seen = numbers(image.affineTransform(row, tensor([1, 0, 0, 0, 1, 0, 0.25, 0])))
  const expected = [0, 0.8, 4 / 3, 12 / 7]
  for (const [i, value] of seen.entries()) assert.ok(Math.abs(value - (expected[i] ?? 0)) < 1e-6, `${i}: ${value}`)
})

test('elasticTransform: the same seed bends alike, no strength not at all', () => {
  const bend = (seed: number, alpha: number) => numbers(image.elasticTransform(picture, { seed, alpha, sigma: 1 }))
  assert.deepEqual(bend(1, 5), bend(1, 5))
  assert.notDeepEqual(bend(1, 5), bend(2, 5))
  assert.deepEqual(bend(1, 0), numbers(picture))
})

test('mapCoordinates: an axis of one element is read at every coordinate', () => {
  const x = tensor([4, 5], [2, 1])
  for (const fillMode of ['nearest', 'wrap', 'mirror', 'reflect'] as const) {
    assert.deepEqual(numbers(image.mapCoordinates(x, tensor([[0, 1], [-3, 2]]), 1, { fillMode })), [4, 5], fillMode) // biome-ignore format: rows
  }
})

test('gradients of colours are finite where channels are equal, black or saturated', () => {
  const edges = tensor([0, 0, 0, 1, 1, 1, 1, 0, 0, 0.5, 0.5, 0.2], [1, 4, 3])
  for (const convert of [image.rgbToHsv, image.hsvToRgb]) {
    const slopes = numbers(grad((x: Tensor): Tensor => sum<Tensor['shapeType']>(convert(x)))(edges))
    assert.ok(slopes.every(Number.isFinite))
  }
})

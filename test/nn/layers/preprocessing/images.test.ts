import assert from 'node:assert/strict'
import test from 'node:test'
import { ConfigError, dimension, evaluate, jit, random, ShapeError, Tensor, tensor, type Tree, zeros } from '../../../../src/index.ts'
import type { CallContext } from '../../../../src/nn/layer/call-context.ts'
import { keySequence } from '../../../../src/nn/layer/keys.ts'
import type { AnyLayer } from '../../../../src/nn/layer/layer.ts'
import * as images from '../../../../src/nn/layers/preprocessing/images/index.ts'
import { computeOnChosenDevice } from '../../../chosen-device.ts'

computeOnChosenDevice()

const bytes = random.uniform(random.key(1), [4, 6, 5, 3], { minval: 0, maxval: 255 })
const keys = (seed: number): (() => Tensor) => keySequence(random.key(seed))
const context = (training: boolean, seed = 2): CallContext => ({ training, nextKey: keys(seed), initialKey: keys(seed) })

/** Every layer that draws, with options that always change something. */
const randomLayers = (): AnyLayer[] => [
  images.augMix(),
  images.cutMix(),
  images.mixUp({ alpha: 1 }),
  images.randAugment(),
  images.randomBrightness({ factor: [0.2, 0.4] }),
  images.randomColorDegeneration({ factor: [0.3, 0.6] }),
  images.randomColorJitter({ brightnessFactor: 0.4, contrastFactor: 0.4, saturationFactor: [0.2, 0.4], hueFactor: 0.4 }),
  images.randomContrast({ factor: 0.5 }),
  images.randomElasticTransform({ factor: [1, 1] }),
  images.randomErasing({ factor: [1, 1], fillValue: 0 }),
  images.randomFlip({ seed: 3 }),
  images.randomGaussianBlur({ factor: [1, 1], sigma: [0.5, 1] }),
  images.randomGrayscale({ factor: 1 }),
  images.randomHue({ factor: [0.3, 0.6] }),
  images.randomInvert({ factor: [1, 1] }),
  images.randomPerspective({ factor: [1, 1] }),
  images.randomPosterization({ factor: 3 }),
  images.randomRotation({ factor: [0.1, 0.2] }),
  images.randomSaturation({ factor: [0.1, 0.4] }),
  images.randomSharpness({ factor: [0.8, 0.9] }),
  images.randomShear({ xFactor: [0.2, 0.4], yFactor: 0.2 }),
  images.randomTranslation({ heightFactor: [0.2, 0.4], widthFactor: 0.3 }),
  images.randomZoom({ heightFactor: [0.2, 0.4] }),
  images.solarization({ additionFactor: 0.2, thresholdFactor: [0.3, 0.6] }),
]

const numbers = (x: Tree): number[] => (x instanceof Tensor ? Array.from(x.cast('f32').dataSync(), Number) : assert.fail('expected a tensor'))
const allWithin = (x: Tensor, low: number, high: number): boolean => numbers(x).every((v) => v >= low && v <= high)

test('random layers leave images as they are without training, whole numbers as floats', () => {
  for (const layer of randomLayers()) {
    assert.equal(layer.run(bytes, context(false)), bytes, layer.className)
    const floats = layer.run(zeros([1, 4, 4, 3], { dtype: 'u8' }), context(false))
    assert.ok(floats instanceof Tensor && floats.dtype === 'f32', layer.className)
  }
})

test('random layers change images while training, the same way from the same keys', () => {
  for (const layer of randomLayers()) {
    const [first, again, other] = [layer.run(bytes, context(true)), layer.run(bytes, context(true)), layer.run(bytes, context(true, 9))]
    assert.deepEqual(numbers(first), numbers(again), layer.className)
    assert.notDeepEqual(numbers(first), numbers(bytes), layer.className)
    // Layers that change every image in one way draw nothing that shows.
    if (!['RandomGrayscale', 'RandomInvert', 'RandomPosterization'].includes(layer.className)) {
      assert.notDeepEqual(numbers(first), numbers(other), layer.className)
    }
    assert.ok(numbers(first).every(Number.isFinite), layer.className)
  }
})

test('called by themselves, random layers act unless training: false is said', () => {
  const invert = images.randomInvert({ factor: [1, 1] })
  const x = tensor([0, 100, 255], [1, 1, 3])
  assert.deepEqual(invert(x).toArray(), [[[255, 155, 0]]])
  assert.equal(invert(x, { training: false }), x)
})

test('a compiled step takes batches of any size', () => {
  const batch = dimension('batch', { max: 8 })
  for (const layer of [images.randomRotation({ factor: 0.2 }), images.randomCrop({ height: 4, width: 4 }), images.mixUp(), images.randomErasing()]) {
    const step = jit((x: Tensor, key: Tensor): Tree => layer.run(x, { training: true, nextKey: keySequence(key), initialKey: keySequence(key) }), {
      dynamic: { 0: { 0: batch } },
    })
    for (const size of [4, 3]) {
      const result = step(bytes.slice([0, 0, 0, 0], [size, 6, 5, 3]), random.key(size))
      assert.ok(result instanceof Tensor && result.shape[0] === size, layer.className)
    }
    assert.equal(step.programs, 1)
  }
})

test('what is drawn lies within the range that the options name, and differs from image to image', () => {
  const many = zeros([64, 3, 4, 3])
  const draw = keys(5)
  const { rgbDelta } = images.randomBrightness({ factor: [-0.1, 0.3] }).getRandomTransformation(many, draw)
  assert.ok(allWithin(rgbDelta, -25.5, 76.5))
  const { contrastFactor } = images.randomContrast({ factor: [0.2, 0.6] }).getRandomTransformation(many, draw)
  assert.ok(allWithin(contrastFactor, 0.8, 1.6))
  const { angle } = images.randomRotation({ factor: [0.1, 0.25] }).getRandomTransformation(many, draw)
  assert.ok(allWithin(angle, 36, 90))
  const { translations } = images.randomTranslation({ heightFactor: [0, 0], widthFactor: 0.5 }).getRandomTransformation(many, draw)
  assert.ok(allWithin(translations, -2, 2))
  const { heightZoom, widthZoom } = images.randomZoom({ heightFactor: [-0.5, -0.2] }).getRandomTransformation(many, draw)
  assert.ok(allWithin(heightZoom, 0.5, 0.8))
  assert.deepEqual(numbers(heightZoom), numbers(widthZoom))
  const { shiftFactor } = images.randomPosterization({ factor: [3, 6] }).getRandomTransformation(many, draw)
  assert.deepEqual([...new Set(numbers(shiftFactor))].sort(), [3, 4, 5])
  const { mixWeight, permutationOrder } = images.mixUp({ alpha: 0.4 }).getRandomTransformation(many, draw)
  assert.ok(allWithin(mixWeight, 0, 1))
  assert.deepEqual(
    numbers(permutationOrder).sort((a, b) => a - b),
    Array.from({ length: 64 }, (_, i) => i),
  )
  const { x0, x1, y0, y1 } = images.randomErasing({ scale: [0.25, 0.25] }).getRandomTransformation(many, draw)
  assert.ok(numbers(x1.subtract(x0)).every((side) => Math.abs(side - 2) < 1e-5))
  assert.ok(allWithin(x0, 0, 2) && allWithin(y0, 0, 1.5) && allWithin(y1, 1.5, 3))
  for (const drawn of [rgbDelta, contrastFactor, angle, heightZoom, mixWeight, x0]) assert.ok(new Set(numbers(drawn)).size > 32)
})

test('about half of the images are mirrored, and each as a whole', () => {
  const { flips } = images.randomFlip().getRandomTransformation(zeros([200, 2, 2, 1]), keys(6))
  const share = numbers(flips).reduce((a, b) => a + b) / 200
  assert.ok(share > 0.35 && share < 0.65)
})

test('RandomCrop: a part of each image while training, the resized middle otherwise', () => {
  const rows = tensor(Float32Array.from({ length: 36 }, (_, i) => i), [1, 6, 6, 1]).broadcastTo([8, 6, 6, 1]) // biome-ignore format: one image, repeated
  const crop = images.randomCrop({ height: 2, width: 2 })
  const parts = numbers(crop.run(rows, context(true)))
  const corners = Array.from({ length: 8 }, (_, i) => parts.slice(i * 4, i * 4 + 4))
  for (const [a = 0, b = 0, c = 0, d = 0] of corners) assert.deepEqual([b - a, c - a, d - a], [1, 6, 7])
  assert.ok(new Set(corners.map(([a]) => a)).size > 1)
  assert.deepEqual(numbers(crop.run(rows.slice([0, 0, 0, 0], [1, 6, 6, 1]), context(false))), [7, 10, 25, 28])
})

test('labels, masks and boxes follow their images', () => {
  const data = {
    images: bytes.slice([0, 0, 0, 0], [1, 6, 5, 3]),
    labels: tensor([[0, 1]]),
    segmentationMasks: tensor(
      Float32Array.from({ length: 30 }, (_, i) => i % 5),
      [1, 6, 5, 1],
    ),
    boundingBoxes: { boxes: tensor([0, 1, 2, 3], [1, 1, 4]), labels: tensor([7], [1, 1]) },
  }
  const flip = images.randomFlip({ mode: 'horizontal', boundingBoxFormat: 'xyxy' })
  for (let seed = 0; seed < 8; seed++) {
    const moved = flip(data, {})
    evaluate([moved.images, moved.segmentationMasks, moved.boundingBoxes.boxes])
    const flipped = numbers(moved.images)[0] !== numbers(data.images)[0]
    assert.deepEqual(numbers(moved.segmentationMasks).slice(0, 5), flipped ? [4, 3, 2, 1, 0] : [0, 1, 2, 3, 4])
    assert.deepEqual(numbers(moved.boundingBoxes.boxes), flipped ? [3, 1, 5, 3] : [0, 1, 2, 3])
    assert.deepEqual(numbers(moved.labels), [0, 1])
  }
  assert.throws(() => images.randomFlip()(data), /random_flip: expected boundingBoxes .* got no boundingBoxFormat/)
})

test('CutMix and MixUp: labels are mixed as images are', () => {
  const ones = tensor([0, 1], [2, 1, 1, 1]).broadcastTo([2, 8, 8, 1])
  for (const layer of [images.cutMix(), images.mixUp({ alpha: 1 })]) {
    const { images: mixed, labels } = layer({ images: ones, labels: tensor([[0], [1]]) })
    const shares = numbers(mixed.mean([1, 2, 3]))
    const near = numbers(labels).every((share, i) => Math.abs(share - (shares[i] ?? 0)) < 0.25)
    assert.ok(near, layer.className)
  }
})

test('MaxNumBoundingBoxes: lists of boxes of one length', () => {
  const boundingBoxes = { boxes: tensor([0, 1, 2, 3], [1, 1, 4]), labels: tensor([7], [1, 1]) }
  const layer = images.maxNumBoundingBoxes({ maxNumber: 2, boundingBoxFormat: 'xyxy' })
  const filled = layer({ images: bytes, boundingBoxes }).boundingBoxes
  assert.deepEqual([numbers(filled.boxes), numbers(filled.labels)], [[0, 1, 2, 3, -1, -1, -1, -1], [7, -1]]) // biome-ignore format: boxes and labels
})

test('Rescaling: one factor, or one for each channel', () => {
  const x = tensor([0, 128, 255], [1, 3], { dtype: 'u8' })
  assert.deepEqual(numbers(images.rescaling({ scale: 0.5, offset: 1 })(x)), [1, 65, 128.5])
  assert.deepEqual(numbers(images.rescaling({ scale: [1, 2, 3], offset: [0, 0, -1] })(x)), [0, 256, 764])
  const config = images.rescaling({ scale: [1, 2, 3] }).getConfig()
  assert.deepEqual([config.scale, config.offset], [[1, 2, 3], 0])
})

test('options are checked when layers are made, naming layer, option, value and what is allowed', () => {
  const cases: readonly (readonly [() => unknown, RegExp])[] = [
    [() => images.centerCrop({ height: 0, width: 2 }), /center_crop: expected height to be a positive whole number, got 0/],
    [() => images.resizing({ height: 2, width: 2, cropToAspectRatio: true, padToAspectRatio: true }), /resizing: expected at most one of/],
    [() => images.randomBrightness({ factor: 2 }), /random_brightness: expected factor .* at least -1 and of at most 1, got 2/],
    [() => images.randomContrast({ factor: [0, 1.5] }), /random_contrast: expected factor .* got 1.5/],
    [() => images.randomHue({ factor: 0.2, valueRange: [3, 3] }), /random_hue: expected valueRange to be two different numbers, got \[3, 3\]/],
    [() => images.randomZoom({ heightFactor: -1 }), /random_zoom: expected heightFactor .* above -1 .* got -1/],
    [() => images.randomGaussianBlur({ kernelSize: 4 }), /random_gaussian_blur: expected kernelSize to be odd, got 4/],
    [() => images.mixUp({ alpha: 0 }), /mix_up: expected alpha .* above 0, got 0/],
    [() => images.randAugment({ numOps: 0 }), /rand_augment: expected numOps to be a positive whole number, got 0/],
    [() => images.rescaling({ scale: Number.NaN }), /rescaling: expected scale to be a finite number, got NaN/],
    [() => images.randomFlip({ seed: -1 }), /random_flip: expected seed .* got -1/],
  ]
  for (const [make, text] of cases) {
    assert.throws(make, (error) => error instanceof ConfigError && text.test(error.message))
  }
  assert.throws(() => images.autoContrast()(zeros([2, 2])), (error) => error instanceof ShapeError && /auto_contrast.*: expected one image/.test(error.message)) // biome-ignore format: one line
})

test('a config makes an equal layer', () => {
  for (const layer of randomLayers()) {
    const config = layer.getConfig()
    const make: unknown = Object.entries(images).find(([name]) => name === layer.className)?.[1]
    if (typeof make !== 'function') assert.fail(layer.className)
    const again: unknown = Reflect.construct(make, [JSON.parse(JSON.stringify(config))])
    assert.deepEqual(again instanceof Object && 'getConfig' in again && typeof again.getConfig === 'function' ? again.getConfig() : undefined, config)
  }
})

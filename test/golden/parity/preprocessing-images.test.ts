// Layers on images do to images, labels, masks and boxes what Keras's do with the same transformation; their configs make equal layers.

import assert from 'node:assert/strict'
import test from 'node:test'
import { currentDevice, isFloat, Tensor, type Tree, vjp } from '../../../src/index.ts'
import type { ImageLayer } from '../../../src/nn/layers/preprocessing/images/image-layer.ts'
import * as images from '../../../src/nn/layers/preprocessing/images/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'
import { casesOf, type GoldenArray, type GoldenCase, tensorsOf } from './golden-case.ts'
import { tenonConfig } from './keras-config.ts'
import content from './preprocessing-images.json' with { type: 'json' }

type Pair = readonly [what: string, actual: Tensor, expected: GoldenArray]

function layerOf(golden: GoldenCase, config: object): ImageLayer<Tree> {
  const make: unknown = Object.entries(images).find(([name]) => name === golden.get('className'))?.[1]
  if (typeof make !== 'function') assert.fail(`expected a layer ${String(golden.get('className'))}, found none`)
  return Reflect.construct(make, [config])
}

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null

function runCase(golden: GoldenCase): void {
  const layer = layerOf(golden, tenonConfig(golden.get('config')))
  const transformation = golden.value('transformation')
  if (!isTree(transformation)) assert.fail('expected a transformation')
  const [x] = tensorsOf(golden.value('inputs'))
  if (x === undefined) assert.fail('expected images')
  const pairs: Pair[] = []
  const add = (what: string, field: string, actual: readonly Tensor[]): void => {
    golden.arrays(field).forEach((array, i) => {
      pairs.push([`${what} ${i}`, actual[i] ?? assert.fail(`expected ${what} ${i}`), array])
    })
  }
  if (golden.get('gradients') === undefined) add('result', 'results', [layer.transformImages(x, transformation)])
  else {
    const [result, pull] = vjp((own: Tensor): Tensor => layer.transformImages(own, transformation), x)
    const [cotangent] = tensorsOf(golden.value('cotangents'))
    const [gradient] = pull(cotangent ?? assert.fail('expected a cotangent'))
    add('result', 'results', [result])
    add('gradient', 'gradients', tensorsOf(gradient))
  }
  const [masks, boxes, labels] = [golden.value('masks'), golden.value('boxes'), golden.value('labels')]
  if (masks instanceof Tensor) add('mask', 'maskResults', [layer.transformMasks(masks, transformation)])
  if (labels instanceof Tensor) add('label', 'labelResults', [layer.transformLabels(labels, transformation)])
  if (boxes instanceof Tensor) {
    const boxLabels = golden.value('boxLabels')
    const [, height = 1, width = 1] = x.shape
    if (!(boxLabels instanceof Tensor)) assert.fail('expected labels of the boxes')
    add('boxes', 'boxResults', [layer.transformLabelledBoxes({ boxes, labels: boxLabels }, transformation, { height, width }).boxes])
  }
  golden.compare(pairs)
  const config = layer.getConfig()
  assert.deepEqual(layerOf(golden, config).getConfig(), config, 'a config makes a layer of the same config')
  for (const [option, value] of Object.entries(tenonConfig(golden.get('config')))) assert.deepEqual(config[option], value, option)
  assert.ok(pairs.every(([, actual]) => isFloat(actual.dtype)))
}

computeOnChosenDevice()
for (const golden of casesOf(content)) {
  test(`${golden.row} on ${currentDevice().name}, ${golden.name}`, () => {
    runCase(golden)
  })
}

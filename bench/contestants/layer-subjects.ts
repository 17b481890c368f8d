// What the `layers` suite runs: layers and small models in the architectures that pytorch.py builds too.

import { type AnyLayer, ConfigError, Input, layers, Model, random, type Tensor } from '../../src/index.ts'
import { numberIn, type Work } from './serve.ts'

/** A layer, and the batch it is run on. */
export interface Subject {
  readonly layer: AnyLayer
  readonly inputs: Tensor
}

/** Convolution without a bias, and batch normalisation, with PyTorch's settings. */
function convolved(x: Tensor, filters: number, kernelSize: number, strides = 1): Tensor {
  const y = layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false })(x)
  return layers.batchNormalization({ epsilon: 1e-5, momentum: 0.9 })(y)
}

function basicBlock(x: Tensor, filters: number, strides: number): Tensor {
  const relu = layers.activation({ activation: 'relu' })
  const inner = relu(convolved(x, filters, 3, strides))
  const shortcut = strides === 1 && x.dims.at(-1) === filters ? x : convolved(x, filters, 1, strides)
  return relu(layers.add()([convolved(inner, filters, 3), shortcut]))
}

/** ResNet-18 (He et al. 2015, torchvision's variant): 7×7 stem, four stages of two blocks, 1,000 classes. */
function resNet18(size: number): AnyLayer {
  const image = Input({ shape: [size, size, 3] })
  let x: Tensor = layers.activation({ activation: 'relu' })(convolved(image, 64, 7, 2))
  x = layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' })(x)
  for (const [stage, filters] of [64, 128, 256, 512].entries()) {
    x = basicBlock(x, filters, stage === 0 ? 1 : 2)
    x = basicBlock(x, filters, 1)
  }
  return new Model({ inputs: image, outputs: layers.dense({ units: 1000 })(layers.globalAveragePooling2d()(x)) })
}

/** One encoder layer (Vaswani et al. 2017): attention and a network of two layers, each with a residual and a normalisation after it. */
function encoderLayer(time: number, width: number, heads: number): AnyLayer {
  const sequence = Input({ shape: [time, width] })
  const mixed = layers.multiHeadAttention({ numHeads: heads, keyDim: width / heads })(sequence)
  const attended = layers.layerNormalization({ epsilon: 1e-5 })(layers.add()([sequence, mixed]))
  const inner = layers.dense({ units: width })(layers.dense({ units: 4 * width, activation: 'relu' })(attended))
  return new Model({ inputs: sequence, outputs: layers.layerNormalization({ epsilon: 1e-5 })(layers.add()([attended, inner])) })
}

/** The layer of a case. */
export function subjectOf(work: Work): Subject {
  const of = (name: string): number => numberIn(work, name)
  const subject = (layer: AnyLayer, ...shape: number[]): Subject => ({ layer, inputs: random.normal(random.key(1), shape) })
  const kind = work.get('layer')
  switch (kind) {
    case 'lstm':
      return subject(layers.lstm({ units: of('units'), returnSequences: true }), of('batch'), of('time'), of('features'))
    case 'resnet18':
      return subject(resNet18(of('size')), of('batch'), of('size'), of('size'), 3)
    case 'batchNormalization':
      return subject(layers.batchNormalization({ epsilon: 1e-5, momentum: 0.9 }), of('batch'), of('size'), of('size'), of('channels'))
    case 'encoder':
      return subject(encoderLayer(of('time'), of('width'), of('heads')), of('batch'), of('time'), of('width'))
    default:
      throw new ConfigError(`layers: expected lstm, resnet18, batchNormalization or encoder, got '${String(kind)}'. Choose one of them.`)
  }
}

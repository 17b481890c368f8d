// The usual layers, for pages that count bytes.

export { activation } from './activation/index.ts'
export { multiHeadAttention } from './attention/index.ts'
export { conv2d } from './convolution/index.ts'
export { dense, embedding } from './core/index.ts'
export { batchNormalization, layerNormalization } from './normalization/index.ts'
export { maxPooling2d } from './pooling/index.ts'
export { dropout } from './regularization/index.ts'
export { flatten } from './reshaping/index.ts'

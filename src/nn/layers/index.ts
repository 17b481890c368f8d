// Layers: each as a class and as a function that makes one.

export * from './activation/index.ts'
export * from './attention/index.ts'
export * from './convolution/index.ts'
export * from './core/index.ts'
export * from './merging/index.ts'
export * from './normalization/index.ts'
export * from './pooling/index.ts'
export * from './preprocessing/index.ts'
export * from './recurrent/index.ts'
export * from './regularization/index.ts'
export * from './reshaping/index.ts'
export { deserialize, serialize } from './serialization.ts'

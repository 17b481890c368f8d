// Functions of neural networks: activations, attention, convolutions and pooling, normalisation, cross-entropies, sequences without alignment.

export * from './activations.ts'
export * from './attention.ts'
export * from './convolution.ts'
export * from './crossentropy.ts'
export * from './ctc-decode.ts'
export * from './ctc-loss.ts'
export * from './normalization.ts'
export * from './pooling.ts'
export * from './sliding-blocks.ts'
export type { PerAxis } from './window-arguments.ts'

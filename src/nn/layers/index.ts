// Layers, each as a function that makes one.

import type { LayerOptions } from '../layer.ts'
import { Activation, type ActivationOptions } from './activation.ts'
import { Conv2D, type Conv2DOptions } from './conv2d.ts'
import { Dense, type DenseOptions } from './dense.ts'
import { Dropout, type DropoutOptions } from './dropout.ts'
import { Embedding, type EmbeddingOptions } from './embedding.ts'
import { Flatten } from './flatten.ts'
import { LayerNormalization, type LayerNormalizationOptions } from './layer-normalization.ts'
import { MaxPooling2D, type MaxPooling2DOptions } from './max-pooling2d.ts'
import { MultiHeadAttention, type MultiHeadAttentionOptions } from './multi-head-attention.ts'

export { Activation, Conv2D, Dense, Dropout, Embedding, Flatten, LayerNormalization, MaxPooling2D, MultiHeadAttention }
export type {
  ActivationOptions,
  Conv2DOptions,
  DenseOptions,
  DropoutOptions,
  EmbeddingOptions,
  LayerNormalizationOptions,
  MaxPooling2DOptions,
  MultiHeadAttentionOptions,
}

/** A {@link Dense} layer: activation(x · kernel + bias). */
export const dense = <const Units extends number>(options: DenseOptions<Units>): Dense<Units> => new Dense(options)
/** A {@link Conv2D} layer: activation(x ∗ kernel + bias). */
export const conv2d = (options: Conv2DOptions): Conv2D => new Conv2D(options)
/** A {@link MaxPooling2D} layer: the largest element of each window. */
export const maxPooling2d = (options: MaxPooling2DOptions = {}): MaxPooling2D => new MaxPooling2D(options)
/** A {@link Flatten} layer: all axes but the batch as one. */
export const flatten = (options: LayerOptions = {}): Flatten => new Flatten(options)
/** An {@link Embedding} layer: vectors by index. */
export const embedding = (options: EmbeddingOptions): Embedding => new Embedding(options)
/** A {@link LayerNormalization} layer: normalises over the last axis. */
export const layerNormalization = (options: LayerNormalizationOptions = {}): LayerNormalization => new LayerNormalization(options)
/** A {@link MultiHeadAttention} layer: self-attention, causal or not. */
export const multiHeadAttention = (options: MultiHeadAttentionOptions): MultiHeadAttention => new MultiHeadAttention(options)
/** A {@link Dropout} layer: zeros at random while training. */
export const dropout = (options: DropoutOptions): Dropout => new Dropout(options)
/** An {@link Activation} layer: an activation of its own. */
export const activation = (options: ActivationOptions): Activation => new Activation(options)

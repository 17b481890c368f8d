// Layers, each as a function that makes one.

import type { LayerOptions } from '../layer.ts'
import { Activation, type ActivationOptions } from './activation.ts'
import { Conv2D, type Conv2DOptions } from './conv2d.ts'
import { Dense, type DenseOptions } from './dense.ts'
import { Dropout, type DropoutOptions } from './dropout.ts'
import { Embedding, type EmbeddingOptions } from './embedding.ts'
import { Flatten } from './flatten.ts'
import { LayerNorm, type LayerNormOptions } from './layerNorm.ts'
import { MaxPooling2D, type MaxPooling2DOptions } from './maxPooling2d.ts'
import { MultiHeadAttention, type MultiHeadAttentionOptions } from './multiHeadAttention.ts'

export const dense = (options: DenseOptions): Dense => new Dense(options)
export const conv2d = (options: Conv2DOptions): Conv2D => new Conv2D(options)
export const maxPooling2d = (options: MaxPooling2DOptions = {}): MaxPooling2D => new MaxPooling2D(options)
export const flatten = (options: LayerOptions = {}): Flatten => new Flatten(options)
export const embedding = (options: EmbeddingOptions): Embedding => new Embedding(options)
export const layerNorm = (options: LayerNormOptions = {}): LayerNorm => new LayerNorm(options)
export const multiHeadAttention = (options: MultiHeadAttentionOptions): MultiHeadAttention => new MultiHeadAttention(options)
export const dropout = (options: DropoutOptions): Dropout => new Dropout(options)
export const activation = (options: ActivationOptions): Activation => new Activation(options)

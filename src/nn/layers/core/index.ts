// Layers that others are made of.

import type { Tensor, Tree } from '../../../core/index.ts'
import type { LayerOptions } from '../../layer/layer.ts'
import { Dense, type DenseOptions } from './dense.ts'
import { EinsumDense, type EinsumDenseOptions } from './einsum-dense.ts'
import { Embedding, type EmbeddingOptions } from './embedding.ts'
import { Identity } from './identity.ts'
import { InputLayer, type InputLayerOptions } from './input-layer.ts'
import { Lambda, type LambdaOptions } from './lambda.ts'
import { Masking, type MaskingOptions } from './masking.ts'
import { ReversibleEmbedding, type ReversibleEmbeddingOptions } from './reversible-embedding.ts'
import { Wrapper, type WrapperOptions } from './wrapper.ts'

export { InputSpec, type InputSpecOptions } from './input-spec.ts'
export { Dense, EinsumDense, Embedding, Identity, InputLayer, Lambda, Masking, ReversibleEmbedding, Wrapper }
export type {
  DenseOptions,
  EinsumDenseOptions,
  EmbeddingOptions,
  InputLayerOptions,
  LambdaOptions,
  MaskingOptions,
  ReversibleEmbeddingOptions,
  WrapperOptions,
}

/** A {@link Dense} layer: activation(x · kernel + bias). */
export const dense = <const Units extends number>(options: DenseOptions<Units>): Dense<Units> => new Dense(options)
/** An {@link EinsumDense} layer: a dense layer by Einstein's summation. */
export const einsumDense = (options: EinsumDenseOptions): EinsumDense => new EinsumDense(options)
/** An {@link Embedding} layer: vectors by index. */
export const embedding = <const Size extends number>(options: EmbeddingOptions<Size>): Embedding<Size> => new Embedding(options)
/** An {@link Identity} layer: x. */
export const identity = (options: LayerOptions = {}): Identity => new Identity(options)
/** An {@link InputLayer}: where a model begins. */
export const inputLayer = (options: InputLayerOptions): InputLayer => new InputLayer(options)
/** A {@link Lambda} layer: a function of the inputs. */
export const lambda = <In extends Tree = Tensor, Out extends Tree = Tensor>(options: LambdaOptions<In, Out>): Lambda<In, Out> => new Lambda(options)
/** A {@link Masking} layer: leaves steps out by their value. */
export const masking = (options: MaskingOptions = {}): Masking => new Masking(options)
/** A {@link ReversibleEmbedding} layer: vectors by index, and scores of indices by vectors. */
export const reversibleEmbedding = <const Size extends number>(options: ReversibleEmbeddingOptions<Size>): ReversibleEmbedding<Size> =>
  new ReversibleEmbedding(options)

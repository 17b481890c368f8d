// Where a functional model begins.

import { byteSize, ConfigError, dimension, type DType, type Shape, type Tensor } from '../../core/index.ts'
import { anyBatch, symbolicInput } from './layer-calls.ts'
import { positive, textOf, wrongOption } from '../options/option-checks.ts'
import { checkOptionNames } from '../options/option-names.ts'

/** Options of {@link Input}. */
export interface InputOptions<S extends readonly (number | null)[] = readonly (number | null)[]> {
  /** Of one sample, without the batch; null where a size may differ from call to call. */
  readonly shape: S
  /** Default: any. */
  readonly batchSize?: number
  /** Default f32. */
  readonly dtype?: DType
  /** Default `input`. */
  readonly name?: string
}

/** A symbolic tensor's shape in the type system. */
export type InputShape<S extends readonly (number | null)[]> = readonly [number, ...{ readonly [K in keyof S]: S[K] extends number ? S[K] : number }]

/**
 * A symbolic tensor `[batch, …shape]`: layers that are called with it draw a graph of layers, from which a model is made.
 *
 * ```ts
 * const x = Input({ shape: [64] })
 * const model = new Model({ inputs: x, outputs: layers.dense({ units: 10 })(x) })
 * ```
 */
export function Input<const S extends readonly (number | null)[]>(
  options: InputOptions<S>,
): Tensor<InputShape<S> extends Shape ? InputShape<S> : Shape> {
  const { shape, batchSize, dtype = 'f32', name = 'input' } = checkOptionNames('input', options, ['shape', 'batchSize', 'dtype', 'name'])
  textOf('input', 'name', name)
  if (!byteSize(dtype)) throw wrongOption(name, 'dtype', 'a dtype', dtype)
  if (!Array.isArray(shape)) throw new ConfigError(`${name}: expected a shape as a list of sizes, got ${String(shape)}. Write [28, 28, 1].`)
  for (const size of shape) if (size !== null) positive(name, 'every size of shape', size)
  if (batchSize !== undefined) positive(name, 'batchSize', batchSize)
  const sizes = shape.map((size, axis) => size ?? dimension(`axis_${axis + 1}`, { max: 2 ** 16 }))
  return symbolicInput([batchSize ?? anyBatch, ...sizes], dtype, name)
}

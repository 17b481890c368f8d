// Quantisation, under Keras's names: numbers as small integers or short floats, and back.

import { ConfigError } from '../../core/index.ts'
import { deserializeFrom, isSerialized, maker, type SerializedInput, type SerializedObject } from '../saving/serialized.ts'
import { AbsMaxQuantizer } from './abs-max.ts'

export {
  AbsMaxQuantizer,
  type AbsMaxQuantizerOptions,
  type AbsMaxOptions,
  absMaxQuantize,
  absMaxQuantizeGroupedWithZeroPoint,
  type GroupedOptions,
} from './abs-max.ts'
export { type FakeQuantOptions, fakeQuantWithMinMaxVars } from './fake-quant.ts'
export { computeFloat8AmaxHistory, computeFloat8Scale, type Float8, type Float8ScaleOptions, quantizeAndDequantize } from './float8.ts'
export { packInt4, type PackOptions, unpackInt4 } from './packing.ts'

/** What stands for a quantizer. */
export type QuantizerIdentifier = string | SerializedInput | AbsMaxQuantizer

const makers = { AbsMaxQuantizer: maker(AbsMaxQuantizer) }

/** A quantizer as `{ className, config }`. */
export function serialize(quantizer: AbsMaxQuantizer): SerializedObject {
  return { className: quantizer.className, config: quantizer.getConfig() }
}

/** The quantizer of what {@link serialize} gave. */
export function deserialize(serialized: SerializedInput): AbsMaxQuantizer {
  return deserializeFrom('quantizer', serialized, makers)
}

/** A quantizer by its class's name or config, or itself; undefined for null. */
export function get(identifier: QuantizerIdentifier | null | undefined): AbsMaxQuantizer | undefined {
  if (identifier === null || identifier === undefined) return undefined
  if (identifier instanceof AbsMaxQuantizer) return identifier
  if (typeof identifier === 'string') return deserialize({ className: identifier })
  if (isSerialized(identifier)) return deserialize(identifier)
  throw new ConfigError(`quantizer: expected a name or { className, config }, got ${JSON.stringify(identifier)}. Pass 'AbsMaxQuantizer'.`)
}

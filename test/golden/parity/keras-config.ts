// Keras's configs in Tenon's spelling: options in camelCase, objects as `{ className, config }`.

import { propertyOf } from './golden-case.ts'

const camelCase = (name: string): string => name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** Options that say how Keras, not a layer, works. */
const ignored: ReadonlySet<string> = new Set([
  'dtype',
  'quantization_config',
  'lora_rank',
  'lora_alpha',
  'gptq_unpacked_column_size',
  'use_cudnn',
  'flash_attention',
  'synchronized',
  'rms_scaling',
  'reverse_dtype',
  'sparse',
])

/** The words that are options' values: 'channels_last', 'sum_over_batch_size'. */
const words: ReadonlySet<string> = new Set([
  'mean_with_sample_weight',
  'sum_over_batch_size',
  'fan_avg',
  'fan_in',
  'fan_out',
  'truncated_normal',
  'untruncated_normal',
  'hard_sigmoid',
])

/** A config as Tenon's constructors take it. */
export function tenonConfig(config: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config ?? {})
      .filter(([key]) => !ignored.has(key))
      .map(([key, value]) => [camelCase(key), tenonValue(value)]),
  )
}

function tenonValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tenonValue)
  if (typeof value === 'string') return words.has(value) ? camelCase(value) : value
  if (typeof value !== 'object' || value === null) return value
  const className = propertyOf(value, 'class_name')
  if (typeof className === 'string') return { className, config: tenonConfig(propertyOf(value, 'config')) }
  return tenonConfig(value)
}

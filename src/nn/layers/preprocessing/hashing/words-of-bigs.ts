// Known words as tensors.

import { tensor } from '../../../../core/index.ts'
import type { TensorWord } from './tensor-words.ts'

/** Words of 64 bits in a shape. */
export function wordsOfBigs(values: readonly bigint[], shape: readonly number[]): TensorWord {
  const half = (part: (value: bigint) => bigint) =>
    tensor(
      Uint32Array.from(values, (value) => Number(part(value))),
      shape,
      { dtype: 'u32' },
    )
  return { high: half((value) => value >> 32n), low: half((value) => value & 0xffffffffn) }
}

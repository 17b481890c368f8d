// Computed values in the scratch memory of a kernel: one word each, two for 64-bit integers.

import type { DType } from '../../core/dtype.ts'
import { computedType } from './wgsl-scalar.ts'

/** Words that a computed value takes. */
export const scratchWords = (dtype: DType): number => (dtype === 'i64' ? 2 : 1)

/** Bytes of `count` computed values. */
export const scratchBytesOf = (dtype: DType, count: number): number => 4 * scratchWords(dtype) * count

/** The text of the computed value in a slot (an i32) behind `base` words. */
export function scratchLoad(dtype: DType, slot: string, base = '0'): string {
  const at = `${base} + ${slot}`
  switch (computedType(dtype)) {
    case 'vec2u':
      return `vec2u(getScratch(${base} + 2 * (${slot})), getScratch(${base} + 2 * (${slot}) + 1))`
    case 'bool':
      return `(getScratch(${at}) != 0u)`
    case 'u32':
      return `getScratch(${at})`
    default:
      return `bitcast<${computedType(dtype)}>(getScratch(${at}))`
  }
}

/** The statements that keep a computed value, a name, in a slot behind `base` words. */
export function scratchStore(dtype: DType, slot: string, value: string, base = '0'): string[] {
  const at = `${base} + ${slot}`
  switch (computedType(dtype)) {
    case 'vec2u':
      return [`setScratch(${base} + 2 * (${slot}), ${value}.x);`, `setScratch(${base} + 2 * (${slot}) + 1, ${value}.y);`]
    case 'bool':
      return [`setScratch(${at}, u32(${value}));`]
    case 'u32':
      return [`setScratch(${at}, ${value});`]
    default:
      return [`setScratch(${at}, bitcast<u32>(${value}));`]
  }
}

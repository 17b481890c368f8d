// Computed values in the scratch memory of a kernel: one word each, two for 64-bit integers.

import type { ComputedType } from './wgsl-scalar.ts'

/** Words that a value takes. */
export const scratchWords = (type: ComputedType): number => (type === 'vec2u' ? 2 : 1)

/** The text of the value in a slot, itself the text of an i32, behind `base` words. */
export function scratchLoad(type: ComputedType, slot: string, base = 0): string {
  const at = base === 0 ? slot : `${base} + ${slot}`
  switch (type) {
    case 'vec2u':
      return `vec2u(getScratch(${base} + 2 * (${slot})), getScratch(${base} + 2 * (${slot}) + 1))`
    case 'bool':
      return `(getScratch(${at}) != 0u)`
    case 'u32':
      return `getScratch(${at})`
    case 'f32':
    case 'i32':
      return `bitcast<${type}>(getScratch(${at}))`
  }
}

/** The statements that keep a value, a name, in a slot behind `base` words. */
export function scratchStore(type: ComputedType, slot: string, value: string, base = 0): string[] {
  const at = base === 0 ? slot : `${base} + ${slot}`
  switch (type) {
    case 'vec2u':
      return [`setScratch(${base} + 2 * (${slot}), ${value}.x);`, `setScratch(${base} + 2 * (${slot}) + 1, ${value}.y);`]
    case 'bool':
      return [`setScratch(${at}, u32(${value}));`]
    case 'u32':
      return [`setScratch(${at}, ${value});`]
    case 'f32':
    case 'i32':
      return [`setScratch(${at}, bitcast<u32>(${value}));`]
  }
}

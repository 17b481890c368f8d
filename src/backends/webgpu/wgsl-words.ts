// Computed values as words, in the scratch memory of a kernel and in the memory that a workgroup shares: one word each, two for 64-bit integers.

import type { ComputedType } from './wgsl-scalar.ts'

/** Words that a value takes. */
export const wordsOf = (type: ComputedType): number => (type === 'vec2u' ? 2 : 1)

/** The texts of the words of a value, which is a name. */
export function toWords(type: ComputedType, value: string): string[] {
  switch (type) {
    case 'vec2u':
      return [`${value}.x`, `${value}.y`]
    case 'bool':
      return [`u32(${value})`]
    case 'u32':
      return [value]
    case 'f32':
    case 'i32':
      return [`bitcast<u32>(${value})`]
  }
}

/** The text of a value from the texts of its words. */
export function fromWords(type: ComputedType, [first = '0u', second = '0u']: readonly string[]): string {
  switch (type) {
    case 'vec2u':
      return `vec2u(${first}, ${second})`
    case 'bool':
      return `(${first} != 0u)`
    case 'u32':
      return first
    case 'f32':
    case 'i32':
      return `bitcast<${type}>(${first})`
  }
}

/** Where the words of a value stand in scratch memory: in a slot, itself the text of an i32, behind `base` words. */
function places(type: ComputedType, slot: string, base: number): string[] {
  const after = (text: string) => (base === 0 ? text : `${base} + ${text}`)
  return type === 'vec2u' ? [after(`2 * (${slot})`), after(`2 * (${slot}) + 1`)] : [after(slot)]
}

/** The text of the value in a slot of the scratch memory. */
export function scratchLoad(type: ComputedType, slot: string, base = 0): string {
  return fromWords(
    type,
    places(type, slot, base).map((at) => `getScratch(${at})`),
  )
}

/** The statements that keep a value, a name, in a slot of the scratch memory. */
export function scratchStore(type: ComputedType, slot: string, value: string, base = 0): string[] {
  const words = toWords(type, value)
  return places(type, slot, base).map((at, i) => `setScratch(${at}, ${words[i]});`)
}

// What the engine's WebAssembly can do, found by asking it to validate tiny modules.

import { wasmEngine } from './engine.ts'
import { atomic, f32x4, i32, i64, load, op, type Value } from './function-builder.ts'
import type { AddressType } from './instructions.ts'
import { ModuleBuilder } from './module-builder.ts'

const answers = new Map<string, boolean>()

function validates(name: string, body: () => Value, threads = false, address: AddressType = 'i32'): boolean {
  const known = answers.get(name)
  if (known !== undefined) return known
  const module = new ModuleBuilder({ relaxed: false, threads, address })
  const value = body()
  module.function([], [value.type]).return(value)
  const valid = wasmEngine()?.validate(module.bytes()) ?? false
  answers.set(name, valid)
  return valid
}

/** 128-bit vectors. */
export function hasSimd(): boolean {
  return validates('simd', () => f32x4(0))
}

/** Relaxed SIMD: multiply-adds that may be rounded once. */
export function hasRelaxedSimd(): boolean {
  return validates('relaxed-simd', () => op('f32x4.relaxed_madd', f32x4(0), f32x4(0), f32x4(0)))
}

/** Shared memory and atomic instructions. */
export function hasThreads(): boolean {
  return validates('threads', () => atomic('i32.atomic.load', i32(0), []), true)
}

/** Those that have memories with addresses of 64 bits, for errors. */
export const newerEngines = 'an engine with 64-bit memory (Node 24, Deno 2.9, Chrome 133)'

/** Memories with addresses of 64 bits. */
export function hasMemory64(): boolean {
  return validates('memory64', () => load('i32.load', i64(0)), false, 'i64')
}

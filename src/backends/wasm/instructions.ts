// The instructions of WebAssembly 2.0 with SIMD that this backend uses: opcode, operand types and result type by their names in the text format.

import { present } from './present.ts'

/** A value type. Indices are i32, addresses what the module's memory has. */
export type WasmType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128'

/** The type of addresses: i32, or i64 where memory may be larger than 4 GiB. */
export type AddressType = 'i32' | 'i64'

/** An instruction without immediates. */
export interface Instruction {
  readonly opcode: readonly number[]
  readonly operands: readonly WasmType[]
  readonly result: WasmType
}

/** A load, a store or an atomic access. */
export interface MemoryInstruction {
  readonly opcode: readonly number[]
  readonly type: WasmType
  /** Logarithm of the alignment to be stated; 0 where absent: none is promised. */
  readonly alignment?: number
}

const table = new Map<string, Instruction>()
/** Loads and stores: opcode, the type moved, and its bytes where a lane is chosen. */
const memoryTable = new Map<string, MemoryInstruction>()

/** LEB128 of an unsigned number. */
export function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low + 128 : low)
  } while (rest > 0)
  return bytes
}

const simdOpcode = (code: number) => [0xfd, ...unsigned(code)]

/** Names of instructions whose opcodes follow each other. */
function series(first: number, prefix: string, names: string, operands: readonly WasmType[], result: WasmType): void {
  names.split(' ').forEach((name, i) => {
    table.set(`${prefix}.${name}`, { opcode: [first + i], operands, result })
  })
}

function simd(prefix: string, codes: Readonly<Record<string, number>>, operands: readonly WasmType[], result: WasmType = 'v128'): void {
  for (const [name, code] of Object.entries(codes)) table.set(`${prefix}.${name}`, { opcode: simdOpcode(code), operands, result })
}

for (const [type, test, arithmetic] of [
  ['i32', 0x45, 0x6a],
  ['i64', 0x50, 0x7c],
] as const) {
  series(test, type, 'eqz', [type], 'i32')
  series(test + 1, type, 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u', [type, type], 'i32')
  series(arithmetic, type, 'add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl', [type, type], type)
}
for (const [type, test, unary] of [
  ['f32', 0x5b, 0x8b],
  ['f64', 0x61, 0x99],
] as const) {
  series(test, type, 'eq ne lt gt le ge', [type, type], 'i32')
  series(unary, type, 'abs neg ceil floor trunc nearest sqrt', [type], type)
  series(unary + 7, type, 'add sub mul div min max copysign', [type, type], type)
}
series(0xa7, 'i32', 'wrap_i64', ['i64'], 'i32')
series(0xac, 'i64', 'extend_i32_s extend_i32_u', ['i32'], 'i64')
series(0xb2, 'f32', 'convert_i32_s convert_i32_u', ['i32'], 'f32')
series(0xb4, 'f32', 'convert_i64_s convert_i64_u', ['i64'], 'f32')
series(0xb6, 'f32', 'demote_f64', ['f64'], 'f32')
series(0xb7, 'f64', 'convert_i32_s convert_i32_u', ['i32'], 'f64')
series(0xb9, 'f64', 'convert_i64_s convert_i64_u', ['i64'], 'f64')
series(0xbb, 'f64', 'promote_f32', ['f32'], 'f64')
series(0xbc, 'i32', 'reinterpret_f32', ['f32'], 'i32')
series(0xbd, 'i64', 'reinterpret_f64', ['f64'], 'i64')
series(0xbe, 'f32', 'reinterpret_i32', ['i32'], 'f32')
series(0xbf, 'f64', 'reinterpret_i64', ['i64'], 'f64')
series(0xc0, 'i32', 'extend8_s', ['i32'], 'i32')
for (const [i, name] of ['f32_s', 'f32_u', 'f64_s', 'f64_u'].entries()) {
  const from = name.startsWith('f32') ? 'f32' : 'f64'
  table.set(`i32.trunc_sat_${name}`, { opcode: [0xfc, i], operands: [from], result: 'i32' })
  table.set(`i64.trunc_sat_${name}`, { opcode: [0xfc, 4 + i], operands: [from], result: 'i64' })
}

const one: readonly WasmType[] = ['v128']
const two: readonly WasmType[] = ['v128', 'v128']
simd('i32x4', { splat: 0x11 }, ['i32'])
simd('f32x4', { splat: 0x13 }, ['f32'])
simd('i32x4', { eq: 0x37, ne: 0x38, lt_s: 0x39, lt_u: 0x3a, gt_s: 0x3b, gt_u: 0x3c, le_s: 0x3d, le_u: 0x3e, ge_s: 0x3f, ge_u: 0x40 }, two)
simd('f32x4', { eq: 0x41, ne: 0x42, lt: 0x43, gt: 0x44, le: 0x45, ge: 0x46 }, two)
simd('v128', { not: 0x4d }, one)
simd('v128', { and: 0x4e, or: 0x50, xor: 0x51 }, two)
simd('v128', { bitselect: 0x52 }, ['v128', 'v128', 'v128'])
simd('f32x4', { ceil: 0x67, floor: 0x68, trunc: 0x69, nearest: 0x6a, abs: 0xe0, neg: 0xe1, sqrt: 0xe3 }, one)
simd('f32x4', { add: 0xe4, sub: 0xe5, mul: 0xe6, div: 0xe7, min: 0xe8, max: 0xe9, pmin: 0xea, pmax: 0xeb }, two)
simd(
  'i32x4',
  {
    abs: 0xa0,
    neg: 0xa1,
    extend_low_i16x8_s: 0xa7,
    extend_high_i16x8_s: 0xa8,
    extend_low_i16x8_u: 0xa9,
    extend_high_i16x8_u: 0xaa,
    trunc_sat_f32x4_s: 0xf8,
    trunc_sat_f32x4_u: 0xf9,
  },
  one,
)
simd('i32x4', { shl: 0xab, shr_s: 0xac, shr_u: 0xad }, ['v128', 'i32'])
simd('i32x4', { add: 0xae, sub: 0xb1, mul: 0xb5, min_s: 0xb6, min_u: 0xb7, max_s: 0xb8, max_u: 0xb9 }, two)
simd('i16x8', { extend_low_i8x16_s: 0x87, extend_low_i8x16_u: 0x89 }, one)
simd('f32x4', { convert_i32x4_s: 0xfa, convert_i32x4_u: 0xfb }, one)
simd('f32x4', { relaxed_madd: 0x105 }, ['v128', 'v128', 'v128'])

for (const [name, code, type] of [
  ['i32.load', 0x28, 'i32'],
  ['i64.load', 0x29, 'i64'],
  ['f32.load', 0x2a, 'f32'],
  ['f64.load', 0x2b, 'f64'],
  ['i32.load8_s', 0x2c, 'i32'],
  ['i32.load8_u', 0x2d, 'i32'],
  ['i32.load16_u', 0x2f, 'i32'],
  ['i32.store', 0x36, 'i32'],
  ['i64.store', 0x37, 'i64'],
  ['f32.store', 0x38, 'f32'],
  ['f64.store', 0x39, 'f64'],
  ['i32.store8', 0x3a, 'i32'],
  ['i32.store16', 0x3b, 'i32'],
] as const) {
  memoryTable.set(name, { opcode: [code], type })
}
for (const [name, code] of Object.entries({
  load: 0x00,
  load16x4_u: 0x04,
  load32_splat: 0x09,
  load32_zero: 0x5c,
  store: 0x0b,
  store32_lane: 0x5a,
  store64_lane: 0x5b,
})) {
  memoryTable.set(`v128.${name}`, { opcode: simdOpcode(code), type: 'v128' })
}

// Atomic instructions want their natural alignment stated: its logarithm stands beside the opcode.
for (const [name, code, type] of [
  ['memory.atomic.notify', 0x00, 'i32'],
  ['memory.atomic.wait32', 0x01, 'i32'],
  ['i32.atomic.load', 0x10, 'i32'],
  ['i64.atomic.load', 0x11, 'i64'],
  ['i32.atomic.store', 0x17, 'i32'],
  ['i64.atomic.store', 0x18, 'i64'],
  ['i32.atomic.add', 0x1e, 'i32'],
  ['i64.atomic.cmpxchg', 0x49, 'i64'],
] as const) {
  memoryTable.set(name, { opcode: [0xfe, code], type, alignment: type === 'i64' ? 3 : 2 })
}

/** The instruction of a name. */
export function instruction(name: string): Instruction {
  return present(table.get(name), `an instruction ${name}`)
}

/** The load or store of a name. */
export function memoryInstruction(name: string): MemoryInstruction {
  return present(memoryTable.get(name), `a load or store ${name}`)
}

const laneCodes: Readonly<Record<string, readonly [extract: number, replace: number]>> = { i32x4: [0x1b, 0x1c], f32x4: [0x1f, 0x20] }

/** Opcode of taking a lane out of a vector or of putting one in. */
export function laneOpcode(shape: 'i32x4' | 'f32x4', what: 'extract' | 'replace', lane: number): number[] {
  const [extract, replace] = laneCodes[shape] ?? [0, 0]
  return [...simdOpcode(what === 'extract' ? extract : replace), lane]
}

/** Opcode of a rearrangement of the bytes of two vectors. */
export function shuffleOpcode(bytes: readonly number[]): number[] {
  return [...simdOpcode(0x0d), ...bytes]
}

/** Opcode of a constant vector, before its 16 bytes. */
export const vectorConstant: readonly number[] = simdOpcode(0x0c)

// 32-bit arithmetic on one element or on four side by side, behind one face, so that functions are written once. A truth value is 0 or 1
// in a scalar and a mask of all bits in a vector.

import { f32, f32x4, i32, i32x4, op, select, type Value } from './function-builder.ts'
import type { WasmType } from './instructions.ts'

export class Lanes {
  readonly wide: boolean

  constructor(wide: boolean) {
    this.wide = wide
  }

  get floatType(): WasmType {
    return this.wide ? 'v128' : 'f32'
  }

  get intType(): WasmType {
    return this.wide ? 'v128' : 'i32'
  }

  /** A float instruction: `add`, `mul`, `lt`… */
  f(name: string, ...operands: readonly Value[]): Value {
    return op(`${this.wide ? 'f32x4' : 'f32'}.${name}`, ...operands)
  }

  /** a · b + c. */
  multiplyAdd(a: Value, b: Value, c: Value): Value {
    return this.f('add', this.f('mul', a, b), c)
  }

  /** An integer instruction: `add`, `lt_s`… */
  i(name: string, ...operands: readonly Value[]): Value {
    const bits = name === 'and' || name === 'or' || name === 'xor'
    return op(`${this.wide ? (bits ? 'v128' : 'i32x4') : 'i32'}.${name}`, ...operands)
  }

  /** A shift by a constant: `shl`, `shr_s`, `shr_u`. */
  shift(name: string, x: Value, by: number): Value {
    return this.i(name, x, i32(by))
  }

  float(value: number): Value {
    return this.wide ? f32x4(value) : f32(value)
  }

  int(value: number): Value {
    return this.wide ? i32x4(value, value, value, value) : i32(value)
  }

  /** The bits of a float as an integer. */
  bits(x: Value): Value {
    return this.wide ? x : op('i32.reinterpret_f32', x)
  }

  fromBits(x: Value): Value {
    return this.wide ? x : op('f32.reinterpret_i32', x)
  }

  select(mask: Value, a: Value, b: Value): Value {
    return this.wide ? op('v128.bitselect', a, b, mask) : select(mask, a, b)
  }

  not(mask: Value): Value {
    return this.wide ? op('v128.not', mask) : op('i32.eqz', mask)
  }

  /** The truth value as 0 or 1. */
  toInt(mask: Value): Value {
    return this.wide ? op('v128.and', mask, this.int(1)) : mask
  }

  /** Whether an integer is not 0. */
  isSet(x: Value): Value {
    return this.i('ne', x, this.int(0))
  }

  toFloat(x: Value, signed: boolean): Value {
    return this.f(`${this.wide ? 'convert_i32x4' : 'convert_i32'}_${signed ? 's' : 'u'}`, x)
  }

  /** Truncated and saturated, NaN to 0. */
  truncated(x: Value, signed: boolean): Value {
    return op(`${this.wide ? 'i32x4.trunc_sat_f32x4' : 'i32.trunc_sat_f32'}_${signed ? 's' : 'u'}`, x)
  }

  /** The smaller or larger of two signed integers; the scalar evaluates its operands twice. */
  extremeInt(fn: 'min' | 'max', a: Value, b: Value, signed = true): Value {
    const suffix = signed ? 's' : 'u'
    if (this.wide) return op(`i32x4.${fn}_${suffix}`, a, b)
    return select(op(`i32.${fn === 'max' ? 'gt' : 'lt'}_${suffix}`, a, b), a, b)
  }
}

export const scalar = new Lanes(false)
export const wide = new Lanes(true)

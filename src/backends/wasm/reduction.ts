// Accumulators of reductions: one or four partial results in registers, brought together in a fixed order.

import type { DType } from '../../core/dtype.ts'
import { isFloat } from '../../core/dtype.ts'
import type { ReduceFunction } from '../../core/primitives.ts'
import { computedType, isLong, type Site, wrapped } from './element-types.ts'
import { extractLane, f32, f64, i32, i32x4, i64, f32x4, type Local, op, select, type Value } from './function-builder.ts'
import type { WasmType } from './instructions.ts'
import { type Lanes, scalar, wide } from './lanes.ts'

const isUnsigned = (dtype: DType) => dtype === 'u32' || dtype === 'u8' || dtype === 'bool'

const lowest: Readonly<Partial<Record<DType, readonly [min: number, max: number]>>> = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, -1],
  i8: [-128, 127],
  u8: [0, 255],
  bool: [0, 1],
}

/** What a reduction starts from, as a computed element; truth values are all bits or none in vectors. */
export function identity(l: Lanes, fn: ReduceFunction, dtype: DType): Value {
  if (dtype === 'i64') return i64(fn === 'sum' ? 0 : fn === 'prod' ? 1 : fn === 'max' ? -(2n ** 63n) : 2n ** 63n - 1n)
  const float = fn === 'sum' ? 0 : fn === 'prod' ? 1 : fn === 'max' ? -Infinity : Infinity
  if (dtype === 'f64') return f64(float)
  if (isFloat(dtype)) return l.wide ? f32x4(float) : f32(float)
  const [min, max] = lowest[dtype] ?? [0, 0]
  const start = fn === 'sum' ? 0 : fn === 'prod' ? 1 : fn === 'max' ? min : max
  const whole = dtype === 'bool' && l.wide ? -start : start
  return l.wide ? i32x4(whole, whole, whole, whole) : i32(whole)
}

/** a ∘ b of computed elements (locals); small integers are wrapped at the end. */
export function combined(l: Lanes, fn: ReduceFunction, dtype: DType, a: Value, b: Value): Value {
  if (dtype === 'bool') return l.i(fn === 'sum' || fn === 'max' ? 'or' : 'and', a, b)
  const name = fn === 'sum' ? 'add' : fn === 'prod' ? 'mul' : fn
  if (dtype === 'f64') return op(`f64.${name}`, a, b)
  if (dtype === 'i64') {
    if (fn === 'sum' || fn === 'prod') return op(`i64.${name}`, a, b)
    return select(op(fn === 'max' ? 'i64.gt_s' : 'i64.lt_s', a, b), a, b)
  }
  if (isFloat(dtype)) return l.f(name, a, b)
  return fn === 'sum' || fn === 'prod' ? l.i(name, a, b) : l.extremeInt(fn, a, b, !isUnsigned(dtype))
}

/** A running reduction. Sums and products of floats are carried in double precision from block to block. */
export class Accumulator {
  private readonly site: Site
  private readonly fn: ReduceFunction
  private readonly dtype: DType
  private readonly total: Local
  private readonly lanes: readonly Local[]
  private readonly isDouble: boolean

  /** Starts it where code is stated now; `vectors` are added up side by side. */
  constructor(site: Site, fn: ReduceFunction, dtype: DType, vectors = 1) {
    this.site = site
    this.fn = fn
    this.dtype = dtype
    this.isDouble = isFloat(dtype) && (fn === 'sum' || fn === 'prod')
    const type: WasmType = this.isDouble ? 'f64' : computedType(dtype)
    this.total = site.fn.newLocal(type)
    site.fn.set(this.total, this.isDouble ? f64(fn === 'sum' ? 0 : 1) : identity(scalar, fn, dtype))
    this.lanes = isLong(dtype) ? [] : Array.from({ length: vectors }, () => site.fn.newLocal('v128'))
  }

  /** Before a vector loop. */
  open(): void {
    for (const lanes of this.lanes) this.site.fn.set(lanes, identity(wide, this.fn, this.dtype))
  }

  addVector(value: Value, part = 0): void {
    const lanes = this.lanes[part % this.lanes.length]
    if (lanes !== undefined) this.site.fn.set(lanes, combined(wide, this.fn, this.dtype, lanes, value))
  }

  /** Whether there is {@link addProduct}. */
  get addsProducts(): boolean {
    return this.fn === 'sum' && this.dtype === 'f32'
  }

  /** Adds a · b, in one step where the engine can. */
  addProduct(a: Value, b: Value, part = 0): void {
    const lanes = this.lanes[part % this.lanes.length]
    if (lanes === undefined) return
    const { fn, module } = this.site
    fn.set(lanes, module.relaxed ? op('f32x4.relaxed_madd', a, b, lanes) : op('f32x4.add', lanes, op('f32x4.mul', a, b)))
  }

  addScalar(value: Value): void {
    const { fn } = this.site
    const x = this.isDouble && this.dtype !== 'f64' ? op('f64.promote_f32', value) : value
    fn.set(this.total, combined(scalar, this.fn, this.isDouble ? 'f64' : this.dtype, this.total, x))
  }

  /** After a vector loop: the four partial results, in order. */
  close(): void {
    const [first, ...others] = this.lanes
    if (first === undefined) return
    const { fn } = this.site
    const lanes = others.reduce((sum: Value, x) => fn.let(combined(wide, this.fn, this.dtype, sum, x)), first)
    for (let lane = 0; lane < 4; lane++) {
      const value = extractLane(isFloat(this.dtype) ? 'f32x4' : 'i32x4', lanes, lane)
      this.addScalar(fn.let(this.dtype === 'bool' ? op('i32.and', value, i32(1)) : value))
    }
  }

  /** What has been reduced so far, as it is carried from block to block: a double for sums and products of floats. */
  carried(): Value {
    return this.total
  }

  /** Adds what another accumulator has carried. */
  addCarried(value: Value): void {
    this.site.fn.set(this.total, combined(scalar, this.fn, this.isDouble ? 'f64' : this.dtype, this.total, value))
  }

  /** The result as a computed element. */
  result(): Value {
    if (this.isDouble && this.dtype !== 'f64') return op('f32.demote_f64', this.total)
    return this.fn === 'sum' || this.fn === 'prod' ? wrapped(scalar, this.total, this.dtype) : this.total
  }
}

/** argmax or argmin: the position of the first NaN, else of the first extreme. */
export class Extreme {
  private readonly site: Site
  private readonly fn: 'argmax' | 'argmin'
  private readonly dtype: DType
  private readonly best: Local
  private readonly at: Local

  constructor(site: Site, fn: 'argmax' | 'argmin', dtype: DType) {
    this.site = site
    this.fn = fn
    this.dtype = dtype
    this.best = site.fn.newLocal(computedType(dtype))
    this.at = site.fn.variable(i32(-1))
  }

  add(value: Value, position: Value): void {
    const { fn } = this.site
    const at = fn.let(position)
    fn.if(op('i32.or', op('i32.lt_s', this.at, i32(0)), this.isBetter(value)), () => {
      fn.set(this.best, value)
      fn.set(this.at, at)
    })
  }

  private isBetter(value: Value): Value {
    return better(scalar, this.fn === 'argmax' ? 'max' : 'min', this.dtype, value, this.best)
  }

  result(): Value {
    return this.at
  }
}

/** Whether values (locals) beat the best so far: NaN beats numbers, and nothing beats NaN. */
export function better(l: Lanes, fn: 'max' | 'min', dtype: DType, value: Value, best: Value): Value {
  const name = fn === 'max' ? 'gt' : 'lt'
  const isReal = isFloat(dtype)
  if (dtype === 'i64') return op(`i64.${name}_s`, value, best)
  if (dtype === 'bool') return fn === 'max' ? l.i('and', value, l.not(best)) : l.i('and', l.not(value), best)
  if (!isReal) return l.i(`${name}_${isUnsigned(dtype) ? 'u' : 's'}`, value, best)
  const compared = (test: string, a: Value, b: Value) => (dtype === 'f64' ? op(`f64.${test}`, a, b) : l.f(test, a, b))
  return l.i('or', compared(name, value, best), l.i('and', compared('ne', value, value), compared('eq', best, best)))
}

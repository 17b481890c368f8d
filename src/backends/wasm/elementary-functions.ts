// The elementary functions in single precision as WebAssembly, on one float or on four: the same reductions and polynomials as the C prelude of
// the native backend, branch-free. Double precision is the engine's own (`Math`).

import {
  cosTail,
  erfLarge,
  erfSmall,
  exp2Fraction,
  expm1Tail,
  expTail,
  log2Ratio,
  logTail,
  sinTail,
  tanhTail,
} from '../../compiler/elementary-polynomials.ts'
import { f64, type FunctionBuilder, i32, i64, op, select, type Value } from './function-builder.ts'
import type { Lanes } from './lanes.ts'
import { present } from './present.ts'

/** What a function's body may use: itself to name values, and calls of other functions of the module. */
export interface FunctionContext {
  readonly fn: FunctionBuilder
  readonly call: (name: string, ...operands: readonly Value[]) => Value
}

type Body = (context: FunctionContext, lanes: Lanes, operands: readonly Value[]) => Value

/** Horner's rule; `x` is a local. */
function horner(lanes: Lanes, x: Value, coefficients: readonly number[]): Value {
  return coefficients.slice(0, -1).reduceRight((sum, c) => lanes.multiplyAdd(sum, x, lanes.float(c)), lanes.float(coefficients.at(-1) ?? 0))
}

function horner64(x: Value, coefficients: readonly number[]): Value {
  return coefficients.slice(0, -1).reduceRight((sum, c) => op('f64.add', op('f64.mul', sum, x), f64(c)), f64(coefficients.at(-1) ?? 0))
}

const operand = (operands: readonly Value[], i: number): Value => {
  return present(operands[i], `operand ${i} of an elementary function`)
}

/** x kept within bounds; NaN becomes the lower bound or stays, as comparisons have it. */
function clamped({ fn }: FunctionContext, l: Lanes, x: Value, low: number | undefined, high: number): Value {
  if (l.wide) return fn.let(l.f('pmin', low === undefined ? x : l.f('pmax', x, l.float(low)), l.float(high)))
  const above = low === undefined ? x : fn.let(l.select(l.f('lt', x, l.float(low)), l.float(low), x))
  return fn.let(l.select(l.f('gt', above, l.float(high)), l.float(high), above))
}

/** n and r of y = n ln 2 + r. 12582912 = 1.5 · 2²³: adding it leaves the nearest integer in the low bits. */
function reduced({ fn }: FunctionContext, l: Lanes, y: Value): { readonly n: Value; readonly r: Value } {
  const t = fn.let(l.multiplyAdd(y, l.float(Math.LOG2E), l.float(12582912)))
  const n = fn.let(l.i('sub', l.bits(t), l.int(0x4b400000)))
  const k = fn.let(l.f('sub', t, l.float(12582912)))
  const r = fn.let(l.f('sub', l.f('sub', y, l.f('mul', k, l.float(0.693145752))), l.f('mul', k, l.float(1.42860682e-6))))
  return { n, r }
}

/** 2^n of an integer. */
const powerOfTwo = (l: Lanes, n: Value): Value => l.fromBits(l.shift('shl', l.i('add', n, l.int(127)), 23))

const copySign = (l: Lanes, x: Value, sign: Value): Value =>
  l.fromBits(l.i('or', l.i('and', l.bits(x), l.int(0x7fffffff)), l.i('and', l.bits(sign), l.int(-0x80000000))))

const exp: Body = (context, l, [x = operand([], 0)]) => {
  const { fn } = context
  const { n, r } = reduced(context, l, clamped(context, l, x, -104, 89))
  const p = l.f('add', l.multiplyAdd(horner(l, r, expTail), l.f('mul', r, r), r), l.float(1))
  const half = fn.let(l.shift('shr_s', n, 1))
  return l.f('mul', l.f('mul', p, powerOfTwo(l, half)), powerOfTwo(l, l.i('sub', n, half)))
}

/** 2^n e^r − 1 = 2 (2^(n−1) (e^r − 1) + (2^(n−1) − ½)). */
const expm1: Body = (context, l, [x = operand([], 0)]) => {
  const { fn } = context
  const { n, r } = reduced(context, l, clamped(context, l, x, -20, 89))
  const m = l.multiplyAdd(horner(l, r, expm1Tail), l.f('mul', r, r), r)
  const s = fn.let(l.fromBits(l.shift('shl', l.i('add', n, l.int(126)), 23)))
  const e = l.f('mul', l.f('add', l.f('mul', s, m), l.f('sub', s, l.float(0.5))), l.float(2))
  return l.select(l.f('eq', x, l.float(0)), x, e)
}

/** log(1 + f) + e ln 2 for 1 + f = the significand in [1/√2, √2). */
function logSum({ fn }: FunctionContext, l: Lanes, f: Value, e: Value): Value {
  const z = fn.let(l.f('mul', f, f))
  const tail = l.f('add', l.f('mul', l.f('mul', f, z), horner(l, f, logTail)), l.f('mul', e, l.float(1.42860682e-6)))
  return l.f('add', l.f('add', f, l.f('sub', tail, l.f('mul', l.float(0.5), z))), l.f('mul', e, l.float(0.693145752)))
}

const log: Body = (context, l, [x = operand([], 0)]) => {
  const { fn } = context
  const tiny = fn.let(l.f('lt', x, l.float(1.17549435e-38)))
  const b = fn.let(l.bits(l.select(tiny, l.f('mul', x, l.float(8388608)), x)))
  const n = fn.let(l.shift('shr_s', l.i('sub', b, l.int(0x3f3504f3)), 23))
  const f = fn.let(l.f('sub', l.fromBits(l.i('sub', b, l.shift('shl', n, 23))), l.float(1)))
  const e = fn.let(l.f('sub', l.toFloat(n, true), l.select(tiny, l.float(23), l.float(0))))
  const finite = l.select(l.f('eq', x, l.float(Infinity)), x, logSum(context, l, f, e))
  const edge = l.select(l.f('eq', x, l.float(0)), l.float(-Infinity), l.float(NaN))
  return l.select(l.f('gt', x, l.float(0)), finite, edge)
}

/** The rounding error of 1 + x, scaled like the significand, is added to f. */
const log1p: Body = (context, l, [x = operand([], 0)]) => {
  const { fn } = context
  const u = fn.let(l.f('add', l.float(1), x))
  const lost = fn.let(l.select(l.f('gt', x, l.float(1)), l.f('sub', l.float(1), l.f('sub', u, x)), l.f('sub', x, l.f('sub', u, l.float(1)))))
  const b = fn.let(l.bits(u))
  const n = fn.let(l.shift('shr_s', l.i('sub', b, l.int(0x3f3504f3)), 23))
  const scale = l.select(l.i('gt_s', n, l.int(60)), l.float(0), l.fromBits(l.shift('shl', l.i('sub', l.int(127), n), 23)))
  const f = fn.let(l.f('add', l.f('sub', l.fromBits(l.i('sub', b, l.shift('shl', n, 23))), l.float(1)), l.f('mul', lost, scale)))
  const finite = l.select(l.f('eq', x, l.float(Infinity)), x, logSum(context, l, f, fn.let(l.toFloat(n, true))))
  const exact = l.select(l.f('eq', x, l.float(0)), x, finite)
  const edge = l.select(l.f('eq', x, l.float(-1)), l.float(-Infinity), l.float(NaN))
  return l.select(l.f('gt', x, l.float(-1)), exact, edge)
}

const tanh: Body = (context, l, [x = operand([], 0)]) => {
  const { fn, call } = context
  const a = fn.let(l.f('abs', x))
  const z = fn.let(l.f('mul', x, x))
  const near = l.multiplyAdd(l.f('mul', x, z), horner(l, z, tanhTail), x)
  const e = call('exp', l.f('mul', clamped(context, l, a, undefined, 10), l.float(2)))
  const far = l.f('sub', l.float(1), l.f('div', l.float(2), l.f('add', e, l.float(1))))
  return copySign(l, l.select(l.f('lt', a, l.float(0.6)), near, far), x)
}

const erf: Body = (context, l, [x = operand([], 0)]) => {
  const { fn, call } = context
  const a = fn.let(l.f('abs', x))
  const z = fn.let(l.f('mul', x, x))
  const small = l.multiplyAdd(x, horner(l, z, erfSmall), x)
  const t = clamped(context, l, a, undefined, 4)
  const large = copySign(l, l.f('sub', l.float(1), call('exp', l.f('neg', horner(l, t, erfLarge)))), x)
  return l.select(l.f('lt', a, l.float(0.9)), small, large)
}

/** 1.5 · 2⁵²: adding it leaves the nearest integer in the low bits of a double. */
const roundingDouble = 6755399441055744

/** Of one float. Reduced by multiples of π/2 in double; exact for |x| < 6e6, and to 1e-7 of a turn or better below 1e9. */
function sine({ fn }: FunctionContext, l: Lanes, x: Value, quarter: number): Value {
  const y = fn.let(op('f64.promote_f32', x))
  const t = fn.let(op('f64.add', op('f64.mul', y, f64(0.63661977236758138)), f64(roundingDouble)))
  const k = fn.let(op('f64.sub', t, f64(roundingDouble)))
  const w = op('f64.sub', op('f64.sub', y, op('f64.mul', k, f64(1.5707963267341256))), op('f64.mul', k, f64(6.0771005065061922e-11)))
  const r = fn.let(op('f32.demote_f64', op('f64.max', op('f64.min', w, f64(0.79)), f64(-0.79))))
  const n = fn.let(op('i32.add', op('i32.wrap_i64', op('i64.reinterpret_f64', t)), i32(quarter)))
  const z = fn.let(l.f('mul', r, r))
  const s = l.f('add', l.f('mul', l.f('mul', r, z), horner(l, z, sinTail)), r)
  const c = l.f('add', l.f('mul', l.f('mul', z, z), horner(l, z, cosTail)), l.f('sub', l.float(1), l.f('mul', l.float(0.5), z)))
  const v = l.select(l.i('and', n, l.int(1)), c, s)
  const result = l.fromBits(l.i('xor', l.bits(v), l.shift('shl', l.i('and', n, l.int(2)), 30)))
  return l.select(l.f('lt', l.f('abs', x), l.float(Infinity)), result, l.float(NaN))
}

const sin: Body = (context, l, [x = operand([], 0)]) => l.select(l.f('eq', x, l.float(0)), x, sine(context, l, x, 0))
const cos: Body = (context, l, [x = operand([], 0)]) => sine(context, l, x, 1)

/** Of single floats: 2^(y log2 |x|) in double, and C's special values. */
const pow: Body = ({ fn }, l, [x = operand([], 0), y = operand([], 1)]) => {
  const a = fn.let(l.f('abs', x))
  const b = fn.let(op('i64.reinterpret_f64', op('f64.promote_f32', a)))
  const n = fn.let(op('i64.shr_s', op('i64.sub', b, i64(0x3fe6a09e667f3bcdn)), i64(52)))
  const m = fn.let(op('f64.reinterpret_i64', op('i64.sub', b, op('i64.shl', n, i64(52)))))
  const s = fn.let(op('f64.div', op('f64.sub', m, f64(1)), op('f64.add', m, f64(1))))
  const z = fn.let(op('f64.mul', s, s))
  const logarithm = op('f64.add', op('f64.mul', s, horner64(z, log2Ratio)), op('f64.convert_i64_s', n))
  const v = fn.let(op('f64.min', op('f64.max', op('f64.mul', op('f64.promote_f32', y), logarithm), f64(-200)), f64(200)))
  const t = fn.let(op('f64.add', v, f64(roundingDouble)))
  const f = fn.let(op('f64.sub', v, op('f64.sub', t, f64(roundingDouble))))
  const scale = op('f64.reinterpret_i64', op('i64.shl', op('i64.add', op('i64.reinterpret_f64', t), i64(1023)), i64(52)))
  const r = fn.variable(op('f32.demote_f64', op('f64.mul', horner64(f, exp2Fraction), scale)))
  const size = fn.let(l.f('abs', y))
  const floor = fn.let(l.f('floor', size))
  const whole = fn.let(l.f('eq', floor, size))
  const half = l.f('mul', l.float(2), l.f('floor', l.f('mul', floor, l.float(0.5))))
  const isOdd = l.i('and', l.f('lt', size, l.float(16777216)), l.f('eq', l.f('sub', floor, half), l.float(1)))
  const odd = fn.let(l.i('and', whole, isOdd))
  const falls = fn.let(l.f('lt', y, l.float(0)))
  const when = (condition: Value, value: Value) => fn.set(r, select(condition, value, r))
  when(l.f('eq', a, l.float(0)), l.select(falls, l.float(Infinity), l.float(0)))
  when(l.f('eq', a, l.float(Infinity)), l.select(falls, l.float(0), l.float(Infinity)))
  const steep = l.select(l.i('eq', l.f('gt', a, l.float(1)), l.f('gt', y, l.float(0))), l.float(Infinity), l.float(0))
  when(l.f('eq', size, l.float(Infinity)), steep)
  when(l.f('eq', a, l.float(1)), l.float(1))
  const bothFinite = l.i('and', l.f('lt', a, l.float(Infinity)), l.f('lt', size, l.float(Infinity)))
  when(l.i('and', l.f('lt', x, l.float(0)), l.i('and', bothFinite, l.not(whole))), l.float(NaN))
  when(l.i('and', l.shift('shr_u', l.bits(x), 31), odd), l.f('neg', r))
  when(l.i('or', l.f('ne', x, x), l.f('ne', y, y)), l.float(NaN))
  when(l.i('or', l.f('eq', y, l.float(0)), l.f('eq', x, l.float(1))), l.float(1))
  return r
}

/** Functions of both widths, by name. */
export const elementaryBodies: Readonly<Record<string, Body>> = { exp, expm1, log, log1p, tanh, erf }
/** Functions of single floats. */
export const scalarBodies: Readonly<Record<string, Body>> = { sin, cos, pow }

/** What a module imports for double precision: functions of one or two numbers. */
export const doubleFunctions = ['exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tanh', 'erf', 'pow', 'fmod'] as const

/** Threefry-2x32-20, word 0 (Salmon et al. 2011), of one counter or of four; `key` words and counter words are integers of the lanes. */
export function threefry({ fn }: FunctionContext, l: Lanes, key0: Value, key1: Value, low: Value, high: Value): Value {
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24]
  const keys = [key0, key1, fn.let(l.i('xor', l.i('xor', l.int(0x1bd11bda), key0), key1))]
  const key = (i: number) => keys[i % 3] ?? key0
  const x0 = fn.variable(l.i('add', low, key0))
  const x1 = fn.variable(l.i('add', high, key1))
  for (let round = 0; round < 20; round++) {
    const r = rotations[round % 8] ?? 0
    fn.set(x0, l.i('add', x0, x1))
    fn.set(x1, l.i('xor', l.i('or', l.shift('shl', x1, r), l.shift('shr_u', x1, 32 - r)), x0))
    const turn = (round + 1) / 4
    if (!Number.isInteger(turn)) continue
    fn.set(x0, l.i('add', x0, key(turn)))
    fn.set(x1, l.i('add', x1, l.i('add', key(turn + 1), l.int(turn))))
  }
  return x0
}

// Scalar expressions as C. A shared expression is computed once, and outside the innermost loop where it does not depend on it.

import { type Dim, type DimVariable, evaluateDim } from '../../core/dimension.ts'
import type { DType } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import type { Atom, Axis, Index } from '../../compiler/index-expression.ts'
import type { Expression } from '../../compiler/loop-ir.ts'
import type { CInt } from './rendered-kernel.ts'

/** C's type of a stored element. */
export const storedType: Readonly<Record<DType, string>> = {
  f32: 'float',
  f64: 'double',
  f16: 'uint16_t',
  bf16: 'uint16_t',
  i32: 'int32_t',
  i64: 'int64_t',
  u32: 'uint32_t',
  i8: 'int8_t',
  u8: 'uint8_t',
  bool: 'uint8_t',
}

/** C's type of a value in a register: half precisions are computed in float. */
export const computedType: Readonly<Record<DType, string>> = { ...storedType, f16: 'float', bf16: 'float', bool: 'int32_t' }

/** What a kernel's text refers to by position: buffers, run-time sizes, loop variables. */
export class KernelNames {
  readonly buffers: Node[] = []
  readonly dims: DimVariable[] = []
  private readonly axes = new Map<number, string>()

  buffer(node: Node): number {
    const at = this.buffers.indexOf(node)
    if (at >= 0) return at
    this.buffers.push(node)
    return this.buffers.length - 1
  }

  axis(a: Axis): string {
    const old = this.axes.get(a.id)
    if (old !== undefined) return old
    const name = `x${this.axes.size}`
    this.axes.set(a.id, name)
    return name
  }

  /** Gives a loop variable a C text of the renderer's choosing. */
  nameAxis(a: Axis, text: string): void {
    this.axes.set(a.id, text)
  }

  dim(d: Dim): string {
    if (typeof d === 'number') return String(d)
    const terms = d.terms.map((t) => [String(t.coefficient), ...t.variables.map((v) => `dim[${this.variable(v)}]`)].join('*'))
    return `(${terms.join('+')})`
  }

  /** The size for a kernel renderer: a number, or C text with its evaluator. */
  size(d: Dim): CInt {
    if (typeof d === 'number') return d
    const c = this.dim(d)
    return { c, evaluate: (values) => evaluateDim(d, new Map(this.dims.map((v, i) => [v.name, values[i] ?? 0]))) }
  }

  private variable(v: DimVariable): number {
    const at = this.dims.findIndex((x) => x.name === v.name)
    if (at >= 0) return at
    this.dims.push(v)
    return this.dims.length - 1
  }
}

/** Where lines go: the statements of one loop level. */
export interface Scope {
  readonly lines: string[]
  /** Loop variables bound at this level and outside it. */
  readonly axes: ReadonlySet<number>
}

const unary: Readonly<Record<string, (x: string) => string>> = {
  negate: (x) => `(-${x})`,
  sqrt: (x) => `__builtin_sqrtf(${x})`,
  floor: (x) => `__builtin_floorf(${x})`,
  ceil: (x) => `__builtin_ceilf(${x})`,
  round: (x) => `__builtin_rintf(${x})`,
  exp: (x) => `tn_exp(${x})`,
  expm1: (x) => `tn_expm1(${x})`,
  log: (x) => `tn_log(${x})`,
  log1p: (x) => `tn_log1p(${x})`,
  sin: (x) => `tn_sin(${x})`,
  cos: (x) => `tn_cos(${x})`,
  tanh: (x) => `tn_tanh(${x})`,
  erf: (x) => `tn_erf(${x})`,
}

const comparisons = { equal: '==', notEqual: '!=', less: '<', lessEqual: '<=', greater: '>', greaterEqual: '>=' } as const

const isReal = (dtype: DType) => dtype === 'f32' || dtype === 'f16' || dtype === 'bf16' || dtype === 'f64'

/** Renders expressions into nested scopes, outermost first. */
export class ExpressionText {
  private readonly names: KernelNames
  private readonly locals: ReadonlyMap<Node, string>
  private readonly texts = new Map<Expression, { text: string; depth: number }>()
  private readonly stored = new Map<Node, string>()
  private counter: { next: number }

  constructor(names: KernelNames, locals: ReadonlyMap<Node, string>, counter: { next: number }) {
    this.names = names
    this.locals = locals
    this.counter = counter
  }

  /** Later loads of `node` at the current point use this text. */
  remember(node: Node, text: string): void {
    this.stored.set(node, text)
  }

  /** C text of the value; its parts are declared in the outermost scope that binds what they depend on. */
  render(e: Expression, scopes: readonly Scope[]): string {
    return this.place(e, scopes, false).text
  }

  private place(e: Expression, scopes: readonly Scope[], inline: boolean): { text: string; depth: number } {
    const old = this.texts.get(e)
    if (old !== undefined && old.depth < scopes.length) return old
    const depths: number[] = [0]
    const part = (x: Expression, guarded = inline): string => {
      const { text, depth } = this.place(x, scopes, guarded)
      depths.push(depth)
      return text
    }
    const index = (i: Index, guarded = inline): string => {
      for (const depth of this.axisDepths(i, scopes)) depths.push(depth)
      return this.index(i, (x) => part(x, guarded))
    }
    const text = this.define(e, part, index, depths, scopes.length - 1)
    const depth = Math.max(...depths)
    if (inline) return { text: `(${text})`, depth }
    if (e.kind === 'constant' || e.kind === 'local') return { text, depth }
    const scope = scopes[depth]
    if (scope === undefined) throw new DeviceError('native: an expression depends on a loop that is not open')
    const name = `t${this.counter.next++}`
    scope.lines.push(`const ${computedType[e.dtype]} ${name} = ${text};`)
    const result = { text: name, depth }
    this.texts.set(e, result)
    return result
  }

  private axisDepths(i: Index, scopes: readonly Scope[]): number[] {
    return i.terms.flatMap(({ atom }): number[] => {
      if (atom.kind === 'axis') {
        const id = atom.axis.id
        const at = scopes.findIndex((s) => s.axes.has(id))
        return [Math.max(at , 0)]
      }
      return atom.kind === 'value' ? [] : this.axisDepths(atom.of, scopes)
    })
  }

  private index(i: Index, part: (e: Expression) => string): string {
    const terms = i.terms.map(({ coefficient, atom }) => {
      const text = this.atom(atom, part)
      return coefficient === 1 ? text : `${this.names.dim(coefficient)}*${text}`
    })
    if (i.constant !== 0 || terms.length === 0) terms.push(this.names.dim(i.constant))
    return terms.join('+').replaceAll('+-', '-')
  }

  private atom(atom: Atom, part: (e: Expression) => string): string {
    switch (atom.kind) {
      case 'axis':
        return this.names.axis(atom.axis)
      case 'divide':
        return `tn_floordiv_i64(${this.index(atom.of, part)}, ${this.names.dim(atom.by)})`
      case 'modulo':
        return `tn_mod_i64(${this.index(atom.of, part)}, ${this.names.dim(atom.by)})`
      case 'value':
        return `(int64_t)${part(atom.value)}`
    }
  }

  private define(
    e: Expression,
    part: (x: Expression, guarded?: boolean) => string,
    index: (i: Index, guarded?: boolean) => string,
    depths: number[],
    innermost: number,
  ): string {
    switch (e.kind) {
      case 'constant':
        return literal(e.value, e.dtype)
      case 'local': {
        const text = this.locals.get(e.node)
        if (text === undefined) throw new DeviceError('native: a local value is used before it is computed')
        depths.push(innermost)
        return text
      }
      case 'load': {
        const remembered = this.stored.get(e.from)
        if (remembered !== undefined) {
          depths.push(innermost)
          return remembered
        }
        const element = `b${this.names.buffer(e.from)}[${index(e.index)}]`
        if (e.dtype === 'bf16') return `tn_bf16_to_f32(${element})`
        if (e.dtype === 'f16') return `tn_f16_to_f32(${element})`
        return element
      }
      case 'index':
        return `(${computedType[e.dtype]})(${index(e.index)})`
      case 'unary':
        return this.unary(e.fn, part(e.x), e.dtype)
      case 'binary':
        return this.binary(e.fn, part(e.a), part(e.b), e.dtype)
      case 'compare':
        return `${part(e.a)} ${comparisons[e.fn]} ${part(e.b)}`
      case 'where':
        return `${part(e.condition)} ? ${part(e.a)} : ${part(e.b)}`
      case 'cast':
        return castText(part(e.x), e.x.dtype, e.dtype)
      case 'clamp': {
        const [x, low, high] = [part(e.x), this.names.dim(e.low), this.names.dim(e.high)]
        return `(int32_t)(${x} < ${low} ? ${low} : ${x} > ${high} ? ${high} : ${x})`
      }
      case 'guard': {
        const conditions = e.bounds.map((b) => {
          const at = index(b.index)
          const inside = `(uint64_t)(${at}) < (uint64_t)(${this.names.dim(b.size)})`
          return b.step === 1 ? inside : `(${inside} && (${at}) % ${b.step} == 0)`
        })
        return `${conditions.join(' && ')} ? ${part(e.value, true)} : ${part(e.otherwise, true)}`
      }
      case 'randomBits':
        return `tn_random_bits(${part(e.key0)}, ${part(e.key1)}, (uint64_t)(${index(e.counter)}))`
    }
  }

  private unary(fn: string, x: string, dtype: DType): string {
    if (fn === 'not') return dtype === 'bool' ? `!${x}` : `~${x}`
    if (!isReal(dtype)) {
      if (fn === 'negate') return `(${computedType[dtype]})(0 - ${x})`
      if (fn === 'abs') return dtype === 'u32' || dtype === 'u8' || dtype === 'bool' ? x : `(${x} < 0 ? 0 - ${x} : ${x})`
      if (fn === 'sign') return `((${x} > 0) - (${x} < 0))`
      if (fn === 'floor' || fn === 'ceil' || fn === 'round') return x
    }
    if (fn === 'abs') return `__builtin_fabsf(${x})`
    if (fn === 'sign') return `(${x} > 0 ? 1.0f : ${x} < 0 ? -1.0f : ${x})`
    const render = unary[fn]
    if (render === undefined) throw new DeviceError(`native: no C text for the function '${fn}'.`)
    return render(x)
  }

  private binary(fn: string, a: string, b: string, dtype: DType): string {
    const real = isReal(dtype)
    const wrap = (text: string) => (real ? text : `(${computedType[dtype]})(${text})`)
    const unsignedWrap = (sign: string) => {
      if (real || dtype === 'bool') return `${a} ${sign} ${b}`
      const wide = dtype === 'i64' ? 'uint64_t' : 'uint32_t'
      return `(${storedType[dtype]})((${wide})${a} ${sign} (${wide})${b})`
    }
    switch (fn) {
      case 'add':
        return dtype === 'bool' ? `(${a} | ${b})` : unsignedWrap('+')
      case 'subtract':
        return unsignedWrap('-')
      case 'multiply':
        return dtype === 'bool' ? `(${a} & ${b})` : unsignedWrap('*')
      case 'divide':
        return real ? `${a} / ${b}` : `(${computedType[dtype]})tn_floordiv_i64(${a}, ${b})`
      case 'remainder':
        return real ? `tn_remainder(${a}, ${b})` : `(${computedType[dtype]})tn_mod_i64(${a}, ${b})`
      case 'power':
        return real ? `tn_pow(${a}, ${b})` : `(${computedType[dtype]})tn_ipow_i64(${a}, ${b})`
      case 'maximum':
        return real ? `tn_max(${a}, ${b})` : `(${a} > ${b} ? ${a} : ${b})`
      case 'minimum':
        return real ? `tn_min(${a}, ${b})` : `(${a} < ${b} ? ${a} : ${b})`
      case 'and':
        return wrap(`${a} & ${b}`)
      case 'or':
        return wrap(`${a} | ${b}`)
      case 'xor':
        return wrap(`${a} ^ ${b}`)
      case 'shiftLeft':
        return `((uint64_t)${b} < ${dtype === 'i64' ? 64 : 32} ? (${storedType[dtype]})((${dtype === 'i64' ? 'uint64_t' : 'uint32_t'})${a} << ${b}) : 0)`
      case 'shiftRight':
        return `((uint64_t)${b} < ${dtype === 'i64' ? 64 : 32} ? (${storedType[dtype]})(${a} >> ${b}) : 0)`
      default:
        throw new DeviceError(`native: no C text for the function '${fn}'.`)
    }
  }
}

/** What is written for a computed value of `dtype`. */
export function storedText(text: string, dtype: DType): string {
  if (dtype === 'bf16') return `tn_f32_to_bf16(${text})`
  if (dtype === 'f16') return `tn_f32_to_f16(${text})`
  return dtype === 'bool' ? `(uint8_t)(${text} != 0)` : text
}

/** A C literal. */
export function literal(value: number, dtype: DType): string {
  if (!isReal(dtype)) return dtype === 'u32' ? `${value >>> 0}u` : dtype === 'i64' ? `${BigInt(Math.trunc(value))}LL` : `(${Math.trunc(value)})`
  if (Number.isNaN(value)) return '__builtin_nanf("")'
  if (!Number.isFinite(value)) return value > 0 ? '__builtin_inff()' : '(-__builtin_inff())'
  if (dtype === 'f64') return `(${Number.isInteger(value) ? `${value}.0` : value})`
  const single = Math.fround(value)
  if (Object.is(single, -0)) return '(-0.0f)'
  if (!Number.isFinite(single)) return single > 0 ? '__builtin_inff()' : '(-__builtin_inff())'
  const text = String(single)
  return `(${/[.e]/.test(text) ? text : `${text}.0`}f)`
}

function castText(x: string, from: DType, to: DType): string {
  if (to === 'bool') return `(${x} != 0)`
  if (to === 'bf16') return `tn_bf16_to_f32(tn_f32_to_bf16((float)${x}))`
  if (to === 'f16') return `tn_f16_to_f32(tn_f32_to_f16((float)${x}))`
  if (isReal(from) && !isReal(to)) return `(${computedType[to]})tn_f32_to_i64(${x})`
  return `(${computedType[to]})${x}`
}

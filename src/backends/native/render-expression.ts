// Expressions at a point of the loops as C. A shared expression is computed once, and outside the loops that it does not depend on.

import { type Dim, type DimVariable, evaluateDim } from '../../core/dimension.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import { type Atom, type Axis, type Index, isWithin } from '../../compiler/loop-ir/index-expression.ts'
import type { Expression } from '../../compiler/loop-ir/loop-ir.ts'
import { indicesOf, partsOf } from '../../compiler/loop-ir/walk-expression.ts'
import { binaryText, castText, comparisons, computedType, literal, unaryText } from './render-scalar.ts'
import type { CInt } from './rendered-kernel.ts'

export { computedType, literal, storedText, storedType } from './render-scalar.ts'

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

interface Placed {
  readonly text: string
  readonly scope: Scope
}

/**
 * Renders expressions into nested scopes, outermost first. Every shared part is computed once, in the outermost scope that binds what it
 * depends on; what a guard protects is computed only where the guard holds.
 */
export class ExpressionText {
  private readonly names: KernelNames
  private readonly locals: ReadonlyMap<Node, string>
  private readonly texts = new Map<Expression, Placed>()
  private readonly stored = new Map<Node, string>()
  private readonly known = new Map<Expression, string>()
  private readonly counter: { next: number }
  private readonly localScope: Scope | undefined
  private readonly written: ReadonlySet<Node>
  private scopes: readonly Scope[] = []
  private readonly depths = new Map<Expression, number>()
  private readonly readers = new Map<Expression, boolean>()

  /**
   * `localScope` is where the locals are known, and where what the kernel itself has `written` to memory may be read; the innermost scope if
   * absent.
   */
  constructor(
    names: KernelNames,
    locals: ReadonlyMap<Node, string>,
    counter: { next: number },
    localScope?: Scope,
    written: ReadonlySet<Node> = new Set(),
  ) {
    this.names = names
    this.locals = locals
    this.counter = counter
    this.localScope = localScope
    this.written = written
  }

  /** Later loads of `node` at the current point use this text. */
  remember(node: Node, text: string): void {
    this.stored.set(node, text)
  }

  /** Uses `text`, valid in the innermost scope, for a value that was computed before. */
  know(e: Expression, text: string): void {
    this.known.set(e, text)
  }

  /** The text of a value that was computed in `scope`, where every later point of it can use it. */
  computedIn(e: Expression, scope: Scope): string | undefined {
    const placed = this.texts.get(e)
    return placed?.scope === scope ? placed.text : undefined
  }

  /** C text of the value; its parts are declared in the scopes. */
  render(e: Expression, scopes: readonly Scope[]): string {
    if (this.scopes !== scopes) {
      this.scopes = scopes
      this.depths.clear()
    }
    return this.place(e, [])
  }

  /** `guards` are the scopes of the guards around this place, outermost first. */
  private place(e: Expression, guards: readonly Scope[]): string {
    if (e.kind === 'constant') return literal(e.value, e.dtype)
    if (e.kind === 'local') return this.local(e.node)
    if (e.kind === 'load') {
      const remembered = this.stored.get(e.from)
      if (remembered !== undefined) return remembered
    }
    const known = this.known.get(e)
    if (known !== undefined) return known
    const old = this.texts.get(e)
    if (old !== undefined && (this.scopes.includes(old.scope) || guards.includes(old.scope))) return old.text
    const text = this.define(e, guards)
    const scope = (this.reads(e) ? guards.at(-1) : undefined) ?? this.scopes[this.depth(e)]
    if (scope === undefined) throw new DeviceError('native: an expression depends on a loop that is not open')
    const name = `t${this.counter.next++}`
    scope.lines.push(`const ${computedType[e.dtype]} ${name} = ${text};`)
    this.texts.set(e, { text: name, scope })
    return name
  }

  private local(node: Node): string {
    const text = this.locals.get(node)
    if (text === undefined) throw new DeviceError('native: a local value is used before it is computed')
    return text
  }

  /** The innermost scope that the value depends on. */
  private depth(e: Expression): number {
    const old = this.depths.get(e)
    if (old !== undefined) return old
    const inner = this.scopes.length - 1
    const known = this.localScope === undefined ? inner : Math.max(0, this.scopes.indexOf(this.localScope))
    const isOwn = e.kind === 'local' || (e.kind === 'load' && this.written.has(e.from) && !this.stored.has(e.from))
    const own = isOwn ? known : this.known.has(e) || (e.kind === 'load' && this.stored.has(e.from)) ? inner : 0
    const depth = Math.max(own, ...partsOf(e).map((x) => this.depth(x)), ...indicesOf(e).flatMap((i) => this.axisDepths(i)))
    this.depths.set(e, depth)
    return depth
  }

  private axisDepths(i: Index): number[] {
    return i.terms.flatMap(({ atom }): number[] => {
      if (atom.kind === 'axis')
        return [
          Math.max(
            0,
            this.scopes.findIndex((s) => s.axes.has(atom.axis.id)),
          ),
        ]
      return atom.kind === 'value' ? [] : this.axisDepths(atom.of)
    })
  }

  /** Whether memory is read for the value: such a value stays inside its guards. */
  private reads(e: Expression): boolean {
    const old = this.readers.get(e)
    if (old !== undefined) return old
    const reads = e.kind === 'load' || partsOf(e).some((x) => this.reads(x))
    this.readers.set(e, reads)
    return reads
  }

  private index(i: Index, guards: readonly Scope[]): string {
    const terms = i.terms.map(({ coefficient, atom }) => {
      const text = this.atom(atom, guards)
      return coefficient === 1 ? text : `${this.names.dim(coefficient)}*${text}`
    })
    if (i.constant !== 0 || terms.length === 0) terms.push(this.names.dim(i.constant))
    return terms.join('+').replaceAll('+-', '-')
  }

  private atom(atom: Atom, guards: readonly Scope[]): string {
    switch (atom.kind) {
      case 'axis':
        return this.names.axis(atom.axis)
      case 'divide':
      case 'modulo': {
        // An axis of no elements: nothing is ever computed at such a point.
        if (atom.by === 0) return '0'
        const [of, by] = [this.index(atom.of, guards), this.names.dim(atom.by)]
        const divide = atom.kind === 'divide'
        // 32-bit division by a constant is a multiplication that vectorises.
        if (isWithin(atom.of, 2 ** 31) && typeof atom.by === 'number') return `(int64_t)((uint32_t)(${of}) ${divide ? '/' : '%'} ${by}u)`
        return `${divide ? 'tn_floordiv_i64' : 'tn_mod_i64'}(${of}, ${by})`
      }
      case 'value':
        return `(int64_t)${this.place(atom.value, guards)}`
    }
  }

  private define(e: Exclude<Expression, { kind: 'constant' | 'local' }>, guards: readonly Scope[]): string {
    const part = (x: Expression) => this.place(x, guards)
    switch (e.kind) {
      case 'load': {
        const element = `b${this.names.buffer(e.from)}[${this.index(e.index, guards)}]`
        if (e.dtype === 'bf16') return `tn_bf16_to_f32(${element})`
        if (e.dtype === 'f16') return `tn_f16_to_f32(${element})`
        return element
      }
      case 'index': {
        const text = `(${computedType[e.dtype]})(${this.index(e.index, guards)})`
        return e.dtype === 'f16' || e.dtype === 'bf16' || e.dtype === 'bool' ? castText(text, 'f32', e.dtype) : text
      }
      case 'unary':
        return unaryText(e.fn, part(e.x), e.dtype)
      case 'binary':
        return binaryText(e.fn, part(e.a), part(e.b), e.dtype)
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
          const at = this.index(b.index, guards)
          const inside = `(uint64_t)(${at}) < (uint64_t)(${this.names.dim(b.size)})`
          return b.step === 1 ? `(${inside})` : `(${inside} && (${at}) % ${b.step} == 0)`
        })
        return `${conditions.join(' & ')} ? ${this.guarded(e.value, guards)} : ${this.guarded(e.otherwise, guards)}`
      }
      case 'randomBits':
        return `tn_random_bits(${part(e.key0)}, ${part(e.key1)}, (uint64_t)(${this.index(e.counter, guards)}))`
    }
  }

  /** The value with everything that reads memory for it, as one expression: a statement expression where it takes several. */
  private guarded(e: Expression, guards: readonly Scope[]): string {
    const scope: Scope = { lines: [], axes: new Set() }
    const text = this.place(e, [...guards, scope])
    return scope.lines.length === 0 ? text : `({ ${scope.lines.join(' ')} ${text}; })`
  }
}

// Expressions at a point of the loops as WebAssembly: one element, or four along the axis of the vector loop. A shared expression is computed
// once, outside the loops that it does not depend on; what a guard protects is computed only where the guard holds.

import { type Dim, sameDim } from '../../core/dimension.ts'
import { byteSize } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'
import { type Atom, type Axis, type Index, isWithin, strideOf } from '../../compiler/loop-ir/index-expression.ts'
import type { Bound, Expression, StoreTo } from '../../compiler/loop-ir/loop-ir.ts'
import { indicesOf, partsOf } from '../../compiler/loop-ir/walk-expression.ts'
import {
  binary,
  cast,
  compare,
  computedBytes,
  computedType,
  constant,
  isLong,
  joined,
  laneOf,
  loadScalar,
  loadVector,
  type Site,
  splat,
  storeScalar,
  storeVector,
  unary,
  wrapped,
} from './element-types.ts'
import type { Code } from './encoder.ts'
import { add, i32, i32x4, i64, load, type Local, mul, op, select, type Value } from './function-builder.ts'
import type { KernelFunction } from './kernel-function.ts'
import { scalar, wide } from './lanes.ts'
import { present } from './present.ts'

/** Statements of one loop level. */
export interface Scope {
  readonly code: Code
  /** Loop variables bound at this level. */
  readonly axes: ReadonlySet<number>
}

/** A value that a contraction has finished, in scratch memory: an element of computed type for each column. */
interface Finished {
  readonly node: Node
  /** Address of the row. */
  readonly row: Value
  readonly column: Axis
}

interface Placed {
  readonly value: Value
  readonly scope: Scope
}

/** A point of the vector loop: all points, one of the next elements, or the n-th vector of four. */
type Position = { readonly kind: 'any' } | { readonly kind: 'lane'; readonly lane: number } | { readonly kind: 'vector'; readonly part: number }

const anywhere: Position = { kind: 'any' }

export class Evaluator {
  private readonly kernel: KernelFunction
  private readonly site: Site
  private scopes: readonly Scope[]
  /** Scopes down to this one cannot see what the kernel writes: own values are read below. */
  private ownDepth = 0
  private readonly own: ReadonlySet<Node>
  private readonly axes = new Map<number, Local>()
  private readonly locals = new Map<Node, { readonly value: Value; readonly depth: number }>()
  private finished: Finished | undefined
  private vectorAxis: Axis | undefined
  /** Vectors of four points that a turn of the vector loop computes. */
  private vectors = 1
  private readonly stored = new Map<string, Value>()
  private readonly storedNodes = new Set<Node>()
  private readonly placed = new Map<Expression, Map<string, Placed>>()
  private readonly partial = new Map<string, Placed>()
  private depths = new Map<Expression, number>()
  private varying = new Map<Expression, boolean>()
  private readonly readers = new Map<Expression, boolean>()
  private readonly constants = new Map<string, Value>()

  /** `own` are the values that the kernel writes; `top` is the scope outside all loops. */
  constructor(kernel: KernelFunction, top: Scope, own: readonly Node[]) {
    this.kernel = kernel
    this.site = kernel
    this.scopes = [top]
    this.own = new Set(own)
  }

  /** The innermost scope. */
  get scope(): Scope {
    return present(this.scopes.at(-1), 'a scope')
  }

  /** Opens a loop level over an axis for the time of `body`, with `vector` four points at a time, or `vectors` times four; returns the level's code. */
  within(bound: Axis | undefined, local: Local | undefined, vector: boolean, body: () => void, vectors = 1): Code {
    const code: Code = []
    const [scopes, axis, old] = [this.scopes, this.vectorAxis, this.vectors]
    if (bound !== undefined && local !== undefined) this.axes.set(bound.id, local)
    this.scopes = [...scopes, { code, axes: new Set(bound === undefined ? [] : [bound.id]) }]
    this.vectorAxis = vector ? bound : axis
    this.vectors = vector ? vectors : old
    this.forget()
    this.kernel.fn.into(code, body)
    this.scopes = scopes
    this.vectorAxis = axis
    this.vectors = old
    this.forget()
    return code
  }

  private forget(): void {
    this.depths = new Map()
    this.varying = new Map()
    this.stored.clear()
    this.storedNodes.clear()
  }

  /** From here on the kernel's own values are read in the innermost scope that is open now, or further in. */
  rowStarts(): void {
    this.ownDepth = this.scopes.length - 1
  }

  bindAxis(a: Axis, local: Local): void {
    this.axes.set(a.id, local)
  }

  /** Where an open loop stands. */
  axisValue(a: Axis): Value {
    return this.axes.get(a.id) ?? i32(0)
  }

  /** A value of the current row. */
  setLocal(node: Node, value: Value): void {
    this.locals.set(node, { value, depth: this.scopes.length - 1 })
  }

  /** Where a contraction's values of the current row lie. */
  setFinished(finished: Finished): void {
    this.finished = finished
  }

  /** A size. */
  dim(d: Dim): Value {
    return this.kernel.dim(d)
  }

  /** One element. */
  scalar(e: Expression): Value {
    return this.place(e, anywhere, [])
  }

  /** Four elements; only where {@link hasVector}. */
  vector(e: Expression, part = 0): Value {
    return this.place(e, { kind: 'vector', part }, [])
  }

  /** An index as i32, in elements. */
  position(index: Index): Value {
    return this.linear(index, 1, undefined, 0, [])
  }

  /** Whether four values of an expression fit a vector. */
  hasVector(e: Expression): boolean {
    return !isLong(e.dtype)
  }

  /** Computes a store's value and writes it if it is kept; later reads of it at this point take it from the register. */
  store(to: StoreTo, isKept: boolean, vector: boolean, part = 0): void {
    const { node, index, value } = to
    const position: Position = vector ? { kind: 'vector', part } : anywhere
    const result = this.place(value, position, [])
    this.stored.set(`${node.id}:${vector ? part : 's'}`, result)
    this.storedNodes.add(node)
    if (!isKept) return
    const size = byteSize(node.dtype)
    const base = this.kernel.buffer(node)
    if (!vector) {
      storeScalar(this.site, node.dtype, this.linear(index, size, base, 0, []), result)
      return
    }
    if (this.stride(index) === 1) {
      storeVector(this.site, node.dtype, this.linear(index, size, base, 4 * part, []), result)
      return
    }
    for (let lane = 0; lane < 4; lane++) {
      storeScalar(this.site, node.dtype, this.linear(index, size, base, 4 * part + lane, []), laneOf(node.dtype, result, lane))
    }
  }

  private place(e: Expression, wanted: Position, guards: readonly Scope[]): Value {
    const vector = wanted.kind === 'vector'
    if (e.kind === 'constant') return vector ? this.constantVector(e) : constant(scalar, e.value, e.dtype)
    if (vector && !this.varies(e)) return this.once(e, 'splat', guards, () => splat(e.dtype, this.place(e, anywhere, guards)))
    const own = this.storedBy(e)
    if (own !== undefined) return this.remembered(own, wanted)
    if (e.kind === 'local' && this.finished?.node !== e.node) return present(this.locals.get(e.node), 'a local value').value
    const position = !vector && !this.varies(e) ? anywhere : wanted
    const key = position.kind === 'any' ? 's' : position.kind === 'lane' ? `l${position.lane}` : `v${position.part}`
    return this.once(e, key, guards, () => (position.kind === 'vector' ? this.four(e, position.part, guards) : this.one(e, position, guards)))
  }

  /** A constant in every lane: read once, at the top. 0 is made where it is needed. */
  private constantVector(e: Extract<Expression, { kind: 'constant' }>): Value {
    const value = constant(wide, e.value, e.dtype)
    if (e.value === 0) return value
    const key = value.code.join()
    const known = this.constants.get(key)
    if (known !== undefined) return known
    const [top] = this.scopes
    const { fn, module } = this.kernel
    const local = fn.into(top?.code ?? this.scope.code, () => fn.let(module.sharedVector(value)))
    this.constants.set(key, local)
    return local
  }

  /** The value of this point that an expression reads, if a store has just computed it. */
  private storedBy(e: Expression): Node | undefined {
    const node = e.kind === 'load' ? e.from : e.kind === 'local' ? e.node : undefined
    return node !== undefined && this.storedNodes.has(node) ? node : undefined
  }

  private remembered(node: Node, wanted: Position): Value {
    const lane = wanted.kind === 'lane' ? wanted.lane : 0
    const key = this.vectorAxis === undefined ? 's' : wanted.kind === 'vector' ? wanted.part : Math.floor(lane / 4)
    const value = present(this.stored.get(`${node.id}:${key}`), 'a stored value of this point')
    return wanted.kind === 'vector' || value.type !== 'v128' ? value : laneOf(node.dtype, value, lane % 4)
  }

  private once(e: Expression, key: string, guards: readonly Scope[], define: () => Value): Value {
    const known = this.placed.get(e) ?? new Map<string, Placed>()
    this.placed.set(e, known)
    const old = known.get(key)
    if (old !== undefined && (this.scopes.includes(old.scope) || guards.includes(old.scope))) return old.value
    const scope = this.scopeOf(e, guards)
    const value = this.kernel.fn.into(scope.code, () => this.kernel.fn.let(define()))
    known.set(key, { value, scope })
    return value
  }

  private scopeOf(e: Expression, guards: readonly Scope[]): Scope {
    return present((this.reads(e) ? guards.at(-1) : undefined) ?? this.scopes[this.depth(e)], 'an open loop')
  }

  /** The innermost scope that the value depends on. */
  private depth(e: Expression): number {
    const old = this.depths.get(e)
    if (old !== undefined) return old
    const inner = this.scopes.length - 1
    let depth = 0
    if (this.storedBy(e) !== undefined) depth = inner
    else if (e.kind === 'local') depth = this.finished?.node === e.node ? inner : (this.locals.get(e.node)?.depth ?? inner)
    else if (e.kind === 'load') depth = this.own.has(e.from) ? this.ownDepth : 0
    for (const part of partsOf(e)) depth = Math.max(depth, this.depth(part))
    for (const index of indicesOf(e)) for (const term of index.terms) depth = Math.max(depth, this.atomDepth(term.atom))
    this.depths.set(e, depth)
    return depth
  }

  private atomDepth(atom: Atom): number {
    switch (atom.kind) {
      case 'axis':
        return Math.max(
          0,
          this.scopes.findLastIndex((s) => s.axes.has(atom.axis.id)),
        )
      case 'value':
        return this.depth(atom.value)
      default:
        return atom.of.terms.reduce((depth, t) => Math.max(depth, this.atomDepth(t.atom)), 0)
    }
  }

  /** Whether the value differs from point to point of the vector loop. */
  varies(e: Expression): boolean {
    const axis = this.vectorAxis
    if (axis === undefined) return false
    const old = this.varying.get(e)
    if (old !== undefined) return old
    const own = (e.kind === 'local' && this.finished?.node === e.node) || this.storedBy(e) !== undefined
    const varies = own || partsOf(e).some((x) => this.varies(x)) || indicesOf(e).some((i) => this.indexVaries(i))
    this.varying.set(e, varies)
    return varies
  }

  private indexVaries(index: Index): boolean {
    const axis = this.vectorAxis
    return (
      axis !== undefined &&
      index.terms.some(({ atom }) => {
        if (atom.kind === 'axis') return atom.axis.id === axis.id
        return atom.kind === 'value' ? this.varies(atom.value) : this.indexVaries(atom.of)
      })
    )
  }

  /** Whether memory is read for the value: such a value stays inside its guards. */
  private reads(e: Expression): boolean {
    const old = this.readers.get(e)
    if (old !== undefined) return old
    const reads = e.kind === 'load' || partsOf(e).some((x) => this.reads(x))
    this.readers.set(e, reads)
    return reads
  }

  /**
   * base + scale · index for the `lane`-th next point of the vector loop. Sums of terms that an inner loop does not change are computed
   * outside it.
   */
  private linear(index: Index, scale: number, base: Value | undefined, lane: number, guards: readonly Scope[]): Value {
    const inside = Number.POSITIVE_INFINITY
    const depthOf = (atom: Atom) => (guards.length > 0 && this.atomReads(atom) ? inside : this.atomDepth(atom))
    const levels = new Map<number, Index['terms'][number][]>()
    for (const term of index.terms) {
      const depth = depthOf(term.atom)
      levels.set(depth, [...(levels.get(depth) ?? []), term])
    }
    const order = [...levels.keys()].sort((a, b) => a - b)
    let sum = mul(this.dim(index.constant), scale)
    if (base !== undefined) sum = add(base, sum)
    const done: string[] = [base === undefined ? '' : String(base.code), String(scale), String(index.constant)]
    let varies = false
    order.forEach((depth, i) => {
      const terms = levels.get(depth) ?? []
      const partial = () =>
        terms.reduce((total, { coefficient, atom }) => add(total, mul(this.atom(atom, lane, guards), mul(this.dim(coefficient), scale))), sum)
      const scope = this.scopes[depth]
      const isVarying = terms.some((t) => this.indexVaries({ constant: 0, terms: [t] }))
      varies ||= isVarying
      done.push(...terms.map((t) => `${String(t.coefficient)}·${t.atom.key}`))
      if (scope === undefined || i === order.length - 1 || isVarying) {
        sum = partial()
        return
      }
      // A sum on top of one that differs from point to point is that point's own.
      const key = `${done.join('+')}${varies ? `@${lane}` : ''}`
      const old = this.partial.get(key)
      if (old !== undefined && this.scopes.includes(old.scope)) {
        sum = old.value
        return
      }
      sum = this.kernel.fn.into(scope.code, () => this.kernel.fn.let(partial()))
      this.partial.set(key, { value: sum, scope })
    })
    return sum
  }

  private atomReads(atom: Atom): boolean {
    if (atom.kind === 'axis') return false
    return atom.kind === 'value' ? this.reads(atom.value) : atom.of.terms.some((t) => this.atomReads(t.atom))
  }

  private atom(atom: Atom, lane: number, guards: readonly Scope[]): Value {
    const { fn } = this.kernel
    switch (atom.kind) {
      case 'axis': {
        const local = present(this.axes.get(atom.axis.id), 'an open loop')
        return atom.axis.id === this.vectorAxis?.id ? add(local, lane) : local
      }
      case 'divide':
      case 'modulo': {
        const isVarying = this.indexVaries(atom.of)
        const key = `${atom.key}${isVarying ? `@${lane}` : ''}`
        const old = this.partial.get(key)
        const readsMemory = guards.length > 0 && this.atomReads(atom)
        if (old !== undefined && this.scopes.includes(old.scope)) return old.value
        const scope = present(readsMemory ? guards.at(-1) : this.scopes[this.atomDepth(atom)], 'an open loop')
        const value = fn.into(scope.code, () => fn.let(this.quotient(atom, lane, guards)))
        if (!readsMemory) this.partial.set(key, { value, scope })
        return value
      }
      case 'value':
        return this.runTimeIndex(atom.value, lane, guards)
    }
  }

  private quotient(atom: Extract<Atom, { kind: 'divide' | 'modulo' }>, lane: number, guards: readonly Scope[]): Value {
    const { fn } = this.kernel
    const of = this.linear(atom.of, 1, undefined, lane, guards)
    const known = typeof atom.by === 'number'
    // Symbolic sizes may be 0 where nothing is computed.
    const size = this.dim(atom.by)
    const by = known ? size : fn.let(select(size, size, i32(1)))
    if (isWithin(atom.of, 2 ** 31 - 1)) return op(atom.kind === 'divide' ? 'i32.div_u' : 'i32.rem_u', of, by)
    const a = fn.let(of)
    const rest = fn.let(op('i32.rem_s', a, by))
    const isNegative = op('i32.lt_s', rest, i32(0))
    return atom.kind === 'divide' ? op('i32.sub', op('i32.div_s', a, by), isNegative) : add(rest, select(isNegative, by, i32(0)))
  }

  /** An index from a value: kept within ±2³⁰, so that arithmetic on indices far outside a range does not come back into it. */
  private runTimeIndex(e: Expression, lane: number, guards: readonly Scope[]): Value {
    const { fn } = this.kernel
    const value = this.place(e, this.vectorAxis === undefined ? anywhere : { kind: 'lane', lane }, guards)
    if (e.kind === 'clamp' || e.dtype === 'i8' || e.dtype === 'u8' || e.dtype === 'bool') return value
    const limit = 2 ** 30
    if (e.dtype === 'i64') {
      const [low, high] = [i64(-limit), i64(limit)]
      const above = fn.let(select(op('i64.lt_s', value, low), low, value))
      return fn.let(op('i32.wrap_i64', select(op('i64.gt_s', above, high), high, above)))
    }
    if (e.dtype === 'u32') return fn.let(select(op('i32.gt_u', value, i32(limit)), i32(limit), value))
    const above = fn.let(select(op('i32.lt_s', value, i32(-limit)), i32(-limit), value))
    return fn.let(select(op('i32.gt_s', above, i32(limit)), i32(limit), above))
  }

  private address(e: Extract<Expression, { kind: 'load' }>, lane: number, guards: readonly Scope[]): Value {
    return this.linear(e.index, byteSize(e.from.dtype), this.kernel.buffer(e.from), lane, guards)
  }

  /** One element: at the vector loop's point `position.lane`, or the only one. */
  private one(e: Exclude<Expression, { kind: 'constant' }>, position: Position, guards: readonly Scope[]): Value {
    const { fn, module } = this.kernel
    const lane = position.kind === 'lane' ? position.lane : 0
    const part = (x: Expression) => this.place(x, position, guards)
    switch (e.kind) {
      case 'local': {
        const { row, column } = present(this.finished, 'a finished row')
        const size = computedBytes(e.dtype)
        const at = this.linear({ constant: 0, terms: [axisTerm(column)] }, size, row, lane, guards)
        return load(`${computedType(e.dtype)}.load`, at)
      }
      case 'load':
        return loadScalar(this.site, e.dtype, this.address(e, lane, guards))
      case 'index':
        return cast(this.site, false, fn.let(this.linear(e.index, 1, undefined, lane, guards)), 'i32', e.dtype)
      case 'unary':
        return present(unary(this.site, false, e.fn, part(e.x), e.dtype), `a scalar form of ${e.fn}`)
      case 'binary':
        return present(binary(this.site, false, e.fn, part(e.a), part(e.b), e.dtype), `a scalar form of ${e.fn}`)
      case 'compare':
        return compare(false, e.fn, part(e.a), part(e.b), e.a.dtype)
      case 'where':
        return select(part(e.condition), part(e.a), part(e.b))
      case 'cast':
        return cast(this.site, false, part(e.x), e.x.dtype, e.dtype)
      case 'clamp': {
        const x = this.runTimeIndex(e.x, lane, guards)
        const [low, high] = [this.dim(e.low), this.dim(e.high)]
        const above = fn.let(select(op('i32.lt_s', x, low), low, x))
        return select(op('i32.gt_s', above, high), high, above)
      }
      case 'guard': {
        const condition = fn.let(this.holds(e.bounds, lane, guards))
        const result = fn.newLocal(computedType(e.dtype))
        this.branch(condition, result, e, position, guards)
        return result
      }
      case 'randomBits':
        return module.randomBits(scalar, part(e.key0), part(e.key1), this.linear(e.counter, 1, undefined, lane, guards))
    }
  }

  /** Whether all bounds hold, as i32. */
  private holds(bounds: readonly Bound[], lane: number, guards: readonly Scope[]): Value {
    const { fn } = this.kernel
    const conditions = bounds.map(({ index, size, step }) => {
      const at = fn.let(this.linear(index, 1, undefined, lane, guards))
      const inside = op('i32.lt_u', at, this.dim(size))
      return step === 1 ? inside : op('i32.and', inside, op('i32.eqz', op('i32.rem_s', at, i32(step))))
    })
    return conditions.reduce((all, c) => op('i32.and', all, c))
  }

  private branch(condition: Value, result: Local, e: Extract<Expression, { kind: 'guard' }>, position: Position, guards: readonly Scope[]): void {
    const { fn } = this.kernel
    const [a, b] = [e.value, e.otherwise].map((x) => {
      const scope: Scope = { code: [], axes: new Set() }
      fn.into(scope.code, () => fn.set(result, this.place(x, position, [...guards, scope])))
      return scope.code
    })
    fn.emitIf(condition, a ?? [], b ?? [])
  }

  /** Four elements, the `part`-th vector from the vector loop's point on. */
  private four(e: Exclude<Expression, { kind: 'constant' }>, part: number, guards: readonly Scope[]): Value {
    const { fn, module } = this.kernel
    const lane = 4 * part
    const position: Position = { kind: 'vector', part }
    const inner = (x: Expression) => this.place(x, position, guards)
    const apart = () => joined(e.dtype, this.lanes(e, part, guards))
    if (partsOf(e).some((x) => isLong(x.dtype)) || isLong(e.dtype)) return apart()
    switch (e.kind) {
      case 'local': {
        const { row, column } = present(this.finished, 'a finished row')
        if (column.id !== this.vectorAxis?.id) return apart()
        const numbers = load('v128.load', this.linear({ constant: 0, terms: [axisTerm(column)] }, computedBytes(e.dtype), row, lane, guards))
        return e.dtype === 'bool' ? wide.isSet(numbers) : numbers
      }
      case 'load':
        return this.stride(e.index) === 1 ? this.neighbours(e, part, guards) : apart()
      case 'index': {
        const stride = this.stride(e.index)
        if (typeof stride !== 'number') return apart()
        const first = op('i32x4.splat', this.linear(e.index, 1, undefined, lane, guards))
        const numbers = fn.let(op('i32x4.add', first, i32x4(0, stride, 2 * stride, 3 * stride)))
        return e.dtype === 'i32' || e.dtype === 'u32' ? numbers : wrapped(wide, cast(this.site, true, numbers, 'i32', e.dtype), e.dtype)
      }
      case 'unary':
        return unary(this.site, true, e.fn, inner(e.x), e.dtype) ?? apart()
      case 'binary': {
        const shift = e.b.kind === 'constant' ? e.b.value : undefined
        return hasVectorForm(e) ? (binary(this.site, true, e.fn, inner(e.a), inner(e.b), e.dtype, shift) ?? apart()) : apart()
      }
      case 'compare':
        return compare(true, e.fn, inner(e.a), inner(e.b), e.a.dtype)
      case 'where':
        return wide.select(inner(e.condition), inner(e.a), inner(e.b))
      case 'cast':
        return cast(this.site, true, inner(e.x), e.x.dtype, e.dtype)
      case 'clamp':
        return apart()
      case 'guard': {
        if (e.bounds.some((b) => this.indexVaries(b.index))) return apart()
        const condition = fn.let(this.holds(e.bounds, 0, guards))
        const result = fn.newLocal('v128')
        this.branch(condition, result, e, position, guards)
        return result
      }
      case 'randomBits': {
        const stride = this.stride(e.counter)
        if (typeof stride !== 'number') return apart()
        const first = op('i32x4.splat', this.linear(e.counter, 1, undefined, lane, guards))
        return module.randomBits(wide, inner(e.key0), inner(e.key1), op('i32x4.add', first, i32x4(0, stride, 2 * stride, 3 * stride)))
      }
    }
  }

  /** Four elements that lie side by side. */
  private neighbours(e: Extract<Expression, { kind: 'load' }>, part: number, guards: readonly Scope[]): Value {
    const at = this.vectors === 1 ? this.address(e, 4 * part, guards) : this.once(e, 'address', guards, () => this.address(e, 0, guards))
    const offset = this.vectors === 1 ? 0 : 4 * part * byteSize(e.dtype)
    return loadVector(this.site, e.dtype, at, offset)
  }

  private lanes(e: Expression, part: number, guards: readonly Scope[]): Value[] {
    return [0, 1, 2, 3].map((l) => this.place(e, { kind: 'lane', lane: 4 * part + l }, guards))
  }

  private stride(index: Index): Dim | undefined {
    const axis = this.vectorAxis
    const stride = axis === undefined ? undefined : strideOf(index, axis)
    return stride !== undefined && sameDim(stride, 1) ? 1 : stride
  }
}

/** Binary functions that four elements have at once: what has none is computed element by element from the start. */
function hasVectorForm(e: Extract<Expression, { kind: 'binary' }>): boolean {
  if (e.dtype === 'bool') return true
  if (e.fn === 'power' || e.fn === 'remainder') return false
  const isReal = e.dtype === 'f32' || e.dtype === 'f16' || e.dtype === 'bf16'
  if (e.fn === 'divide') return isReal
  return (e.fn !== 'shiftLeft' && e.fn !== 'shiftRight') || e.b.kind === 'constant'
}

const axisTerm = (a: Axis): Index['terms'][number] => ({ coefficient: 1, atom: { kind: 'axis', axis: a, key: `a${a.id}` } })

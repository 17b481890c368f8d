// Expressions at a point of the loops as WGSL. A shared expression is computed once, outside the loops that it does not depend on; what a guard
// protects is computed only where the guard holds.
//
// How a renderer uses it:
//   const names = new KernelNames()                       one for a kernel, all its passes included
//   const text = new ExpressionText(names)                one for a pass
//   names.nameAxis(row, 'r')                              the WGSL text of a loop variable, an i32
//   const lines = text.within([row], () => {              statements of a loop level that binds these axes
//     text.know(node, 'total')                            the text of a value that is at hand: `local`s and loads of the node use it
//     const value = text.value(expression)                statements are added to the levels that are open; the text is a name or a literal
//     text.store(storeTo, isKept)                         computes, writes if it is kept, and knows the value from then on
//     text.push('any statement;')
//   })
// `epilogueLines` does all of this for the epilogue of a contraction.

import { type Dim, type DimVariable, maxDim } from '../../core/dimension.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import { type Atom, type Axis, type Index, isWithin } from '../../compiler/loop-ir/index-expression.ts'
import type { Bound, Expression, StoreTo } from '../../compiler/loop-ir/loop-ir.ts'
import { indicesOf, partsOf } from '../../compiler/loop-ir/walk-expression.ts'
import type { GpuBuffer } from './gpu-kernel.ts'
import { binaryText, castText, compareText, computedType, fromBits, fromIndex, literal, toBits, toIndex, unaryText } from './wgsl-scalar.ts'

/** What a kernel's text refers to by position (buffers, run-time sizes) and by name (loop variables, temporaries). */
export class KernelNames {
  private readonly nodes: Node[] = []
  private readonly written = new Set<Node>()
  private readonly variables: DimVariable[] = []
  private readonly axes = new Map<number, string>()
  private next = 0

  /** The values read or written so far, in the order of their accessors. */
  get buffers(): GpuBuffer[] {
    return this.nodes.map((node) => ({ node, isWritten: this.written.has(node) }))
  }

  /** Names of the variables behind `dim0()`, …. */
  get dims(): string[] {
    return this.variables.map((v) => v.name)
  }

  private buffer(node: Node): number {
    const at = this.nodes.indexOf(node)
    return at >= 0 ? at : this.nodes.push(node) - 1
  }

  /** The bits of an element; `at` is the text of an i32. */
  bitsAt(node: Node, at: string): string {
    return `get${this.buffer(node)}(${at})`
  }

  /** An element as a computed value. */
  load(node: Node, at: string): string {
    return fromBits(this.bitsAt(node, at), node.dtype)
  }

  /** The statement that writes bits of an element. */
  storeBits(node: Node, at: string, bits: string): string {
    this.written.add(node)
    return `set${this.buffer(node)}(${at}, ${bits});`
  }

  /** The statement that writes a computed value. */
  store(node: Node, at: string, value: string): string {
    return this.storeBits(node, at, toBits(value, node.dtype))
  }

  /** A name that no other temporary of the kernel has. */
  fresh(prefix: string): string {
    return `${prefix}_${this.next++}`
  }

  /** Gives a loop variable a text. */
  nameAxis(a: Axis, text: string): void {
    this.axes.set(a.id, text)
  }

  axis(a: Axis): string {
    const text = this.axes.get(a.id)
    if (text === undefined) throw new DeviceError('webgpu: an index uses a loop that is not open. Report this graph.')
    return text
  }

  /** A size as the text of an i32. */
  dim(d: Dim): string {
    if (typeof d === 'number') return d < 0 ? `(${d})` : String(d)
    const terms = d.terms.map((t) => [t.coefficient < 0 ? `(${t.coefficient})` : String(t.coefficient), ...t.variables.map((v) => this.variable(v))])
    return `(${terms.map((t) => t.join(' * ')).join(' + ')})`
  }

  private variable(v: DimVariable): string {
    const at = this.variables.findIndex((x) => x.name === v.name)
    return `dim${at >= 0 ? at : this.variables.push(v) - 1}()`
  }
}

/** Statements of one loop level. */
interface Scope {
  readonly lines: string[]
  /** Loop variables bound at this level. */
  readonly axes: ReadonlySet<number>
}

interface Placed {
  readonly text: string
  readonly scope: Scope
}

type Guard = Extract<Expression, { kind: 'guard' }>

/** Renders expressions into the loop levels that are open, outermost first. */
export class ExpressionText {
  private readonly names: KernelNames
  private readonly own: ReadonlySet<Node>
  private scopes: readonly Scope[] = []
  private ownDepth = 0
  private readonly placed = new Map<Expression, Placed>()
  private readonly known = new Map<Node, Placed>()
  private readonly inlined = new Map<Node, Expression>()
  private readonly readers = new Map<Expression, boolean>()
  private depths = new Map<Expression, number>()

  /** `own` are values that the pass itself writes and reads again: they are read no further out than where `ownStarts` was called. */
  constructor(names: KernelNames, own: Iterable<Node> = []) {
    this.names = names
    this.own = new Set(own)
  }

  /** Opens a loop level that binds `axes` for the time of `body`; returns its statements. */
  within(axes: readonly Axis[], body: () => void): string[] {
    const outer = this.scopes
    const scope: Scope = { lines: [], axes: new Set(axes.map((a) => a.id)) }
    this.scopes = [...outer, scope]
    this.depths = new Map()
    body()
    this.scopes = outer
    this.depths = new Map()
    return scope.lines
  }

  private get innermost(): Scope {
    const scope = this.scopes.at(-1)
    if (scope === undefined) throw new DeviceError('webgpu: an expression is rendered outside every loop level. Report this graph.')
    return scope
  }

  /** Adds statements to the innermost level. */
  push(...lines: readonly string[]): void {
    this.innermost.lines.push(...lines)
  }

  /** From here on the pass's own values are read in the innermost level that is open now, or further in. */
  ownStarts(): void {
    this.ownDepth = this.scopes.length - 1
  }

  /** The text of a node's value at the current point, for as long as the innermost level is open. */
  know(node: Node, text: string): void {
    this.known.set(node, { text, scope: this.innermost })
    this.depths = new Map()
  }

  /** Lets `local`s of the node be computed by its expression wherever they stand. */
  inline(node: Node, value: Expression): void {
    this.inlined.set(node, value)
  }

  /** A name or literal of the expression's computed type. */
  value(e: Expression): string {
    return this.place(e, [])
  }

  /** The text of an index, an i32. */
  position(index: Index): string {
    return this.index(index, [])
  }

  /** Computes a value, writes it if it is kept (and `when` holds), and knows it from then on. */
  store({ node, index, value }: StoreTo, isKept: boolean, when?: string): void {
    const text = this.value(value)
    if (isKept) this.write(node, index, text, when)
    this.know(node, text)
  }

  /** Writes a computed value, where `when` holds. */
  write(node: Node, index: Index, value: string, when?: string): void {
    const statement = this.names.store(node, this.position(index), value)
    this.push(when === undefined ? statement : `if (${when}) { ${statement} }`)
  }

  /** Loops over the axes, outermost first, around the statements of `body`. */
  nest(axes: readonly Axis[], body: () => void): void {
    const [first, ...rest] = axes
    if (first === undefined) {
      body()
      return
    }
    const x = this.names.fresh('x')
    this.names.nameAxis(first, x)
    const lines = this.within([first], () => this.nest(rest, body))
    this.push(`for (var ${x} = 0; ${x} < ${this.names.dim(first.extent)}; ${x}++) {`, ...indent(lines), '}')
  }

  private knownNow(node: Node): Placed | undefined {
    const found = this.known.get(node)
    return found !== undefined && this.scopes.includes(found.scope) ? found : undefined
  }

  /** `guards` are the levels of the guards around this place, outermost first. */
  private place(e: Expression, guards: readonly Scope[]): string {
    if (e.kind === 'constant') return literal(e.value, e.dtype)
    const node = e.kind === 'local' ? e.node : e.kind === 'load' ? e.from : undefined
    const known = node === undefined ? undefined : this.knownNow(node)
    if (known !== undefined) return known.text
    if (e.kind === 'local') {
      const value = this.inlined.get(e.node)
      if (value === undefined) throw new DeviceError('webgpu: a local value is used before it is computed. Report this graph.')
      return this.place(value, guards)
    }
    const old = this.placed.get(e)
    if (old !== undefined && (this.scopes.includes(old.scope) || guards.includes(old.scope))) return old.text
    const scope = (this.reads(e) ? guards.at(-1) : undefined) ?? this.scopes[this.depth(e)]
    if (scope === undefined) throw new DeviceError('webgpu: an expression depends on a loop that is not open. Report this graph.')
    const text = this.define(e, scope, guards)
    this.placed.set(e, { text, scope })
    return text
  }

  /** The innermost level that the value depends on. */
  private depth(e: Expression): number {
    const old = this.depths.get(e)
    if (old !== undefined) return old
    const depth = this.findDepth(e)
    this.depths.set(e, depth)
    return depth
  }

  private findDepth(e: Expression): number {
    const node = e.kind === 'local' ? e.node : e.kind === 'load' ? e.from : undefined
    const known = node === undefined ? undefined : this.knownNow(node)
    if (known !== undefined) return this.scopes.indexOf(known.scope)
    let depth = e.kind === 'load' && this.own.has(e.from) ? this.ownDepth : 0
    const inlined = e.kind === 'local' ? this.inlined.get(e.node) : undefined
    if (inlined !== undefined) depth = this.depth(inlined)
    for (const part of partsOf(e)) depth = Math.max(depth, this.depth(part))
    for (const index of indicesOf(e)) depth = Math.max(depth, this.indexDepth(index))
    return depth
  }

  private indexDepth(index: Index): number {
    return index.terms.reduce((depth, { atom }) => {
      if (atom.kind === 'value') return Math.max(depth, this.depth(atom.value))
      if (atom.kind !== 'axis') return Math.max(depth, this.indexDepth(atom.of))
      return Math.max(
        depth,
        this.scopes.findLastIndex((s) => s.axes.has(atom.axis.id)),
      )
    }, 0)
  }

  /** Whether memory is read for the value: such a value stays inside its guards. */
  private reads(e: Expression): boolean {
    const old = this.readers.get(e)
    if (old !== undefined) return old
    const inlined = e.kind === 'local' ? this.inlined.get(e.node) : undefined
    const reads = e.kind === 'load' || (inlined !== undefined && this.reads(inlined)) || partsOf(e).some((x) => this.reads(x))
    this.readers.set(e, reads)
    return reads
  }

  private index(index: Index, guards: readonly Scope[]): string {
    const terms = index.terms.map(({ coefficient, atom }) => {
      const text = this.atom(atom, guards)
      return coefficient === 1 ? text : `${text} * ${this.names.dim(coefficient)}`
    })
    if (index.constant !== 0 || terms.length === 0) terms.push(this.names.dim(index.constant))
    return terms.join(' + ')
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
        if (isWithin(atom.of, 2 ** 31 - 1)) return `i32(u32(${of}) ${atom.kind === 'divide' ? '/' : '%'} u32(${by}))`
        return `tn_${atom.kind === 'divide' ? 'divide' : 'remainder'}_i32(${of}, ${by})`
      }
      case 'value': {
        const text = this.place(atom.value, guards)
        return atom.value.kind === 'clamp' ? text : toIndex(text, atom.value.dtype)
      }
    }
  }

  /** Declares a name for a text in a level. */
  private let(scope: Scope, text: string): string {
    const name = this.names.fresh('t')
    scope.lines.push(`let ${name} = ${text};`)
    return name
  }

  /**
   * The texts of operands. Where all are constants they get names: what WGSL can compute in advance it refuses when it overflows.
   */
  private operands(scope: Scope, parts: readonly Expression[], guards: readonly Scope[]): string[] {
    const isConstant = parts.every((x) => x.kind === 'constant')
    return parts.map((x) => (isConstant ? this.let(scope, this.place(x, guards)) : this.place(x, guards)))
  }

  private define(e: Exclude<Expression, { kind: 'constant' | 'local' }>, scope: Scope, guards: readonly Scope[]): string {
    if (e.kind === 'guard') return this.branch(e, scope, guards)
    return this.let(scope, this.text(e, scope, guards))
  }

  private text(e: Exclude<Expression, { kind: 'constant' | 'local' | 'guard' }>, scope: Scope, guards: readonly Scope[]): string {
    const [a = '', b = '', c = ''] =
      e.kind === 'load' || e.kind === 'index' || e.kind === 'randomBits' ? [] : this.operands(scope, partsOf(e), guards)
    switch (e.kind) {
      case 'load':
        return this.names.load(e.from, this.index(e.index, guards))
      case 'index':
        return fromIndex(this.let(scope, this.index(e.index, guards)), e.dtype)
      case 'unary':
        return unaryText(e.fn, a, e.dtype)
      case 'binary':
        return binaryText(e.fn, a, b, e.dtype)
      case 'compare':
        return compareText(e.fn, a, b, e.a.dtype)
      case 'where':
        return `select(${c}, ${b}, ${a})`
      case 'cast':
        return castText(a, e.x.dtype, e.dtype)
      case 'clamp':
        return `clamp(${toIndex(a, e.x.dtype)}, ${this.names.dim(e.low)}, ${this.names.dim(e.high)})`
      case 'randomBits': {
        const [key0, key1] = [this.place(e.key0, guards), this.place(e.key1, guards)]
        return `tn_random_bits(${key0}, ${key1}, u32(${this.index(e.counter, guards)}))`
      }
    }
  }

  private branch(e: Guard, scope: Scope, guards: readonly Scope[]): string {
    const chain = this.chainOf(e)
    const conditions = chain.map(({ bounds }) => this.holds(bounds, scope, guards))
    const values = [...chain.map((link) => link.value), chain.at(-1)?.otherwise ?? e.otherwise].map((x) => {
      const branch: Scope = { lines: [], axes: new Set() }
      const text = this.place(x, [...guards, branch])
      return { lines: branch.lines, text }
    })
    const [inside, outside] = values
    const isSimple = chain.length === 1 && inside !== undefined && outside !== undefined
    if (isSimple && values.every((v) => v.lines.length === 0)) return this.let(scope, `select(${outside.text}, ${inside.text}, ${conditions[0]})`)
    const name = this.names.fresh('t')
    scope.lines.push(`var ${name}: ${computedType(e.dtype)};`)
    const assigned = ({ lines, text }: { readonly lines: readonly string[]; readonly text: string }) => indent([...lines, `${name} = ${text};`])
    if (isSimple) {
      scope.lines.push(`if (${conditions[0]}) {`, ...assigned(inside), '} else {', ...assigned(outside), '}')
      return name
    }
    const open = this.names.fresh('open')
    scope.lines.push(`var ${open} = true;`)
    values.forEach((value, i) => {
      const condition = conditions[i] === undefined ? open : `${open} && ${conditions[i]}`
      scope.lines.push(`if (${condition}) {`, ...assigned(value), `  ${open} = false;`, '}')
    })
    return name
  }

  /**
   * A guard and those that follow where it does not hold, as in a concatenation: they stand one after the other, since WGSL nests braces no deeper
   * than 127.
   */
  private chainOf(e: Guard): Guard[] {
    const chain = [e]
    for (let next = e.otherwise; next.kind === 'guard' && !next.bounds.some((b) => this.indexReads(b.index)); next = next.otherwise) chain.push(next)
    return chain
  }

  private indexReads(index: Index): boolean {
    return index.terms.some(({ atom }) => (atom.kind === 'value' ? this.reads(atom.value) : atom.kind !== 'axis' && this.indexReads(atom.of)))
  }

  private holds(bounds: readonly Bound[], scope: Scope, guards: readonly Scope[]): string {
    const conditions = bounds.map(({ index, size, step }) => {
      const at = this.let(scope, this.index(index, guards))
      const inside = `u32(${at}) < u32(${this.names.dim(size)})`
      return step === 1 ? inside : `${inside} && ${at} % ${step} == 0`
    })
    return conditions.join(' && ')
  }
}

export function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}

/** Declares the axes at a row-major position, the name of an i32, and names them. */
export function decodeLines(names: KernelNames, axes: readonly Axis[], position: string): string[] {
  const lines: string[] = []
  let rest = position
  for (const [i, a] of [...axes.entries()].reverse()) {
    const name = names.fresh('x')
    names.nameAxis(a, name)
    if (i === 0) {
      lines.push(`let ${name} = ${rest};`)
      continue
    }
    // Nothing is computed along an axis of no elements, but WGSL refuses to divide by 0.
    const extent = a.extent === 0 ? '1' : names.dim(a.extent)
    const above = names.fresh('p')
    lines.push(`let ${above} = ${rest} / ${extent};`, `let ${name} = ${rest} - ${above} * ${extent};`)
    rest = above
  }
  return lines
}

/** Statements of a contraction's epilogue at one point, whose axes are named and whose finished value is the text `value` (of computed type). */
export function epilogueLines(
  names: KernelNames,
  axes: readonly Axis[],
  finished: { readonly node: Node; readonly value: string },
  epilogue: readonly StoreTo[],
  isKept: (node: Node) => boolean,
): string[] {
  const text = new ExpressionText(names)
  return text.within(axes, () => {
    text.know(finished.node, finished.value)
    for (const store of epilogue) text.store(store, isKept(store.node))
  })
}

/** The most points that the axes can have. */
export function mostPoints(axes: readonly Axis[]): number {
  return axes.reduce((product, a) => product * maxDim(a.extent), 1)
}

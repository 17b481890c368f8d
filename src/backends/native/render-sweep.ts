// One sweep over the inner axes of a row as C: stores and reductions that share a loop.

import { maxDim } from '../../core/dimension.ts'
import type { DType } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'
import type { ReduceFunction } from '../../core/primitives.ts'
import type { Axis } from '../../compiler/loop-ir/index-expression.ts'
import type { Expression, Statement } from '../../compiler/loop-ir/loop-ir.ts'
import { indent } from './bound-kernel.ts'
import { eachExpression } from '../../compiler/loop-ir/loop-shape.ts'
import { computedType, ExpressionText, type KernelNames, type Scope, storedText } from './render-expression.ts'

/** Elements of a real sum that are added in the dtype's own precision before they go into a double. */
const sumBlock = 4096

const dear: ReadonlySet<string> = new Set(['exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tanh', 'erf'])

/** Dear values that stand in more than one of these sweeps. */
export function sharedValues(sweeps: readonly (readonly Statement[])[]): Expression[] {
  const uses = new Map<Expression, number>()
  for (const sweep of sweeps) {
    eachExpression(sweep, (e) => {
      if ((e.kind === 'unary' && dear.has(e.fn)) || e.kind === 'randomBits') uses.set(e, (uses.get(e) ?? 0) + 1)
    })
  }
  return [...uses].filter(([, count]) => count > 1).map(([e]) => e)
}

/** A reduction after its loop. */
export interface Reduced {
  readonly statement: Extract<Statement, { kind: 'reduce' }>
  /** The C type of the reduced value. */
  readonly type: string
  /** C text of the value, of `type`. */
  readonly value: string
  /** argmax and argmin: the extreme itself and whether there was any. */
  readonly best: { readonly type: string; readonly value: string; readonly any: string } | undefined
}

/** The pieces of a sweep, in the order in which they stand. */
export interface Sweep {
  readonly lines: readonly string[]
  readonly reduced: readonly Reduced[]
}

/** What surrounds a sweep. */
export interface Surroundings {
  readonly names: KernelNames
  readonly locals: Map<Node, string>
  readonly counter: { next: number }
  readonly isKept: (node: Node) => boolean
  /** What sweeps of this row have stored before: it must not be read outside the row. */
  readonly written?: Set<Node>
  /** Scopes outside the row, then the axes of the row. */
  readonly outside: readonly Scope[]
  readonly rowAxes: ReadonlySet<number>
  /** Bounds of the first inner axis; the whole axis if absent. */
  readonly range?: readonly [from: string, to: string]
  /** Values that several sweeps use, and the row's array that keeps each; `filled` are those that a sweep has computed. */
  readonly shared?: { readonly arrays: ReadonlyMap<Expression, string>; readonly filled: Set<Expression> }
}

interface Accumulator extends Reduced {
  /** Declared before everything, before each innermost loop, and done after each. */
  readonly start: readonly string[]
  readonly open: readonly string[]
  readonly close: readonly string[]
  readonly step: readonly string[]
  readonly clauses: readonly string[]
}

/** Renders the loop of statements that share their inner axes; without inner axes it is straight code. */
export function renderSweep(statements: readonly Statement[], around: Surroundings): Sweep {
  const { names, locals, counter, isKept } = around
  const inner = statements[0]?.inner ?? []
  const before: string[] = []
  const body: string[] = []
  const rowScope: Scope = { lines: before, axes: around.rowAxes }
  const text = new ExpressionText(names, locals, counter, rowScope, around.written)
  const scopes: Scope[] = [...around.outside, rowScope]
  if (inner.length > 0) scopes.push({ lines: body, axes: new Set(inner.map((a) => a.id)) })
  const target = inner.length > 0 ? body : before
  const [only] = inner
  const { arrays, filled } = around.shared ?? { arrays: new Map<Expression, string>(), filled: new Set<Expression>() }
  if (only !== undefined) for (const e of filled) text.know(e, `${arrays.get(e)}[${names.axis(only)}]`)
  const accumulators: Accumulator[] = []
  for (const statement of statements) {
    if (statement.kind === 'map') {
      const { node, index, value } = statement.store
      const rendered = text.render(value, scopes)
      text.remember(node, rendered)
      if (isKept(node)) {
        const at = text.render({ kind: 'index', index, dtype: 'i64' }, scopes)
        target.push(`b${names.buffer(node)}[${at}] = ${storedText(rendered, node.dtype)};`)
      }
      if (inner.length === 0) locals.set(node, rendered)
      continue
    }
    const value = text.render(statement.value, scopes)
    const accumulator = accumulate(statement, value, `r${counter.next++}`, names, inner)
    body.push(...accumulator.step)
    accumulators.push(accumulator)
  }
  const bodyScope = scopes.at(-1)
  if (only !== undefined && bodyScope !== undefined) {
    for (const [e, array] of arrays) {
      const value = filled.has(e) ? undefined : text.computedIn(e, bodyScope)
      if (value === undefined) continue
      body.push(`${array}[${names.axis(only)}] = ${value};`)
      filled.add(e)
    }
  }
  const serialLoop = accumulators.some((a) => a.best !== undefined)
  const clauses = accumulators.flatMap((a) => a.clauses)
  const pragma = serialLoop ? [] : [['#pragma omp simd', ...clauses].join(' ')]
  const loop =
    inner.length === 0
      ? body
      : nest(names, inner, around.range, pragma, body, {
          open: accumulators.flatMap((a) => a.open),
          close: accumulators.flatMap((a) => a.close),
        })
  return { lines: [...before, ...accumulators.flatMap((a) => a.start), ...loop], reduced: accumulators }
}

/** Whether a real sum over these axes is carried in a double from block to block. */
function isBlocked(inner: readonly Axis[]): boolean {
  return inner.length > 1 || maxDim(inner[0]?.extent ?? 1) > 2 * sumBlock
}

function accumulate(
  statement: Extract<Statement, { kind: 'reduce' }>,
  value: string,
  name: string,
  names: KernelNames,
  inner: readonly Axis[],
): Accumulator {
  const { fn } = statement
  const { dtype } = statement.value
  const type = computedType[dtype]
  if (fn === 'argmax' || fn === 'argmin') {
    const position = inner.reduce((text, a) => (text === '' ? names.axis(a) : `(${text})*${names.dim(a.extent)}+${names.axis(a)}`), '') || '0'
    const orNaN = type === 'float' || type === 'double' ? ` || (${value} != ${value} && ${name}_best == ${name}_best)` : ''
    const better = `${value} ${fn === 'argmax' ? '>' : '<'} ${name}_best${orNaN}`
    return {
      statement,
      type: 'int32_t',
      value: name,
      best: { type, value: `${name}_best`, any: `${name}_any` },
      start: [`${type} ${name}_best = 0; int32_t ${name} = -1, ${name}_any = 0;`],
      open: [],
      close: [],
      step: [`if (!${name}_any || ${better}) {`, `  ${name}_best = ${value}; ${name} = (int32_t)(${position}); ${name}_any = 1;`, '}'],
      clauses: [],
    }
  }
  const real = type === 'float' || type === 'double'
  const common = { statement, type, best: undefined }
  if (fn === 'sum' || fn === 'prod') {
    const raw = rawType(dtype)
    const [start, sign] = fn === 'sum' ? ['0', '+'] : ['1', '*']
    const step = [`${name} ${sign}= ${value};`]
    const clauses = [`reduction(${sign}:${name})`]
    if (real && isBlocked(inner)) {
      return {
        ...common,
        value: `(${type})${name}_total`,
        start: [`double ${name}_total = ${start};`],
        open: [`${raw} ${name} = ${start};`],
        close: [`${name}_total ${sign}= ${name};`],
        step,
        clauses,
      }
    }
    return { ...common, value: fromRaw(name, dtype), start: [`${raw} ${name} = ${start};`], open: [], close: [], step, clauses }
  }
  const start = `${type} ${name} = ${extreme(dtype, fn)};`
  const keep = (a: string, b: string) => `${a} ${fn === 'max' ? '>' : '<'} ${b} ? ${a} : ${b}`
  if (!real) {
    return {
      ...common,
      value: name,
      start: [start],
      open: [],
      close: [],
      step: [`${name} = ${keep(value, name)};`],
      clauses: [`reduction(${fn}:${name})`],
    }
  }
  return {
    ...common,
    value: `${name}_nan ? ${nan(type)} : ${name}`,
    start: [start, `int32_t ${name}_nan = 0;`],
    open: [],
    close: [],
    step: [`${name} = ${keep(value, name)};`, `${name}_nan |= ${value} != ${value};`],
    clauses: [`reduction(${fn}:${name})`, `reduction(|:${name}_nan)`],
  }
}

const nan = (type: string) => (type === 'double' ? '__builtin_nan("")' : '__builtin_nanf("")')

/** What sums and products are accumulated in: integers unsigned, so that they wrap. */
export function rawType(dtype: DType): string {
  const type = computedType[dtype]
  if (type === 'float' || type === 'double') return type
  return dtype === 'i64' ? 'uint64_t' : 'uint32_t'
}

/** The value from an accumulated sum or product. */
export function fromRaw(raw: string, dtype: DType): string {
  if (dtype === 'bool') return `(${raw} != 0)`
  const type = computedType[dtype]
  return type === 'float' || type === 'double' ? raw : `(${type})${raw}`
}

const lowest: Readonly<Partial<Record<DType, readonly [min: string, max: string]>>> = {
  f64: ['(-__builtin_inf())', '__builtin_inf()'],
  i64: ['INT64_MIN', 'INT64_MAX'],
  i32: ['INT32_MIN', 'INT32_MAX'],
  u32: ['0', 'UINT32_MAX'],
  i8: ['INT8_MIN', 'INT8_MAX'],
  u8: ['0', 'UINT8_MAX'],
  bool: ['0', '1'],
}

/** What a maximum or minimum starts from. */
export function extreme(dtype: DType, fn: Exclude<ReduceFunction, 'sum' | 'prod'>): string {
  const [min, max] = lowest[dtype] ?? ['(-__builtin_inff())', '__builtin_inff()']
  return fn === 'max' ? min : max
}

/** Loops over the inner axes; the innermost is the vector loop, cut into blocks where it is long. */
function nest(
  names: KernelNames,
  inner: readonly Axis[],
  range: readonly [string, string] | undefined,
  pragma: readonly string[],
  body: readonly string[],
  around: { readonly open: readonly string[]; readonly close: readonly string[] },
): string[] {
  let lines = [...body]
  for (let i = inner.length - 1; i >= 0; i--) {
    const a = inner[i]
    if (a === undefined) continue
    const x = names.axis(a)
    const [from, to] = i === 0 && range !== undefined ? range : ['0', names.dim(a.extent)]
    const loop = (first: string, last: string, head: readonly string[]) => [
      ...head,
      `for (int64_t ${x} = ${first}; ${x} < ${last}; ${x}++) {`,
      ...indent(lines),
      '}',
    ]
    if (i < inner.length - 1) lines = loop(from, to, [])
    else if (around.open.length > 0 && maxDim(a.extent) > 2 * sumBlock) {
      lines = [
        `for (int64_t block = ${from}; block < ${to}; block += ${sumBlock}) {`,
        `  const int64_t stop = block + ${sumBlock} < ${to} ? block + ${sumBlock} : ${to};`,
        ...indent([...around.open, ...loop('block', 'stop', pragma), ...around.close]),
        '}',
      ]
    } else lines = [...around.open, ...loop(from, to, pragma), ...around.close]
  }
  return lines
}

/** The store of a finished reduction, if anyone reads it from memory. */
export function storeReduced(names: KernelNames, statement: Extract<Statement, { kind: 'reduce' }>, value: string, around: Surroundings): string[] {
  const { node, index } = statement
  if (!around.isKept(node)) return []
  const lines: string[] = []
  const at = new ExpressionText(names, around.locals, around.counter).render({ kind: 'index', index, dtype: 'i64' }, [
    { lines, axes: around.rowAxes },
  ])
  return [...lines, `b${names.buffer(node)}[${at}] = ${storedText(value, node.dtype)};`]
}

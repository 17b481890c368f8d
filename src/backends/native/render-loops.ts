// Row sweeps and column reductions as C.

import { type Dim, elementCount, multiplyDims } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'
import type { Axis } from '../../compiler/index-expression.ts'
import type { Kernel, Statement } from '../../compiler/loop-ir.ts'
import { computedType, ExpressionText, KernelNames, type Scope, storedText, storedType } from './render-expression.ts'
import { type CInt, cText, cValue, type KernelPhase, type RenderedKernel } from './rendered-kernel.ts'

/** Elements of work that are worth a task of their own. */
const taskElements = 32768

/** A rendered kernel with the values and sizes that its text refers to by position. */
export interface BoundKernel {
  readonly rendered: RenderedKernel
  readonly names: KernelNames
}

export function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}

/** `const float *b0 = buf[0];` for every buffer the text mentions; `written` ones are not const. */
export function bufferDeclarations(names: KernelNames, written: ReadonlySet<Node>): string[] {
  return names.buffers.map((node, i) => `${written.has(node) ? '' : 'const '}${storedType[node.dtype]} *b${i} = buf[${i}];`)
}

/** `begin`…`end` of this task when `count` items are dealt out `grain` at a time. */
function taskRange(count: CInt, grain: number): { lines: string[]; tasks: CInt } {
  const tasks: CInt =
    typeof count === 'number'
      ? Math.max(1, Math.ceil(count / grain))
      : { c: `((${count.c} + ${grain - 1}) / ${grain})`, evaluate: (dims) => Math.max(1, Math.ceil(cValue(count, dims) / grain)) }
  const lines = [
    `const int64_t begin = task * ${grain};`,
    `const int64_t end = begin + ${grain} < ${cText(count)} ? begin + ${grain} : ${cText(count)};`,
  ]
  return { lines, tasks }
}

function finish(names: KernelNames, written: ReadonlySet<Node>, body: readonly string[], tasks: CInt): BoundKernel {
  const phase: KernelPhase = { symbol: 'KERNEL_run', tasks }
  const source = [
    'void KERNEL_run(void *const *buf, const int64_t *dim, int64_t task) {',
    ...indent(['(void)dim; (void)task;', ...bufferDeclarations(names, written), ...body]),
    '}',
    '',
  ].join('\n')
  return { rendered: { source, phases: [phase], scratchBytes: 0 }, names }
}

/** Renders a row sweep: tasks are ranges of rows; each row runs the statements in order. */
export function renderRows(kernel: Extract<Kernel, { kind: 'rows' }>, isKept: (node: Node) => boolean): BoundKernel {
  const names = new KernelNames()
  const elementwise = kernel.statements.every((s) => s.kind === 'map' && s.inner.length === 0)
  // An elementwise kernel has all its axes outside: the last becomes the vector loop.
  const { outer, statements } = elementwise ? liftLast(kernel.outer, kernel.statements) : kernel
  const written = new Set(
    statements.filter((s) => isKept(s.kind === 'map' ? s.store.node : s.node)).map((s) => (s.kind === 'map' ? s.store.node : s.node)),
  )
  const flat = elementwise && outer.length === 0
  const counter = { next: 0 }
  const body: string[] = []
  const innerSize = Math.max(...statements.map((s) => innerElements(s.inner)), 1)
  if (flat) {
    const [column] = statements[0]?.inner ?? []
    const range = taskRange(column === undefined ? 1 : names.size(column.extent), taskElements)
    body.push(...range.lines)
    body.push(
      ...sweep(
        names,
        statements,
        new Map(),
        [{ lines: body, axes: new Set() }],
        counter,
        isKept,
        column === undefined ? undefined : ['begin', 'end'],
      ),
    )
    return finish(names, written, body, range.tasks)
  }
  const rows = names.size(elementCount(outer.map((a) => a.extent)))
  const grain = Math.max(1, Math.ceil(taskElements / Math.max(1, innerSize * Math.max(1, statements.length))))
  const range = taskRange(rows, grain)
  const row: string[] = []
  row.push(...decode(names, outer, 'row'))
  const scope: Scope = { lines: row, axes: new Set(outer.map((a) => a.id)) }
  const locals = new Map<Node, string>()
  for (const group of sweeps(statements))
    row.push(...sweep(names, group, locals, [{ lines: body, axes: new Set() }, scope], counter, isKept, undefined))
  body.unshift(...range.lines)
  body.push('for (int64_t row = begin; row < end; row++) {', ...indent(row), '}')
  return finish(names, written, body, range.tasks)
}

function innerElements(inner: readonly Axis[]): number {
  const count = elementCount(inner.map((a) => a.extent))
  return typeof count === 'number' ? count : 256
}

/** Moves the last outer axis of an elementwise kernel inside every statement. */
function liftLast(outer: readonly Axis[], statements: readonly Statement[]): { outer: readonly Axis[]; statements: readonly Statement[] } {
  const last = outer.at(-1)
  if (last === undefined) return { outer, statements }
  return { outer: outer.slice(0, -1), statements: statements.map((s) => ({ ...s, inner: [last] })) }
}

/** `x0 = row / …` for each outer axis. */
function decode(names: KernelNames, outer: readonly Axis[], position: string): string[] {
  const lines: string[] = []
  let below: Dim = 1
  for (let i = outer.length - 1; i >= 0; i--) {
    const a = outer[i]
    if (a === undefined) continue
    const divided = below === 1 ? position : `${position} / ${names.dim(below)}`
    lines.push(`const int64_t ${names.axis(a)} = ${i === 0 ? divided : `(${divided}) % ${names.dim(a.extent)}`};`)
    below = multiplyDims(below, a.extent)
  }
  return lines
}

/** Neighbouring statements that can share one loop: the same inner axes, and none reads a reduction of its own loop. */
function sweeps(statements: readonly Statement[]): Statement[][] {
  const groups: Statement[][] = []
  for (const statement of statements) {
    const last = groups.at(-1)
    const first = last?.[0]
    const same = first !== undefined && first.inner.length === statement.inner.length && first.inner.every((a, i) => a.id === statement.inner[i]?.id)
    if (last !== undefined && same && !last.some((s) => s.kind === 'reduce') && statement.kind !== 'reduce') last.push(statement)
    else if (last !== undefined && same && statement.kind === 'reduce' && last.every((s) => s.kind === 'reduce' && !dependsOn(statement, s.node)))
      last.push(statement)
    else groups.push([statement])
  }
  return groups
}

function dependsOn(statement: Extract<Statement, { kind: 'reduce' }>, local: Node): boolean {
  const seen = new Set<unknown>()
  const visit = (value: unknown): boolean => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return false
    seen.add(value)
    if ('kind' in value && value.kind === 'local' && 'node' in value) return value.node === local
    if ('kind' in value && value.kind === 'load') return 'index' in value && visit(value.index)
    return Object.values(value).some(visit)
  }
  return visit(statement.value)
}

const identity = { sum: '0', prod: '1', max: '(-__builtin_inff())', min: '__builtin_inff()' } as const
const integerIdentity = { sum: '0', prod: '1', max: 'INT64_MIN', min: 'INT64_MAX' } as const

/** One loop nest over the inner axes of `statements`. */
function sweep(
  names: KernelNames,
  statements: readonly Statement[],
  locals: Map<Node, string>,
  outer: readonly Scope[],
  counter: { next: number },
  isKept: (node: Node) => boolean,
  range: readonly [string, string] | undefined,
): string[] {
  const inner = statements[0]?.inner ?? []
  const text = new ExpressionText(names, locals, counter)
  const before: string[] = []
  const body: string[] = []
  const after: string[] = []
  const clauses: string[] = []
  const scopes: Scope[] = [...outer.slice(0, -1), { lines: before, axes: outer.at(-1)?.axes ?? new Set() }]
  let nestAxes = new Set<number>()
  if (inner.length > 0) {
    nestAxes = new Set(inner.map((a) => a.id))
    scopes.push({ lines: body, axes: nestAxes })
  }
  for (const statement of statements) {
    if (statement.kind === 'map') {
      const { node, index, value } = statement.store
      const rendered = text.render(value, scopes)
      text.remember(node, rendered)
      const at = text.render({ kind: 'index', index, dtype: 'i64' }, scopes)
      const target = inner.length > 0 ? body : before
      if (isKept(node)) target.push(`b${names.buffer(node)}[${at}] = ${storedText(rendered, node.dtype)};`)
      if (inner.length === 0) locals.set(node, rendered)
      continue
    }
    const { node, fn, value } = statement
    const name = `r${counter.next++}`
    const type = computedType[value.dtype]
    const real = type === 'float' || type === 'double'
    if (fn === 'argmax' || fn === 'argmin') {
      const flat = flatPosition(names, inner)
      before.push(`${type} ${name}_best = 0; int32_t ${name} = 0; int32_t ${name}_any = 0;`)
      const rendered = text.render(value, scopes)
      const better = `${rendered} ${fn === 'argmax' ? '>' : '<'} ${name}_best || (${rendered} != ${rendered} && ${name}_best == ${name}_best)`
      body.push(`if (!${name}_any || ${better}) { ${name}_best = ${rendered}; ${name} = (int32_t)(${flat}); ${name}_any = 1; }`)
    } else {
      const start = real ? identity[fn] : fn === 'max' || fn === 'min' ? `(${type})${narrowLimit(type, fn)}` : integerIdentity[fn]
      before.push(`${type} ${name} = ${start};`)
      const rendered = text.render(value, scopes)
      if (fn === 'sum') body.push(`${name} += ${rendered};`)
      else if (fn === 'prod') body.push(`${name} *= ${rendered};`)
      else {
        body.push(`${name} = ${rendered} ${fn === 'max' ? '>' : '<'} ${name} ? ${rendered} : ${name};`)
        if (real) {
          before.push(`int32_t ${name}_nan = 0;`)
          body.push(`${name}_nan |= ${rendered} != ${rendered};`)
          clauses.push(`reduction(|:${name}_nan)`)
          after.push(`${name} = ${name}_nan ? __builtin_nanf("") : ${name};`)
        }
      }
      clauses.push(`reduction(${fn === 'sum' ? '+' : fn === 'prod' ? '*' : fn}:${name})`)
    }
    locals.set(node, name)
    if (isKept(node)) {
      const position = `b${names.buffer(node)}[${new ExpressionText(names, locals, counter).render({ kind: 'index', index: statement.index, dtype: 'i64' }, [{ lines: after, axes: outer.at(-1)?.axes ?? new Set() }])}]`
      after.push(`${position} = ${storedText(`(${storedType[node.dtype] === 'uint16_t' ? 'float' : storedType[node.dtype]})${name}`, node.dtype)};`)
    }
  }
  const serial = statements.some((s) => s.kind === 'reduce' && s.fn.startsWith('arg'))
  return [...before, ...nest(names, inner, body, range, serial ? undefined : `#pragma omp simd${clauses.map((c) => ` ${c}`).join('')}`), ...after]
}

function narrowLimit(type: string, fn: 'max' | 'min'): string {
  const width = type === 'int64_t' ? 'INT64' : type === 'uint32_t' ? 'UINT32' : type === 'uint8_t' ? 'UINT8' : type === 'int8_t' ? 'INT8' : 'INT32'
  if (fn === 'min') return `${width}_MAX`
  return width.startsWith('U') ? '0' : `${width}_MIN`
}

function flatPosition(names: KernelNames, inner: readonly Axis[]): string {
  return inner.reduce((text, a) => (text === '' ? names.axis(a) : `(${text})*${names.dim(a.extent)}+${names.axis(a)}`), '') || '0'
}

function nest(
  names: KernelNames,
  inner: readonly Axis[],
  body: readonly string[],
  range: readonly [string, string] | undefined,
  pragma: string | undefined,
): string[] {
  let lines = [...body]
  for (let i = inner.length - 1; i >= 0; i--) {
    const a = inner[i]
    if (a === undefined) continue
    const x = names.axis(a)
    const [from, to] = range ?? ['0', names.dim(a.extent)]
    const head = i === inner.length - 1 && pragma !== undefined ? [pragma] : []
    lines = [...head, `for (int64_t ${x} = ${from}; ${x} < ${to}; ${x}++) {`, ...indent(lines), '}']
  }
  return lines
}

/** Columns of one block are accumulated side by side in this many lanes. */
const columnBlock = 64

/** Renders a reduction over outer axes: a task owns a block of columns and walks the rows. */
export function renderColumns(kernel: Extract<Kernel, { kind: 'columns' }>): BoundKernel {
  const names = new KernelNames()
  const { outer, column, reduced, fn, value, store } = kernel
  const counter = { next: 0 }
  const columns = names.dim(column.extent)
  const outerCount = names.size(elementCount(outer.map((a) => a.extent)))
  const blocks: CInt =
    typeof column.extent === 'number'
      ? Math.max(1, Math.ceil(column.extent / columnBlock))
      : {
          c: `((${columns} + ${columnBlock - 1}) / ${columnBlock})`,
          evaluate: (dims) => Math.ceil(cValue(names.size(column.extent), dims) / columnBlock),
        }
  const small = typeof outerCount === 'number' && typeof blocks === 'number' && smallReduction(outer, column, reduced)
  const tasks: CInt =
    typeof outerCount === 'number' && typeof blocks === 'number'
      ? small
        ? 1
        : outerCount * blocks
      : { c: '0', evaluate: (dims) => Math.max(1, cValue(outerCount, dims) * cValue(blocks, dims)) }
  const x = names.axis(column)
  const before: string[] = []
  const body: string[] = []
  const type = computedType[value.dtype]
  const real = type === 'float' || type === 'double'
  const start = real ? identity[fn] : fn === 'max' || fn === 'min' ? narrowLimit(type, fn) : integerIdentity[fn]
  const rowAxes = new Set([...outer, ...reduced].map((a) => a.id))
  const rowLines: string[] = []
  const text = new ExpressionText(names, new Map(), counter)
  const rendered = text.render(value, [
    { lines: before, axes: new Set() },
    { lines: rowLines, axes: rowAxes },
    { lines: body, axes: new Set([column.id]) },
  ])
  const lane = `acc[${x} - first]`
  if (fn === 'sum') body.push(`${lane} += ${rendered};`)
  else if (fn === 'prod') body.push(`${lane} *= ${rendered};`)
  else {
    const better = `${rendered} ${fn === 'max' ? '>' : '<'} ${lane}${real ? ` || ${rendered} != ${rendered}` : ''}`
    body.push(`${lane} = (${better}) ? ${rendered} : ${lane};`)
  }
  const loops = nest(
    names,
    reduced,
    [...rowLines, '#pragma omp simd', `for (int64_t ${x} = first; ${x} < last; ${x}++) {`, ...indent(body), '}'],
    undefined,
    undefined,
  )
  const at = new ExpressionText(names, new Map(), counter)
  const storeLines: string[] = []
  const position = at.render({ kind: 'index', index: store.index, dtype: 'i64' }, [{ lines: storeLines, axes: new Set() }])
  const target = names.buffer(store.node)
  const result = store.node.dtype === 'f16' || store.node.dtype === 'bf16' ? lane : `(${storedType[store.node.dtype]})${lane}`
  const block = [
    `const int64_t blocks = ${cText(blocks)};`,
    `const int64_t first = (unit % blocks) * ${columnBlock};`,
    `const int64_t last = first + ${columnBlock} < ${columns} ? first + ${columnBlock} : ${columns};`,
    ...decode(names, outer, '(unit / blocks)'),
    `${type} acc[${columnBlock}];`,
    `for (int i = 0; i < ${columnBlock}; i++) acc[i] = ${start};`,
    ...before,
    ...loops,
    `for (int64_t ${x} = first; ${x} < last; ${x}++) {`,
    ...indent([...storeLines, `b${target}[${position}] = ${storedText(result, store.node.dtype)};`]),
    '}',
  ]
  const units = `${cText(outerCount)} * ${cText(blocks)}`
  const wrapped = small
    ? [`for (int64_t unit = 0; unit < ${units}; unit++) {`, ...indent(block), '}']
    : ['const int64_t unit = task;', `if (unit >= ${units}) return;`, ...block]
  return finish(names, new Set([store.node]), wrapped, tasks)
}

function smallReduction(outer: readonly Axis[], column: Axis, reduced: readonly Axis[]): boolean {
  const total = elementCount([...outer, column, ...reduced].map((a) => a.extent))
  return typeof total === 'number' && total <= taskElements
}

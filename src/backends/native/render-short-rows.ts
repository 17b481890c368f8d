// Rows of a few elements (a softmax over ten classes) as C: sixteen rows at a time stand side by side, one in each lane. What is strided in
// memory goes through small transposed tiles, so that every loop over the lanes is contiguous.

import { elementCount } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'
import { type Axis, indexKey, strideOf } from '../../compiler/loop-ir/index-expression.ts'
import type { Expression, Statement } from '../../compiler/loop-ir/loop-ir.ts'
import { sweepsOf } from '../../compiler/loop-ir/statement-order.ts'
import { partsOf } from '../../compiler/loop-ir/walk-expression.ts'
import { type BoundKernel, bufferDeclarations, grainOf, indent, phaseFunction } from './bound-kernel.ts'
import { computedType, ExpressionText, KernelNames, type Scope, storedText } from './render-expression.ts'
import { extreme, fromRaw, rawType, sharedValues } from './render-sweep.ts'
import { taskRange } from './task-cut.ts'

/** Rows that are computed together. */
export const lanes = 16

type Load = Extract<Expression, { kind: 'load' }>

/** `[position][lane]` of a value that is strided from row to row. */
interface Tile {
  readonly name: string
  readonly type: string
}

/** Renders rows over one axis whose statements have the same short inner axis of `length` elements, or none; no arg reductions. */
export function renderShortRows(
  row: Axis,
  inner: Axis,
  length: number,
  statements: readonly Statement[],
  isKept: (node: Node) => boolean,
): BoundKernel {
  const names = new KernelNames()
  names.nameAxis(row, '(block + lane)')
  const x = names.axis(inner)
  const counter = { next: 0 }
  const locals = new Map<Node, string>()
  const top: string[] = []
  const outside: Scope = { lines: top, axes: new Set() }
  const eachLane = (lines: readonly string[]) => ['#pragma omp simd', 'for (int64_t lane = 0; lane < count; lane++) {', ...indent(lines), '}']

  const written = new Set(statements.map((s) => (s.kind === 'map' ? s.store.node : s.node)).filter(isKept))
  const { inputs, outputs, tileOf } = tilesOf(statements, row, written)
  const tileAt = (tile: Tile) => `${tile.name}[${x}][lane]`
  const textFor = (group: readonly Statement[]): ExpressionText => {
    const text = new ExpressionText(names, locals, counter)
    for (const load of loadsOf(group)) {
      const tile = tileOf(load)
      if (tile !== undefined) text.know(load, tileAt(tile))
    }
    return text
  }

  const body: string[] = []
  for (const { load, tile } of inputs) {
    const lines: string[] = []
    const value = new ExpressionText(names, locals, counter).render(load, [outside, { lines, axes: new Set([row.id, inner.id]) }])
    body.push(
      `${tile.type} ${tile.name}[${length}][${lanes}] __attribute__((aligned(64)));`,
      'for (int64_t lane = 0; lane < count; lane++)',
      `  for (int64_t ${x} = 0; ${x} < ${length}; ${x}++) {`,
      ...indent(indent([...lines, `${tileAt(tile)} = ${value};`])),
      '  }',
    )
  }
  for (const tile of outputs.values()) body.push(`${tile.type} ${tile.name}[${length}][${lanes}] __attribute__((aligned(64)));`)

  const place = (
    text: ExpressionText,
    scopes: readonly Scope[],
    node: Node,
    index: Extract<Statement, { kind: 'reduce' }>['index'],
    value: string,
  ) => {
    const at = text.render({ kind: 'index', index, dtype: 'i64' }, scopes)
    return `b${names.buffer(node)}[${at}] = ${storedText(value, node.dtype)};`
  }
  const groups = sweepsOf(statements)
  const shared = sharedValues(groups.filter((group) => group.some((s) => s.inner.length > 0)))
  const kept = new Map<Expression, Tile>()
  for (const group of groups) {
    const lane: Scope = { lines: [], axes: new Set([row.id]) }
    const text = textFor(group)
    if (group.every((s) => s.inner.length === 0)) {
      const scopes = [outside, lane]
      for (const statement of group) {
        if (statement.kind !== 'map') continue
        const { node, index, value } = statement.store
        const name = `v${counter.next++}`
        body.push(`${computedType[node.dtype]} ${name}[${lanes}] __attribute__((aligned(64)));`)
        lane.lines.push(`${name}[lane] = ${text.render(value, scopes)};`)
        if (isKept(node)) lane.lines.push(place(text, scopes, node, index, `${name}[lane]`))
        locals.set(node, `${name}[lane]`)
      }
      body.push(...eachLane(lane.lines))
      continue
    }
    for (const [e, tile] of kept) text.know(e, tileAt(tile))
    const position: Scope = { lines: [], axes: new Set([inner.id]) }
    const scopes = [outside, position, lane]
    const finished: Scope = { lines: [], axes: new Set([row.id]) }
    const finishedText = new ExpressionText(names, locals, counter)
    const results: { readonly node: Node; readonly text: string }[] = []
    for (const statement of group) {
      if (statement.kind === 'map') {
        const { node, index, value } = statement.store
        const rendered = text.render(value, scopes)
        text.remember(node, rendered)
        const tile = outputs.get(node)
        if (tile !== undefined) lane.lines.push(`${tileAt(tile)} = ${rendered};`)
        else if (isKept(node)) lane.lines.push(place(text, scopes, node, index, rendered))
        continue
      }
      const { node, index, value } = statement
      const total = reduction(statement, `r${counter.next++}`)
      body.push(`${total.type} ${total.name}[${lanes}] __attribute__((aligned(64)));`)
      body.push(`for (int64_t lane = 0; lane < ${lanes}; lane++) ${total.name}[lane] = ${total.start};`)
      lane.lines.push(total.step(text.render(value, scopes)))
      const name = `v${counter.next++}`
      body.push(`${computedType[value.dtype]} ${name}[${lanes}] __attribute__((aligned(64)));`)
      finished.lines.push(`${name}[lane] = ${total.value};`)
      if (isKept(node)) finished.lines.push(place(finishedText, [outside, finished], node, index, `${name}[lane]`))
      results.push({ node, text: `${name}[lane]` })
    }
    for (const e of shared) {
      const value = kept.has(e) ? undefined : text.computedIn(e, lane)
      if (value === undefined) continue
      const tile = { name: `kept${kept.size}`, type: computedType[e.dtype] }
      kept.set(e, tile)
      body.push(`${tile.type} ${tile.name}[${length}][${lanes}] __attribute__((aligned(64)));`)
      lane.lines.push(`${tileAt(tile)} = ${value};`)
    }
    body.push(`for (int64_t ${x} = 0; ${x} < ${length}; ${x}++) {`, ...indent([...position.lines, ...eachLane(lane.lines)]), '}')
    if (finished.lines.length > 0) body.push(...eachLane(finished.lines))
    for (const result of results) locals.set(result.node, result.text)
  }

  for (const [node, tile] of outputs) {
    const statement = statements.find((s) => s.kind === 'map' && s.store.node === node)
    if (statement?.kind !== 'map') continue
    const lines: string[] = []
    const scopes = [outside, { lines, axes: new Set([row.id, inner.id]) }]
    const store = place(new ExpressionText(names, locals, counter), scopes, node, statement.store.index, tileAt(tile))
    body.push(
      'for (int64_t lane = 0; lane < count; lane++)',
      `  for (int64_t ${x} = 0; ${x} < ${length}; ${x}++) {`,
      ...indent(indent([...lines, store])),
      '  }',
    )
  }

  const rows = names.size(elementCount([row.extent]))
  const grain = Math.max(lanes, Math.floor(grainOf(statements) / length / lanes) * lanes)
  const range = taskRange(rows, grain)
  const block = [
    'static inline __attribute__((always_inline)) void KERNEL_block(void *const *buf, const int64_t *dim, int64_t block, const int64_t count) {',
    ...indent(['(void)dim;', ...bufferDeclarations(names, written), ...top, ...body]),
    '}',
    '',
  ].join('\n')
  const run = phaseFunction('KERNEL_run', names, written, [
    ...range.lines,
    'int64_t block = begin;',
    `for (; block + ${lanes} <= end; block += ${lanes}) KERNEL_block(buf, dim, block, ${lanes});`,
    'if (block < end) KERNEL_block(buf, dim, block, end - block);',
  ])
  return { rendered: { source: `${block}\n${run}`, phases: [{ symbol: 'KERNEL_run', tasks: range.tasks }], scratchBytes: 0 }, names }
}

/** Tiles for what is read and for what is written with a stride from row to row. */
function tilesOf(statements: readonly Statement[], row: Axis, written: ReadonlySet<Node>) {
  const isStrided = (index: Load['index']): boolean => {
    const stride = strideOf(index, row)
    return stride !== undefined && stride !== 0 && stride !== 1
  }
  const outputs = new Map<Node, Tile>()
  for (const s of statements) {
    if (s.kind !== 'map' || s.inner.length === 0 || !written.has(s.store.node) || !isStrided(s.store.index)) continue
    outputs.set(s.store.node, { name: `out${outputs.size}`, type: computedType[s.store.node.dtype] })
  }
  const inputs: { readonly key: string; readonly load: Load; readonly tile: Tile }[] = []
  const keyOf = (load: Load) => `${load.from.id}@${indexKey(load.index)}`
  for (const load of loadsOf(statements, false)) {
    if (written.has(load.from) || !isStrided(load.index) || inputs.some((tile) => tile.key === keyOf(load))) continue
    inputs.push({ key: keyOf(load), load, tile: { name: `in${inputs.length}`, type: computedType[load.dtype] } })
  }
  const tileOf = (load: Load): Tile | undefined => outputs.get(load.from) ?? inputs.find((tile) => tile.key === keyOf(load))?.tile
  return { inputs, outputs, tileOf }
}

/** The loads of some statements; those that only a guard allows, too, if `guarded`. */
function loadsOf(statements: readonly Statement[], guarded = true): Load[] {
  const loads = new Set<Load>()
  const seen = new Set<Expression>()
  const stack = statements.map((s) => (s.kind === 'map' ? s.store.value : s.value))
  for (let e = stack.pop(); e !== undefined; e = stack.pop()) {
    if (seen.has(e)) continue
    seen.add(e)
    if (e.kind === 'load') loads.add(e)
    if (e.kind !== 'guard' || guarded) stack.push(...partsOf(e))
  }
  return [...loads]
}

/** A reduction in lanes: its array, what it starts from, a step, and its value at the end. */
function reduction({ fn, value: { dtype } }: Extract<Statement, { kind: 'reduce' }>, name: string) {
  const type = computedType[dtype]
  const real = type === 'float' || type === 'double'
  const at = `${name}[lane]`
  if (fn === 'sum' || fn === 'prod') {
    const step = (value: string) => `${at} ${fn === 'sum' ? '+' : '*'}= ${value};`
    return { name, type: rawType(dtype), start: fn === 'sum' ? '0' : '1', step, value: fromRaw(at, dtype) }
  }
  const largest = fn === 'max' || fn === 'argmax'
  const prefix = type === 'double' ? 'tnd' : 'tn'
  const step = (value: string) =>
    real ? `${at} = ${prefix}_${largest ? 'max' : 'min'}(${at}, ${value});` : `${at} = ${value} ${largest ? '>' : '<'} ${at} ? ${value} : ${at};`
  return { name, type, start: extreme(dtype, largest ? 'max' : 'min'), step, value: at }
}

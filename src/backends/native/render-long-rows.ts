// A few very long rows (a sum over everything) as C: each sweep is cut into a fixed number of parts that are tasks of one phase, and a phase
// after it combines the parts' results in order. What later sweeps need of a row waits in the scratch.

import { elementCount, maxDim } from '../../core/dimension.ts'
import { byteSize } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'
import type { Statement } from '../../compiler/loop-ir/loop-ir.ts'
import { type BoundKernel, decode, grainOf, indent, mostPoints, phaseFunction, writtenBy } from './bound-kernel.ts'
import type { Loops } from '../../compiler/loop-ir/loop-shape.ts'
import { sweepsOf } from '../../compiler/loop-ir/statement-order.ts'
import { computedType, KernelNames, type Scope } from './render-expression.ts'
import { extreme, type Reduced, renderSweep, storeReduced, type Surroundings } from './render-sweep.ts'
import { type CInt, cText, type KernelPhase } from './rendered-kernel.ts'

const mostParts = 64
/** Every local and every part of a result has a word of 8 bytes. */
const word = 8
/** Words of a part: a value, or an extreme with its position. */
const partWords = 2

/** Renders rows whose number is known and small. */
export function renderLongRows({ outer, statements }: Loops, isKept: (node: Node) => boolean): BoundKernel {
  const names = new KernelNames()
  const rowCount = outer.reduce((product, a) => product * maxDim(a.extent), 1)
  const rows = cText(names.size(elementCount(outer.map((a) => a.extent))))
  const groups = sweepsOf(statements)
  const slots = new Map<Node, number>()
  for (const s of statements) if (s.kind === 'reduce' || s.inner.length === 0) slots.set(s.kind === 'reduce' ? s.node : s.store.node, slots.size)
  const counter = { next: 0 }
  const rowAxes = new Set(outer.map((a) => a.id))
  const phases: KernelPhase[] = []
  const functions: { readonly symbol: string; readonly body: readonly string[] }[] = []
  const known: { readonly node: Node; readonly type: string }[] = []
  const partsBase = rowCount * slots.size
  let words = partsBase
  let finishing: string[] = []

  const surroundings = (locals: Map<Node, string>, top: string[], range?: readonly [string, string]): Surroundings => {
    const outside: Scope[] = [{ lines: top, axes: new Set() }]
    return { names, locals, counter, isKept, outside, rowAxes, ...(range === undefined ? {} : { range }) }
  }
  const slotText = (node: Node) => `scratch[row * ${slots.size} + ${slots.get(node) ?? 0}]`
  /** Declares what earlier phases found out about the row. */
  const recall = (locals: Map<Node, string>): string[] =>
    known.map(({ node, type }) => {
      const name = `v${counter.next++}`
      locals.set(node, name)
      return `const ${type} ${name} = *(const ${type} *)&${slotText(node)};`
    })
  const addPhase = (symbol: string, tasks: CInt, body: readonly string[]) => {
    phases.push({ symbol, tasks })
    functions.push({ symbol, body })
  }
  const flush = () => {
    if (finishing.length === 0) return
    const lines = [`for (int64_t row = 0; row < ${rows}; row++) {`, ...indent([...decode(names, outer, 'row'), ...finishing]), '}']
    addPhase(`KERNEL_finish${phases.length}`, 1, lines)
    finishing = []
  }

  for (const group of groups) {
    const inner = group[0]?.inner ?? []
    const [first] = inner
    if (first === undefined) {
      finishing.push(...perRow(group))
      continue
    }
    flush()
    const parts = Math.max(1, Math.min(mostParts, maxDim(first.extent), Math.ceil(mostPoints(inner) / grainOf(group))))
    const locals = new Map<Node, string>()
    const top: string[] = []
    const before = recall(locals)
    const extent = names.dim(first.extent)
    const sweep = renderSweep(group, surroundings(locals, top, ['from', 'to']))
    const results = sweep.reduced.map((reduced) => {
      const base = words
      words += rowCount * parts * partWords
      return { reduced, base }
    })
    const save = results.flatMap(({ reduced, base }) => savePart(reduced, `scratch + ${base} + (row * ${parts} + part) * ${partWords}`))
    addPhase(`KERNEL_sweep${phases.length}`, names.size(elementCount([...outer.map((a) => a.extent), parts])), [
      `const int64_t row = task / ${parts}, part = task % ${parts};`,
      `const int64_t from = part * ${extent} / ${parts}, to = (part + 1) * ${extent} / ${parts};`,
      ...decode(names, outer, 'row'),
      ...before,
      ...top,
      ...sweep.lines,
      ...save,
    ])
    for (const { reduced, base } of results) {
      const { node } = reduced.statement
      finishing.push(
        ...combine(reduced, parts, `scratch + ${base} + row * ${parts * partWords}`, counter, (value) => [
          `*(${reduced.type} *)&${slotText(node)} = ${value};`,
          ...storeReduced(names, reduced.statement, value, surroundings(locals, [])),
        ]),
      )
      known.push({ node, type: reduced.type })
    }
  }
  flush()

  function perRow(group: readonly Statement[]): string[] {
    const locals = new Map<Node, string>()
    const top: string[] = []
    const before = recall(locals)
    const { lines } = renderSweep(group, surroundings(locals, top))
    const saved = group.flatMap((s) => {
      if (s.kind !== 'map') return []
      const { node } = s.store
      const type = computedType[node.dtype]
      known.push({ node, type })
      return [`*(${type} *)&${slotText(node)} = ${locals.get(node) ?? '0'};`]
    })
    return ['{', ...indent([...before, ...top, ...lines, ...saved]), '}']
  }

  const scratch = `double *scratch = buf[${names.buffers.length}];`
  const written = writtenBy(statements, isKept)
  const source = functions.map(({ symbol, body }) => phaseFunction(symbol, names, written, [scratch, ...body])).join('\n')
  return { rendered: { source, phases, scratchBytes: words * word }, names }
}

function savePart({ type, value, best }: Reduced, at: string): string[] {
  if (best === undefined) return [`*(${type} *)(${at}) = ${value};`]
  return [`*(${best.type} *)(${at}) = ${best.value};`, `*(int64_t *)(${at} + 1) = ${best.any} ? (int64_t)${value} : -1;`]
}

/** The parts' results combined in their order, then handed to `use`. */
function combine(
  { statement, type, best }: Reduced,
  parts: number,
  base: string,
  counter: { next: number },
  use: (value: string) => readonly string[],
): string[] {
  const { fn } = statement
  const { dtype } = statement.value
  const name = `v${counter.next++}`
  const loop = `for (int part = 0; part < ${parts}; part++)`
  if (fn === 'argmax' || fn === 'argmin') {
    const bestType = best?.type ?? type
    const orNaN = bestType === 'float' || bestType === 'double' ? ` || (x != x && ${name}_best == ${name}_best)` : ''
    return [
      `${bestType} ${name}_best = 0; int64_t ${name} = -1;`,
      `${loop} {`,
      `  const ${bestType} x = *(const ${bestType} *)(${base} + part * ${partWords});`,
      `  const int64_t at = *(const int64_t *)(${base} + part * ${partWords} + 1);`,
      `  if (at >= 0 && (${name} < 0 || x ${fn === 'argmax' ? '>' : '<'} ${name}_best${orNaN})) { ${name}_best = x; ${name} = at; }`,
      '}',
      ...use(`(int32_t)${name}`),
    ]
  }
  const part = `*(const ${type} *)(${base} + part * ${partWords})`
  const real = type === 'float' || type === 'double'
  if (fn === 'sum' || fn === 'prod') {
    const raw = real ? 'double' : byteSize(dtype) === 8 ? 'uint64_t' : 'uint32_t'
    return [
      `${raw} ${name} = ${fn === 'sum' ? '0' : '1'};`,
      `${loop} ${name} ${fn === 'sum' ? '+' : '*'}= (${raw})${part};`,
      ...use(dtype === 'bool' ? `(${name} != 0)` : `(${type})${name}`),
    ]
  }
  const better = real
    ? `${type === 'double' ? 'tnd' : 'tn'}_${fn}(${name}, ${part})`
    : `${part} ${fn === 'max' ? '>' : '<'} ${name} ? ${part} : ${name}`
  return [`${type} ${name} = ${extreme(dtype, fn)};`, `${loop} ${name} = ${better};`, ...use(name)]
}

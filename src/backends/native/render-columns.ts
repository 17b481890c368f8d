// Reductions over leading axes as C: columns that lie side by side in memory are accumulated side by side while the rows are walked. Many rows
// are cut into a fixed number of parts, whose results a second phase combines in order.

import { type Dim, elementCount, maxDim } from '../../core/dimension.ts'
import { axis } from '../../compiler/loop-ir/index-expression.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import { type BoundKernel, decode, indent, mostPoints, phaseFunction, rowLoop } from './bound-kernel.ts'
import { joinAxes } from '../../compiler/loop-ir/loop-shape.ts'
import { computedType, ExpressionText, KernelNames, storedText } from './render-expression.ts'
import { extreme, fromRaw, rawType } from './render-sweep.ts'
import { type CInt, cText } from './rendered-kernel.ts'
import { dividedUp, taskElements, timesSize } from './task-cut.ts'

/** Columns of a task: their accumulators stay in the first cache beside the rows that stream through. */
const columnBlock = 512
const mostParts = 64
/** A reduction with this many tasks is not cut further. */
const enoughTasks = 16

/** Renders a reduction that keeps the innermost axis, in blocks of columns. */
export function renderColumnBlocks(kernel: Extract<Kernel, { kind: 'columns' }>): BoundKernel {
  const { fn, value: reducedValue, store } = kernel
  const { outer: kept, statements } = joinAxes({
    outer: [...kernel.outer, kernel.column],
    statements: [{ kind: 'reduce', inner: kernel.reduced, fn, value: reducedValue, node: store.node, index: store.index }],
  })
  const column = kept.at(-1) ?? axis(1)
  const outer = kept.slice(0, -1)
  const [reduction] = statements
  const reduced = reduction?.inner ?? []
  const value = reduction?.kind === 'reduce' ? reduction.value : reducedValue
  const index = reduction?.kind === 'reduce' ? reduction.index : store.index

  const names = new KernelNames()
  const { dtype } = value
  const type = computedType[dtype]
  const real = type === 'float' || type === 'double'
  const additive = fn === 'sum' || fn === 'prod'
  const lane = additive ? rawType(dtype) : type
  const start = fn === 'sum' ? '0' : fn === 'prod' ? '1' : extreme(dtype, fn)
  const prefix = type === 'double' ? 'tnd' : 'tn'
  const into = (total: string, x: string) => {
    if (additive) return `${total} ${fn === 'sum' ? '+' : '*'}= ${x};`
    return real ? `${total} = ${prefix}_${fn}(${total}, ${x});` : `${total} = ${x} ${fn === 'max' ? '>' : '<'} ${total} ? ${x} : ${total};`
  }

  const columns = names.size(column.extent)
  const block = Math.max(1, Math.min(columnBlock, maxDim(column.extent)))
  const blocks = dividedUp(columns, block)
  const outerCount = names.size(elementCount(outer.map((a) => a.extent)))
  const rowDim: Dim = elementCount(reduced.map((a) => a.extent))
  const rows = names.size(rowDim)
  const units = timesSize(outerCount, blocks)
  const parts = partsOf(mostPoints(reduced), block, mostPoints(outer) * Math.ceil(maxDim(column.extent) / block))
  const whole = parts === 1

  const counter = { next: 0 }
  const before: string[] = []
  const perRow: string[] = []
  const body: string[] = []
  const x = names.axis(column)
  const text = new ExpressionText(names, new Map(), counter)
  const rendered = text.render(value, [
    { lines: before, axes: new Set() },
    { lines: perRow, axes: new Set([...outer, ...reduced].map((a) => a.id)) },
    { lines: body, axes: new Set([column.id]) },
  ])
  body.push(into(`acc[${x} - first]`, rendered))
  const walk = [...perRow, '#pragma omp simd', `for (int64_t ${x} = first; ${x} < last; ${x}++) {`, ...indent(body), '}']
  const rowsLoop = reduced.length === 0 ? walk : rowLoop(names, reduced, 'row0', 'row1', walk)

  const storeLines: string[] = []
  const position = new ExpressionText(names, new Map(), counter).render({ kind: 'index', index, dtype: 'i64' }, [
    { lines: storeLines, axes: new Set() },
  ])
  const target = `b${names.buffer(store.node)}[${position}]`
  const written = new Set([store.node])
  const unitLines = [
    `const int64_t first = unit % ${cText(blocks)} * ${block};`,
    `const int64_t last = first + ${block} < ${cText(columns)} ? first + ${block} : ${cText(columns)};`,
    ...decode(names, outer, `(unit / ${cText(blocks)})`),
  ]
  const storeLoop = (result: string) => [
    `for (int64_t ${x} = first; ${x} < last; ${x}++) {`,
    ...indent([...storeLines, `${target} = ${storedText(additive ? fromRaw(result, dtype) : result, store.node.dtype)};`]),
    '}',
  ]
  const accumulate = [
    `${lane} acc[${block}] __attribute__((aligned(64)));`,
    `for (int i = 0; i < ${block}; i++) acc[i] = ${start};`,
    ...before,
    ...rowsLoop,
  ]

  if (whole) {
    const grain = Math.max(1, Math.floor(taskElements / Math.max(1, mostPoints(reduced) * block)))
    const lines = [
      `const int64_t row0 = 0, row1 = ${cText(rows)}, units = ${cText(units)};`,
      '(void)row0, (void)row1;',
      `for (int64_t unit = task * ${grain}; unit < (task + 1) * ${grain} && unit < units; unit++) {`,
      ...indent([...unitLines, ...accumulate, ...storeLoop(`acc[${x} - first]`)]),
      '}',
    ]
    const source = phaseFunction('KERNEL_run', names, written, lines)
    return { rendered: { source, phases: [{ symbol: 'KERNEL_run', tasks: dividedUp(units, grain) }], scratchBytes: 0 }, names }
  }

  const scratch = `${lane} *parts = buf[${names.buffers.length}];`
  const partLines = [
    scratch,
    `const int64_t unit = task / ${parts}, part = task % ${parts};`,
    `const int64_t row0 = part * ${cText(rows)} / ${parts}, row1 = (part + 1) * ${cText(rows)} / ${parts};`,
    ...unitLines,
    ...accumulate,
    `for (int64_t i = 0; i < last - first; i++) parts[task * ${block} + i] = acc[i];`,
  ]
  const total = real && additive ? 'double' : lane
  const sumLines = [
    scratch,
    `const int64_t unit = task;`,
    ...unitLines,
    `${total} acc[${block}];`,
    `for (int i = 0; i < ${block}; i++) acc[i] = ${start};`,
    `for (int64_t part = 0; part < ${parts}; part++) {`,
    `  const ${lane} *from = parts + (unit * ${parts} + part) * ${block};`,
    '  #pragma omp simd',
    `  for (int64_t i = 0; i < last - first; i++) ${into('acc[i]', 'from[i]')}`,
    '}',
    ...storeLoop(real && additive ? `(${type})acc[${x} - first]` : `acc[${x} - first]`),
  ]
  const source = [phaseFunction('KERNEL_parts', names, written, partLines), phaseFunction('KERNEL_sum', names, written, sumLines)].join('\n')
  const tasks: CInt = timesSize(units, parts)
  return {
    rendered: {
      source,
      phases: [
        { symbol: 'KERNEL_parts', tasks },
        { symbol: 'KERNEL_sum', tasks: units },
      ],
      scratchBytes: timesSize(tasks, block * 8),
    },
    names,
  }
}

/** How many parts the rows are cut into, when `units` blocks of columns are there anyway. */
function partsOf(rows: number, block: number, units: number): number {
  if (rows * block * units <= 2 * taskElements) return 1
  if (units >= enoughTasks && rows * block >= taskElements / 2) return 1
  const parts = Math.ceil((rows * block) / taskElements)
  return Math.max(1, Math.min(mostParts, parts, rows))
}

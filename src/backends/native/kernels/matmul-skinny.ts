// The product of a few rows with a large matrix. Its time is that of reading the matrix once, in order, so nothing is packed:
// where columns are contiguous, several rows of the matrix are added to the sums of a block of columns at a time; where the
// inner size is, each sum is a dot product of whole lines.

import { type CInt, cText, type KernelPhase, type RenderedKernel, type Target } from '../rendered-kernel.ts'
import { dividedUp, timesSize } from '../task-cut.ts'
import { type FloatType, lanesOf, loadScalar, loadVector, vectorText } from './matmul-operand.ts'
import { sumPhase } from './matmul-partial.ts'
import type { ProductText } from './matmul-product.ts'

/** Rows up to which reading the matrix takes longer than multiplying. */
const mostSkinnyRows = 8

/** Elements of the matrix worth a task: some 15 µs of reading. */
const taskElements = 1 << 17
const mostTasks = 64

/** Steps of the inner size for which the left rows are kept at hand. */
const innerChunk = 2048

/** Rows up to which a product whose number of rows is bound at run time is streamed. */
export const mostFewRows = 4

/** Whether a product of few rows is better streamed than tiled. */
export function isSkinny(product: ProductText): boolean {
  const { m, n, k, rhs } = product
  if ((typeof m === 'number' && m > mostSkinnyRows) || (rhs.columnStride !== 1 && rhs.rowStride !== 1)) return false
  return m === 1 || typeof n !== 'number' || typeof k !== 'number' || n * k >= taskElements
}

interface SkinnyPlan {
  readonly blockColumns: number
  readonly innerParts: number
  /** Steps of the inner size in a part. */
  readonly partInner: CInt
  readonly blocksPerTask: number
}

/** Cuts the matrix into parts of about equal size; both counts depend on the sizes alone. */
function planSkinny(product: ProductText, rows: number, contiguousColumns: boolean, group: number): SkinnyPlan {
  const { n, k } = product
  const [columns, inner] = [typeof n === 'number' ? n : 1024, typeof k === 'number' ? k : 1024]
  const batch = typeof product.batch === 'number' ? product.batch : 16
  const tasks = Math.max(1, Math.min(mostTasks, Math.floor((batch * columns * inner) / taskElements)))
  const perMatrix = Math.ceil(tasks / batch)
  // Runs of at least 2 KiB keep the memory streaming; lines along the inner size do by themselves.
  const fewestColumns = contiguousColumns ? (rows > 4 ? 512 : 1024) : 4 * group
  const columnBlocks = Math.max(Math.ceil(columns / 4096), Math.min(perMatrix, Math.ceil(columns / fewestColumns)))
  const unit = contiguousColumns ? 64 : group
  const mostColumns = contiguousColumns ? 4096 / (rows > 4 ? 8 : rows > 2 ? 4 : rows) : 1024
  const blockColumns = Math.min(Math.ceil(columns / columnBlocks / unit) * unit, mostColumns)
  const blocks = Math.ceil(columns / blockColumns)
  const innerParts = typeof k === 'number' ? Math.max(1, Math.min(Math.ceil(perMatrix / blocks), Math.floor(inner / 64))) : 1
  const partInner = typeof k === 'number' ? Math.ceil(k / innerParts / 16) * 16 : k
  const parts = typeof partInner === 'number' && partInner > 0 ? Math.ceil(inner / partInner) : 1
  const known = typeof product.batch === 'number' && typeof n === 'number'
  return {
    blockColumns,
    innerParts: Math.max(1, parts),
    partInner,
    blocksPerTask: known ? Math.ceil((batch * blocks * Math.max(1, parts)) / tasks) : 1,
  }
}

/** Renders a product of at most `mostSkinnyRows` rows; of at most `mostFewRows` where their number is bound at run time. */
export function renderSkinny(product: ProductText, dtype: FloatType, target: Target): RenderedKernel {
  const { n, k, rhs } = product
  const rows = typeof product.m === 'number' ? product.m : mostFewRows
  const rowsInUse = cText(product.m)
  const lanes = lanesOf(target)
  const contiguousColumns = rhs.columnStride === 1
  const registers = target.vectorRegisters
  // From the third-level cache four lines at once stream best (87 GB/s; eight, or fetching ahead, 74, and lines a multiple of 4 KiB apart evict
  // each other: 33), from memory eight with the next ones fetched ahead (28 GB/s against 24).
  const ahead = typeof n !== 'number' || typeof k !== 'number' || n * k * (dtype === 'f32' ? 4 : 2) > target.l3Bytes / 2
  const group = contiguousColumns ? (ahead && rows <= 2 ? 8 : 4) : Math.max(1, Math.min(8, Math.floor((registers - 2) / (rows + 1))))
  const plan = planSkinny(product, rows, contiguousColumns, group)
  const { blockColumns, innerParts, blocksPerTask } = plan
  const stored = dtype === 'f32' ? 'float' : 'uint16_t'
  const columnBlocks = dividedUp(n, blockColumns)
  const blocks: CInt = timesSize(product.batch, innerParts, columnBlocks)
  const splits = innerParts > 1
  const partials = `(float *)buf[${product.names.buffers.length}]`
  const body = contiguousColumns
    ? columnSums(rows, group, blockColumns, lanes, dtype, product, ahead)
    : dotProducts(rows, group, blockColumns, lanes, dtype, product, ahead)
  const store = splits
    ? `for (int64_t r = 0; r < ${rowsInUse}; r++)
      __builtin_memcpy(${partials} + ((batch * ${innerParts} + part) * ${rows} + r) * ${cText(n)} + column0, sums + r * ${blockColumns}, (size_t)columns * 4);`
    : `KERNEL_finish(buf, dim, batch, sums, ${blockColumns}, 0, ${rowsInUse}, column0, column0 + columns);`
  const run = `void KERNEL_run(void *const *buf, const int64_t *dim, int64_t task) {
  (void)dim;
  float sums[${rows * blockColumns}] __attribute__((aligned(64)));
  for (int64_t block = task * ${blocksPerTask}; block < (task + 1) * ${blocksPerTask} && block < ${cText(blocks)}; block++) {
    const int64_t column0 = block % ${cText(columnBlocks)} * ${blockColumns}, rest = block / ${cText(columnBlocks)};
    const int64_t part = rest % ${innerParts}, batch = rest / ${innerParts}; (void)part;
    const int64_t columns = ${cText(n)} - column0 < ${blockColumns} ? ${cText(n)} - column0 : ${blockColumns};
    const int64_t inner0 = part * ${cText(plan.partInner)};
    const int64_t inner1 = inner0 + ${cText(plan.partInner)} < ${cText(k)} ? inner0 + ${cText(plan.partInner)} : ${cText(k)};
    const ${stored} *lhs = KERNEL_lhs(buf, dim, batch);
    const ${stored} *rhs = KERNEL_rhs(buf, dim, batch) + column0 * ${cText(rhs.columnStride)};
    for (int64_t i = 0; i < ${rows * blockColumns}; i++) sums[i] = 0.0f;
${body}
    ${store}
  }
}`
  const phases: KernelPhase[] = [{ symbol: 'KERNEL_run', tasks: dividedUp(blocks, blocksPerTask) }]
  const texts = [vectorText(target, dtype), ...(contiguousColumns ? [] : [totalText(target)]), product.operandFunctions, product.finishFunction, run]
  const partFloats = timesSize(n, rows)
  if (splits) {
    const last = sumPhase({ pointer: partials, parts: innerParts, batch: product.batch, m: product.m, n, rowFloats: n, partFloats })
    texts.push(last.text)
    phases.push(last.phase)
  }
  const scratchBytes = splits ? timesSize(partFloats, product.batch, innerParts * 4) : 0
  return { source: `${texts.join('\n')}\n`, phases, scratchBytes }
}

/** C text of the left row that is taken as row `r`: rows that do not exist repeat the first, and their sums are dropped. */
function lineText(product: ProductText, r: number): string {
  return typeof product.m === 'number' || r === 0 ? String(r) : `(${r} < ${cText(product.m)} ? ${r} : 0)`
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** sums[r][j] += Σ a[r][p + u] · b[p + u][j]: `group` rows of the matrix pass over the sums together. */
function columnSums(
  rows: number,
  group: number,
  blockColumns: number,
  lanes: number,
  dtype: FloatType,
  product: ProductText,
  ahead: boolean,
): string {
  const { lhs, rhs } = product
  const pass = (steps: number): string => {
    const lines: string[] = []
    for (const u of numbers(steps)) {
      lines.push(`const ${dtype === 'f32' ? 'float' : 'uint16_t'} *b${u} = rhs + (p + ${u}) * (int64_t)${cText(rhs.rowStride)};`)
      for (const r of numbers(rows)) {
        const element = `lhs[${lineText(product, r)} * (int64_t)${cText(lhs.rowStride)} + (p + ${u}) * (int64_t)${cText(lhs.columnStride)}]`
        lines.push(`const float x${r}_${u} = ${loadScalar(dtype, element)};`)
      }
    }
    lines.push('int64_t j = 0;', `for (; j + ${lanes} <= columns; j += ${lanes}) {`)
    // The rows of the next pass are fetched while these are used.
    if (ahead && steps > 1)
      for (const u of numbers(steps)) lines.push(`  __builtin_prefetch(b${u} + ${steps} * (int64_t)${cText(rhs.rowStride)} + j, 0, 2);`)
    for (const u of numbers(steps)) lines.push(`  const KERNEL_v y${u} = ${loadVector(dtype, `b${u} + j`)};`)
    for (const r of numbers(rows)) {
      const sum = `*(KERNEL_v *)(sums + ${r * blockColumns} + j)`
      lines.push(
        `  { KERNEL_v s = ${sum}; ${numbers(steps)
          .map((u) => `s += x${r}_${u} * y${u};`)
          .join(' ')} ${sum} = s; }`,
      )
    }
    lines.push('}', `for (int64_t rest = columns % ${lanes}; rest > 0; rest--, j++) {`)
    for (const r of numbers(rows)) {
      lines.push(
        `  { float s = sums[${r * blockColumns} + j]; ${numbers(steps)
          .map((u) => `s += x${r}_${u} * ${loadScalar(dtype, `b${u}[j]`)};`)
          .join(' ')} sums[${r * blockColumns} + j] = s; }`,
      )
    }
    lines.push('}')
    return lines.map((l) => `      ${l}`).join('\n')
  }
  return `    int64_t p = inner0;
    for (; p + ${group} <= inner1; p += ${group}) {
${pass(group)}
    }
    for (; p < inner1; p++) {
${pass(1)}
    }`
}

/** sums[r][j] += Σ a[r][p] · b[j][p]: `group` lines of the matrix against all rows at a time. */
function dotProducts(
  rows: number,
  group: number,
  blockColumns: number,
  lanes: number,
  dtype: FloatType,
  product: ProductText,
  ahead: boolean,
): string {
  const { lhs, rhs } = product
  const element = `lhs[${typeof product.m === 'number' ? 'r' : `(r < ${cText(product.m)} ? r : 0)`} * (int64_t)${cText(lhs.rowStride)} + (inner + p) * (int64_t)${cText(lhs.columnStride)}]`
  const pass = (lines: number): string => {
    const text: string[] = []
    for (const g of numbers(lines)) {
      text.push(`const ${dtype === 'f32' ? 'float' : 'uint16_t'} *b${g} = rhs + (j + ${g}) * (int64_t)${cText(rhs.columnStride)} + inner;`)
      for (const r of numbers(rows)) text.push(`KERNEL_v s${r}_${g} = {0};`)
    }
    text.push('int64_t p = 0;', `for (; p + ${lanes} <= steps; p += ${lanes}) {`)
    // The next lines are fetched while these are used: each is too short for the machine's own prefetching to settle.
    if (ahead && lines > 1)
      for (const g of numbers(lines)) text.push(`  __builtin_prefetch(b${g} + ${lines} * (int64_t)${cText(rhs.columnStride)} + p, 0, 2);`)
    for (const g of numbers(lines)) text.push(`  const KERNEL_v y${g} = ${loadVector(dtype, `b${g} + p`)};`)
    for (const r of numbers(rows)) {
      text.push(
        `  { const KERNEL_v x = *(const KERNEL_v *)(left + ${r * innerChunk} + p); ${numbers(lines)
          .map((g) => `s${r}_${g} += x * y${g};`)
          .join(' ')} }`,
      )
    }
    text.push('}')
    for (const g of numbers(lines)) for (const r of numbers(rows)) text.push(`float d${r}_${g} = KERNEL_total(s${r}_${g});`)
    text.push(`for (int64_t rest = steps % ${lanes}; rest > 0; rest--, p++) {`)
    for (const g of numbers(lines))
      for (const r of numbers(rows)) text.push(`  d${r}_${g} += left[${r * innerChunk} + p] * ${loadScalar(dtype, `b${g}[p]`)};`)
    text.push('}')
    for (const g of numbers(lines)) for (const r of numbers(rows)) text.push(`sums[${r * blockColumns} + j + ${g}] += d${r}_${g};`)
    return text.map((l) => `        ${l}`).join('\n')
  }
  return `    float left[${rows * innerChunk}] __attribute__((aligned(64)));
    for (int64_t inner = inner0; inner < inner1; inner += ${innerChunk}) {
      const int64_t steps = inner1 - inner < ${innerChunk} ? inner1 - inner : ${innerChunk};
      for (int64_t r = 0; r < ${rows}; r++)
        for (int64_t p = 0; p < steps; p++) left[r * ${innerChunk} + p] = ${loadScalar(dtype, element)};
      int64_t j = 0;
      for (; j + ${group} <= columns; j += ${group}) {
${pass(group)}
      }
      for (int64_t rest = columns % ${group}; rest > 0; rest--, j++) {
${pass(1)}
      }
    }`
}

/** `KERNEL_total(v)`: the sum of a vector's lanes, halves first. */
function totalText(target: Target): string {
  const lanes = lanesOf(target)
  const lines: string[] = []
  for (let half = lanes / 2; half >= 1; half /= 2) {
    lines.push(`  for (int i = 0; i < ${half}; i++) f[i] += f[i + ${half}];`)
  }
  return `static inline __attribute__((always_inline)) float KERNEL_total(KERNEL_v v) {
  float f[${lanes}] __attribute__((aligned(64)));
  *(KERNEL_v *)f = v;
${lines.join('\n')}
  return f[0];
}`
}

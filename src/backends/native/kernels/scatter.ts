// Renders scatter-add for the native backend: a task owns a block of the result, clears it and adds, in the order of the indices, the
// updates that fall into it. No two tasks write one element and every sum has one order.
import { type Dim, elementCount, maxDim } from '../../../core/dimension.ts'
import type { Node } from '../../../core/graph.ts'
import { KernelNames, storedText, storedType } from '../render-expression.ts'
import type { BoundKernel } from '../render-loops.ts'
import { cText } from '../rendered-kernel.ts'
import { dividedUp, taskElements, timesSize } from '../task-cut.ts'

/** A scatter-add: result[.., indices[i..], ..] += updates[.., i.., ..], with zeros to start from. */
export interface ScatterAdd {
  readonly indices: Node
  readonly updates: Node
  readonly out: Node
  /** The axis of `out` that the indices point into. */
  readonly axis: number
}

/** Columns are split down to this many: four cache lines of f32. */
const narrowestColumns = 64
const enoughTasks = 8

/** Rows and columns of the block of the result that one task owns. */
function blockOf(indices: number, rows: number, columns: number, leading: number): { readonly rows: number; readonly columns: number } {
  const work = (indices + rows) * columns
  const byWork = Math.max(1, Math.ceil((rows * taskElements) / Math.max(1, work)))
  // Every block of rows looks at all indices: that must stay small beside the additions and the clearing.
  const blocks = Math.max(1, Math.floor((2 * work) / Math.max(1, indices)))
  const byRows = Math.max(byWork, Math.ceil(rows / blocks), 1)
  const byStack = Math.max(1, Math.floor(taskElements / Math.max(1, columns)))
  if (leading * work <= taskElements) return { rows: Math.max(1, rows), columns: Math.max(1, columns) }
  if (leading * Math.ceil(rows / byRows) >= enoughTasks || columns < 2 * narrowestColumns) {
    return { rows: Math.min(byRows, byStack), columns: Math.max(1, Math.min(columns, taskElements)) }
  }
  const wanted = Math.ceil(columns / enoughTasks / narrowestColumns) * narrowestColumns
  return { rows: Math.max(1, Math.min(rows, Math.floor(taskElements / wanted))), columns: wanted }
}

/** Renders a scatter-add; indices outside the axis write nothing. Half precisions are summed in f32. */
export function renderScatterAdd({ indices, updates, out, axis }: ScatterAdd): BoundKernel {
  const names = new KernelNames()
  const [at, from, to] = [indices, updates, out].map((node) => names.buffer(node))
  const rows: Dim = out.shape[axis] ?? 1
  const after = elementCount(out.shape.slice(axis + 1))
  const leading = elementCount(out.shape.slice(0, axis))
  const count = elementCount(indices.shape)
  const block = blockOf(maxDim(count), maxDim(rows), maxDim(after), maxDim(leading))
  const [rowBlocks, columnBlocks] = [dividedUp(names.size(rows), block.rows), dividedUp(names.size(after), block.columns)]
  const tasks = timesSize(names.size(leading), rowBlocks, columnBlocks)
  const { dtype } = out
  const half = dtype === 'f16' || dtype === 'bf16'
  const type = storedType[dtype]
  const sum = half ? 'float' : type
  const [n, r, c] = [count, rows, after].map((size) => cText(names.size(size)))
  const load = half ? `tn_${dtype}_to_f32(u[x])` : 'u[x]'
  const target = half ? `sums + (row - r0) * ${block.columns}` : 'result + row * columns + c0'
  const source = `void KERNEL_scatter(void *const *buf, const int64_t *dim, int64_t task) {
  (void)dim;
  const int64_t count = ${n}, rows = ${r}, columns = ${c}, rowBlocks = ${cText(rowBlocks)}, columnBlocks = ${cText(columnBlocks)};
  const int64_t c0 = task % columnBlocks * ${block.columns}, r0 = task / columnBlocks % rowBlocks * ${block.rows};
  const int64_t p = task / columnBlocks / rowBlocks;
  const int64_t width = columns - c0 < ${block.columns} ? columns - c0 : ${block.columns};
  const int64_t r1 = r0 + ${block.rows} < rows ? r0 + ${block.rows} : rows;
  const ${storedType[indices.dtype]} *indices = buf[${at}];
  const ${type} *updates = (const ${type} *)buf[${from}] + p * count * columns + c0;
  ${type} *result = (${type} *)buf[${to}] + p * rows * columns;
${
  half
    ? `  float sums[${block.rows * block.columns}] __attribute__((aligned(64)));
  for (int64_t i = 0; i < (r1 - r0) * ${block.columns}; i++) sums[i] = 0;`
    : `  if (width == columns)
    __builtin_memset(result + r0 * columns, 0, (size_t)((r1 - r0) * columns) * sizeof(${type}));
  else
    for (int64_t row = r0; row < r1; row++) __builtin_memset(result + row * columns + c0, 0, (size_t)width * sizeof(${type}));`
}
  for (int64_t i = 0; i < count; i++) {
    const int64_t row = (int64_t)indices[i];
    if (row < r0 || row >= r1) continue;
    const ${type} *u = updates + i * columns;
    ${sum} *o = ${target};
#pragma omp simd
    for (int64_t x = 0; x < width; x++) o[x] ${dtype === 'bool' ? '|' : '+'}= ${load};
  }
${
  half
    ? `  for (int64_t row = r0; row < r1; row++)
    for (int64_t x = 0; x < width; x++)
      result[row * columns + c0 + x] = ${storedText(`sums[(row - r0) * ${block.columns} + x]`, dtype)};
`
    : ''
}}
`
  return { rendered: { source, phases: [{ symbol: 'KERNEL_scatter', tasks }], scratchBytes: 0 }, names }
}

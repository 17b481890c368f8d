// The matrix product for integers and double precision: a few rows of sums at a time over a block of columns.

import { type CInt, cText, type RenderedKernel } from '../rendered-kernel.ts'
import { dividedUp, timesSize } from '../task-cut.ts'
import { storedType } from '../render-expression.ts'
import type { ProductText } from './matmul-product.ts'

const rows = 8
const columns = 128
/** Multiply-adds worth a task. */
const taskWork = 1 << 17

/** C type of the sums: integers wrap, which signed arithmetic in C does not. */
export function sumTypeOf(dtype: ProductText['dtype']): string {
  if (dtype === 'f64') return 'double'
  if (dtype === 'i64') return 'uint64_t'
  return dtype === 'f32' || dtype === 'bf16' || dtype === 'f16' ? 'float' : 'uint32_t'
}

export function renderPlain(product: ProductText): RenderedKernel {
  const { m, n, k, lhs, rhs, dtype } = product
  const type = sumTypeOf(dtype)
  const stored = storedType[dtype]
  const [rowBlocks, columnBlocks] = [dividedUp(m, rows), dividedUp(n, columns)]
  const blocks: CInt = timesSize(product.batch, rowBlocks, columnBlocks)
  const perTask = typeof k === 'number' ? Math.max(1, Math.ceil(taskWork / (rows * columns * Math.max(1, k)))) : 1
  const source = `${product.operandFunctions}
${product.finishFunction}
void KERNEL_run(void *const *buf, const int64_t *dim, int64_t task) {
  (void)dim;
  ${type} sums[${rows * columns}] __attribute__((aligned(64)));
  ${type} line[${columns}] __attribute__((aligned(64)));
  for (int64_t block = task * ${perTask}; block < (task + 1) * ${perTask} && block < ${cText(blocks)}; block++) {
    const int64_t column0 = block % ${cText(columnBlocks)} * ${columns}, rest = block / ${cText(columnBlocks)};
    const int64_t row0 = rest % ${cText(rowBlocks)} * ${rows}, batch = rest / ${cText(rowBlocks)};
    const int64_t height = ${cText(m)} - row0 < ${rows} ? ${cText(m)} - row0 : ${rows};
    const int64_t width = ${cText(n)} - column0 < ${columns} ? ${cText(n)} - column0 : ${columns};
    const ${stored} *lhs = KERNEL_lhs(buf, dim, batch) + row0 * ${cText(lhs.rowStride)};
    const ${stored} *rhs = KERNEL_rhs(buf, dim, batch) + column0 * ${cText(rhs.columnStride)};
    for (int64_t i = 0; i < ${rows * columns}; i++) sums[i] = 0;
    for (int64_t p = 0; p < ${cText(k)}; p++) {
      for (int64_t j = 0; j < width; j++) line[j] = (${type})rhs[p * ${cText(rhs.rowStride)} + j * ${cText(rhs.columnStride)}];
      for (int64_t i = 0; i < height; i++) {
        const ${type} x = (${type})lhs[i * ${cText(lhs.rowStride)} + p * ${cText(lhs.columnStride)}];
        #pragma omp simd
        for (int64_t j = 0; j < width; j++) sums[i * ${columns} + j] += x * line[j];
      }
    }
    KERNEL_finish(buf, dim, batch, sums, ${columns}, row0, row0 + height, column0, column0 + width);
  }
}
`
  return { source, phases: [{ symbol: 'KERNEL_run', tasks: dividedUp(blocks, perTask) }], scratchBytes: 0 }
}

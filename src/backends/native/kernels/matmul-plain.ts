// The matrix product for integers and double precision: rows of sums over a block of columns, to which a few steps of the inner size
// are added at a time from a panel that is read in the order in which it lies in memory.

import { storedType } from '../render-expression.ts'
import { type CInt, cText, type RenderedKernel } from '../rendered-kernel.ts'
import { dividedUp, timesSize } from '../task-cut.ts'
import type { ProductText } from './matmul-product.ts'

const rows = 16
const columns = 128
/** Steps of the inner size in a panel, and how many of them pass over the sums together. */
const panelSteps = 64
const group = 4
/** Multiply-adds worth a task. */
const taskWork = 1 << 17

/** C type of the sums: integers wrap, which signed arithmetic in C does not. */
export function sumTypeOf(dtype: ProductText['dtype']): string {
  if (dtype === 'f64') return 'double'
  if (dtype === 'i64') return 'uint64_t'
  return dtype === 'f32' || dtype === 'bf16' || dtype === 'f16' ? 'float' : 'uint32_t'
}

/** Renders a product of integers or doubles. */
export function renderPlain(product: ProductText): RenderedKernel {
  const { m, n, k, lhs, rhs, dtype } = product
  const type = sumTypeOf(dtype)
  const stored = storedType[dtype]
  const [rowBlocks, columnBlocks] = [dividedUp(m, rows), dividedUp(n, columns)]
  const blocks: CInt = timesSize(product.batch, rowBlocks, columnBlocks)
  const perTask = typeof k === 'number' ? Math.max(1, Math.ceil(taskWork / (rows * columns * Math.max(1, k)))) : 1
  const [stepLoop, columnLoop] = [`for (int64_t q = 0; q < steps; q++)`, `for (int64_t j = 0; j < width; j++)`]
  const fill = rhs.rowStride === 1 ? `${columnLoop}\n        ${stepLoop}` : `${stepLoop}\n        ${columnLoop}`
  const left = (step: string) => `(${type})line[(p + ${step}) * ${cText(lhs.columnStride)}]`
  const pass = (steps: number) => {
    const terms = Array.from({ length: steps }, (_, s) => `x${s} * from[${s * columns} + j]`)
    return `${Array.from({ length: steps }, (_, s) => `const ${type} x${s} = ${left(`q + ${s}`)};`).join(' ')}
          const ${type} *from = panel + q * ${columns};
          #pragma omp simd
          ${columnLoop} to[j] = to[j] + ${terms.join(' + ')};`
  }
  const source = `${product.operandFunctions}
${product.finishFunction}
void KERNEL_run(void *const *buf, const int64_t *dim, int64_t task) {
  (void)dim;
  ${type} sums[${rows * columns}] __attribute__((aligned(64)));
  ${type} panel[${panelSteps * columns}] __attribute__((aligned(64)));
  for (int64_t block = task * ${perTask}; block < (task + 1) * ${perTask} && block < ${cText(blocks)}; block++) {
    const int64_t column0 = block % ${cText(columnBlocks)} * ${columns}, rest = block / ${cText(columnBlocks)};
    const int64_t row0 = rest % ${cText(rowBlocks)} * ${rows}, batch = rest / ${cText(rowBlocks)};
    const int64_t height = ${cText(m)} - row0 < ${rows} ? ${cText(m)} - row0 : ${rows};
    const int64_t width = ${cText(n)} - column0 < ${columns} ? ${cText(n)} - column0 : ${columns};
    const ${stored} *lhs = KERNEL_lhs(buf, dim, batch) + row0 * ${cText(lhs.rowStride)};
    const ${stored} *rhs = KERNEL_rhs(buf, dim, batch) + column0 * ${cText(rhs.columnStride)};
    for (int64_t i = 0; i < ${rows * columns}; i++) sums[i] = 0;
    for (int64_t p = 0; p < ${cText(k)}; p += ${panelSteps}) {
      const int64_t steps = ${cText(k)} - p < ${panelSteps} ? ${cText(k)} - p : ${panelSteps};
      ${fill} panel[q * ${columns} + j] = (${type})rhs[(p + q) * ${cText(rhs.rowStride)} + j * ${cText(rhs.columnStride)}];
      for (int64_t i = 0; i < height; i++) {
        const ${stored} *line = lhs + i * ${cText(lhs.rowStride)};
        ${type} *to = sums + i * ${columns};
        int64_t q = 0;
        for (; q + ${group} <= steps; q += ${group}) {
          ${pass(group)}
        }
        for (; q < steps; q++) {
          ${pass(1)}
        }
      }
    }
    KERNEL_finish(buf, dim, batch, sums, ${columns}, row0, row0 + height, column0, column0 + width);
  }
}
`
  return { source, phases: [{ symbol: 'KERNEL_run', tasks: dividedUp(blocks, perTask) }], scratchBytes: 0 }
}

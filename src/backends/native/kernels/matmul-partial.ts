// The last phase of a matrix product whose inner size was split: partial sums are added in a fixed order, then finished.

import { type CInt, cText, type KernelPhase } from '../rendered-kernel.ts'
import { dividedUp, timesSize } from '../task-cut.ts'

/** Partial sums of a product, part by part, each a row-major matrix. */
export interface PartialSums {
  /** C text: the first sum of the first part of matrix 0. */
  readonly pointer: string
  readonly parts: number
  readonly batch: CInt
  readonly m: CInt
  readonly n: CInt
  /** Floats between two rows, and between two parts. */
  readonly rowFloats: CInt
  readonly partFloats: CInt
}

/** Columns that are summed and finished at a time. */
const sumColumns = 1024

/** Floats that a task should read. */
const taskFloats = 65536

/** The function `KERNEL_sum` and its phase: a task takes some rows of one matrix. */
export function sumPhase(sums: PartialSums): { text: string; phase: KernelPhase } {
  const { parts, m, n } = sums
  const rowsPerTask = typeof n === 'number' ? Math.max(1, Math.ceil(taskFloats / (parts * n))) : 1
  const groups = dividedUp(m, rowsPerTask)
  const text = `void KERNEL_sum(void *const *buf, const int64_t *dim, int64_t task) {
  const int64_t batch = task / ${cText(groups)}, row0 = task % ${cText(groups)} * ${rowsPerTask};
  for (int64_t row = row0; row < row0 + ${rowsPerTask} && row < ${cText(m)}; row++) {
    for (int64_t column = 0; column < ${cText(n)}; column += ${sumColumns}) {
      const float *from = ${sums.pointer} + batch * ${parts} * ${cText(sums.partFloats)} + row * ${cText(sums.rowFloats)} + column;
      float total[${sumColumns}] __attribute__((aligned(64)));
      const int64_t count = ${cText(n)} - column < ${sumColumns} ? ${cText(n)} - column : ${sumColumns};
      for (int64_t j = 0; j < count; j++) total[j] = from[j];
      for (int64_t part = 1; part < ${parts}; part++)
        for (int64_t j = 0; j < count; j++) total[j] += from[part * ${cText(sums.partFloats)} + j];
      KERNEL_finish(buf, dim, batch, total, ${sumColumns}, row, row + 1, column, column + count);
    }
  }
}`
  return { text, phase: { symbol: 'KERNEL_sum', tasks: timesSize(groups, sums.batch) } }
}

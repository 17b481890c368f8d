// Renders running sums, products, maxima and minima along an axis for the native backend. The axis is walked in order; tasks own
// leading positions or blocks of the columns that lie side by side in memory.
import { elementCount, maxDim } from '../../../core/dimension.ts'
import { isFloat } from '../../../core/dtype.ts'
import type { Node } from '../../../core/graph.ts'
import type { CumulativeFunction } from '../../../core/primitives.ts'
import { KernelNames, storedText, storedType } from '../render-expression.ts'
import type { BoundKernel } from '../render-loops.ts'
import { cText } from '../rendered-kernel.ts'
import { dividedUp, taskElements, timesSize } from '../task-cut.ts'

export interface Cumulative {
  readonly input: Node
  readonly out: Node
  readonly fn: CumulativeFunction
  readonly axis: number
  /** From the end of the axis towards its start. */
  readonly reverse: boolean
}

/** Columns that are accumulated side by side. */
const columnBlock = 64

/** Renders a cumulative function; real sums and products are carried in double precision, integers wrap. */
export function renderCumulative({ input, out, fn, axis, reverse }: Cumulative): BoundKernel {
  const names = new KernelNames()
  const [from, to] = [names.buffer(input), names.buffer(out)]
  const { dtype } = out
  const real = isFloat(dtype)
  const type = storedType[dtype]
  const carried = real ? 'double' : dtype === 'u32' ? 'uint64_t' : 'int64_t'
  const length = names.size(input.shape[axis] ?? 1)
  const leading = elementCount(input.shape.slice(0, axis))
  const after = elementCount(input.shape.slice(axis + 1))
  const blocks = dividedUp(names.size(after), columnBlock)
  const units = timesSize(names.size(leading), blocks)
  const unitWork = Math.max(1, maxDim(input.shape[axis] ?? 1) * Math.min(columnBlock, maxDim(after)))
  const grain = Math.max(1, Math.floor(taskElements / 2 / unitWork))
  const loaded = dtype === 'f16' || dtype === 'bf16' ? `tn_${dtype}_to_f32(x[at])` : 'x[at]'
  const start = fn === 'prod' ? '1' : '0'
  const combined = {
    sum: real ? 'carry[c] + v' : `(${carried})((uint64_t)carry[c] + (uint64_t)v)`,
    prod: real ? 'carry[c] * v' : `(${carried})((uint64_t)carry[c] * (uint64_t)v)`,
    max: `i == 0 ? v : ${real ? 'tnd_max(carry[c], v)' : 'carry[c] > v ? carry[c] : v'}`,
    min: `i == 0 ? v : ${real ? 'tnd_min(carry[c], v)' : 'carry[c] < v ? carry[c] : v'}`,
  }
  const narrowed = dtype === 'f16' || dtype === 'bf16' ? '(float)carry[c]' : `(${type})carry[c]`
  const source = `void KERNEL_cumulative(void *const *buf, const int64_t *dim, int64_t task) {
  (void)dim;
  const int64_t length = ${cText(length)}, after = ${cText(names.size(after))}, blocks = ${cText(blocks)}, units = ${cText(units)};
  const int64_t end = (task + 1) * ${grain} < units ? (task + 1) * ${grain} : units;
  for (int64_t unit = task * ${grain}; unit < end; unit++) {
    const int64_t c0 = unit % blocks * ${columnBlock};
    const int64_t width = after - c0 < ${columnBlock} ? after - c0 : ${columnBlock};
    const ${type} *x = (const ${type} *)buf[${from}] + unit / blocks * length * after + c0;
    ${type} *y = (${type} *)buf[${to}] + unit / blocks * length * after + c0;
    ${carried} carry[${columnBlock}];
    for (int c = 0; c < ${columnBlock}; c++) carry[c] = ${start};
    for (int64_t i = 0; i < length; i++) {
      const int64_t row = ${reverse ? 'length - 1 - i' : 'i'};
#pragma omp simd
      for (int64_t c = 0; c < width; c++) {
        const int64_t at = row * after + c;
        const ${carried} v = ${loaded};
        carry[c] = ${combined[fn]};
        y[at] = ${storedText(narrowed, dtype)};
      }
    }
  }
}
`
  return { rendered: { source, phases: [{ symbol: 'KERNEL_cumulative', tasks: dividedUp(units, grain) }], scratchBytes: 0 }, names }
}

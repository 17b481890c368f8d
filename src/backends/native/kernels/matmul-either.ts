// Two kernels for one product, of which the number of rows bound at run time chooses: a few rows are streamed, many are tiled.

import { type CInt, cText, cValue, type KernelPhase, type RenderedKernel } from '../rendered-kernel.ts'

/** A choice between two sizes. */
function choose(test: RowTest, few: CInt, many: CInt): CInt {
  if (few === many) return few
  return {
    c: `(${test.c} ? ${cText(few)} : ${cText(many)})`,
    evaluate: (dims) => (test.evaluate(dims) ? cValue(few, dims) : cValue(many, dims)),
  }
}

/** Whether there are few rows: as C text over `dim`, and for the host. */
interface RowTest {
  readonly c: string
  readonly evaluate: (dims: readonly number[]) => boolean
}

/** The kernel that runs `few` where 1 ≤ rows ≤ `most`, else `many`. */
export function eitherKernel(rows: CInt, most: number, few: RenderedKernel, many: RenderedKernel): RenderedKernel {
  const test: RowTest = {
    c: `(${cText(rows)} > 0 && ${cText(rows)} <= ${most})`,
    evaluate: (dims) => cValue(rows, dims) > 0 && cValue(rows, dims) <= most,
  }
  const renamed = (text: string) => text.replaceAll('KERNEL_', 'KERNEL_few_')
  const phases: KernelPhase[] = []
  const texts: string[] = []
  for (let i = 0; i < Math.max(few.phases.length, many.phases.length); i++) {
    const [first, second] = [few.phases[i], many.phases[i]]
    const call = (symbol: string | undefined) => (symbol === undefined ? '' : `${symbol}(buf, dim, task);`)
    texts.push(`void KERNEL_phase${i}(void *const *buf, const int64_t *dim, int64_t task) {
  if ${test.c} { ${call(first && renamed(first.symbol))} }
  else { ${call(second?.symbol)} }
}`)
    phases.push({ symbol: `KERNEL_phase${i}`, tasks: choose(test, first?.tasks ?? 0, second?.tasks ?? 0) })
  }
  return {
    source: `${renamed(few.source)}${many.source}${texts.join('\n')}\n`,
    phases,
    scratchBytes: choose(test, few.scratchBytes, many.scratchBytes),
  }
}

// The comparisons of a sliding window as C text: running extremes and sums, and the first position that holds the extreme.
import type { DType } from '../../../core/dtype.ts'
import { computedType } from '../render-expression.ts'

export type WindowFunction = 'max' | 'min' | 'sum'

const isReal = (dtype: DType) => computedType[dtype] === 'float' || computedType[dtype] === 'double'

/** C's type of a running result: sums of integers wrap. */
export function runningType(fn: WindowFunction, dtype: DType): string {
  return fn === 'sum' && !isReal(dtype) ? 'uint64_t' : computedType[dtype]
}

/** What padding counts as. */
export function identityText(fn: WindowFunction, dtype: DType): string {
  if (fn === 'sum') return '0'
  if (isReal(dtype)) return fn === 'max' ? '(-__builtin_inff())' : '__builtin_inff()'
  if (dtype === 'bool') return fn === 'max' ? '0' : '1'
  const bits = { i8: 'INT8', u8: 'UINT8', i32: 'INT32', u32: 'UINT32', i64: 'INT64' } as const
  const name = dtype === 'i8' || dtype === 'u8' || dtype === 'i32' || dtype === 'u32' || dtype === 'i64' ? bits[dtype] : 'INT64'
  if (fn === 'min') return `${name}_MAX`
  return name.startsWith('U') ? '0' : `${name}_MIN`
}

/** Whether `x` takes the place of the running extreme `best`: it is beyond it, or it is the first NaN. */
export function betterText(fn: WindowFunction, dtype: DType, x: string, best: string): string {
  const beyond = `(${x} ${fn === 'min' ? '<' : '>'} ${best})`
  return isReal(dtype) ? `(${beyond} | ((${x} != ${x}) & (${best} == ${best})))` : beyond
}

/** The running result after `x`; NaN stays. */
export function combineText(fn: WindowFunction, dtype: DType, running: string, x: string): string {
  if (fn === 'sum') return `${running} + ${isReal(dtype) ? x : `(uint64_t)${x}`}`
  if (!isReal(dtype)) return `${x} ${fn === 'min' ? '<' : '>'} ${running} ? ${x} : ${running}`
  return `((${x} ${fn === 'min' ? '<' : '>'} ${running}) | (${x} != ${x})) ? ${x} : ${running}`
}

/**
 * The extreme of `taps` (C texts of loads) as `best`, and then `found`: the first of `results` whose tap holds it. Two sweeps of plain
 * selections, because a compiler does not turn a running position into vector code.
 */
export function firstExtremeLines(
  fn: WindowFunction,
  dtype: DType,
  taps: readonly string[],
  results: readonly string[],
  resultType: string,
): string[] {
  const type = computedType[dtype]
  const holds = (i: number) => (isReal(dtype) ? `((t${i} == best) | (t${i} != t${i}))` : `t${i} == best`)
  return [
    ...taps.map((tap, i) => `const ${type} t${i} = ${tap};`),
    `${type} best = t0;`,
    ...taps.slice(1).map((_, i) => `best = ${combineText(fn, dtype, 'best', `t${i + 1}`)};`),
    `${resultType} found = ${results.at(-1) ?? '0'};`,
    ...results.slice(0, -1).map((_, i) => {
      const k = results.length - 2 - i
      return `found = ${holds(k)} ? ${results[k]} : found;`
    }),
  ]
}

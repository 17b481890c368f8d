// The score of a query and a key: bias and causal mask over the scaled product. A masked score is the lowest number instead of −∞, which WGSL does
// not promise to compute with.

import { multiplyDims } from '../../../core/dimension.ts'
import type { Node } from '../../../core/graph.ts'
import { indent, type KernelNames } from '../render-expression.ts'

/** Every score at or below this is masked. */
export const masked = '-3e38f'

/**
 * Declares `fn scoreAt(batch, head, query, key, product) -> f32`, the score at positions of the whole sequences, masked beyond their ends too. It
 * uses no other names.
 */
export function scoreFunction(
  names: KernelNames,
  { time, keyTime, causal, bias }: { readonly time: string; readonly keyTime: string; readonly causal: boolean; readonly bias: Node | undefined },
): string {
  const seen = [`(query < ${time})`, `(key < ${keyTime})`]
  if (causal) seen.push(`(key <= query + ${keyTime} - ${time})`)
  const lines: string[] = []
  if (bias === undefined) lines.push('score = product;')
  else {
    const [batches, heads = 1, queries = 1, keys = 1] = bias.shape
    const plane = multiplyDims(queries, keys)
    const batch = batches === 1 ? '0' : `batch * ${names.dim(multiplyDims(heads, plane))}`
    const head = heads === 1 ? '0' : `head * ${names.dim(plane)}`
    lines.push(
      `let bias = ${names.load(bias, `${batch} + ${head} + query * ${names.dim(keys)} + key`)};`,
      // NaN is not below.
      `score = select(product + bias, ${masked}, bitcast<u32>(bias) == 0xff800000u);`,
    )
  }
  return `fn scoreAt(batch: i32, head: i32, query: i32, key: i32, product: f32) -> f32 {
  var score = ${masked};
  if (${seen.join(' & ')}) {
${indent(indent(lines)).join('\n')}
  }
  return score;
}`
}

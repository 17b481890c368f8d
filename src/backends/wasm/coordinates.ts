// Positions of sliding windows taken apart.

import { type FunctionBuilder, i32, op, type Value } from './function-builder.ts'

/** Splits a row-major position (≥ 0) into its coordinates in `sizes` and what lies outside them. */
export function coordinates(
  { fn }: { readonly fn: FunctionBuilder },
  position: Value,
  sizes: readonly number[],
): { readonly outer: Value; readonly at: readonly Value[] } {
  let rest = position
  const at: Value[] = []
  for (const size of [...sizes].reverse()) {
    const by = i32(Math.max(1, size))
    at.unshift(fn.let(op('i32.rem_u', rest, by)))
    rest = fn.let(op('i32.div_u', rest, by))
  }
  return { outer: rest, at }
}

// The register tile of a matrix product: `rows` by `vectors` accumulators that stay in registers while the inner size runs by.

/** How a tile reads its operands; strides are in floats and known when the text is made. */
export interface TileLayout {
  readonly lanes: number
  /** Stride of the left operand from row to row; undefined when packed (1), where the stride along k is the number of rows. */
  readonly lhsRowStride: number | undefined
  readonly lhsInnerStride: number | undefined
  /** Stride of the right operand along k; undefined when packed, where it is the panel's width. */
  readonly rhsInnerStride: number | undefined
  /** Stride from row to row of the block that receives the product. */
  readonly resultStride: number
}

/**
 * `void NAME(const float *a, const float *b, float *c, int64_t k, int64_t first)`: writes (`first`) or adds to the tile at `c`.
 * The products of a column of `a` and a row of `b` are fused multiply-adds with the element of `a` broadcast from memory.
 */
export function tileText(name: string, rows: number, vectors: number, layout: TileLayout): string {
  const { lanes, resultStride } = layout
  const rowStride = layout.lhsRowStride ?? 1
  const lhsStep = layout.lhsInnerStride ?? rows
  const rhsStep = layout.rhsInnerStride ?? vectors * lanes
  const every = (make: (row: number, vector: number) => string): string => {
    const lines: string[] = []
    for (let row = 0; row < rows; row++) {
      lines.push(`  ${Array.from({ length: vectors }, (_, vector) => make(row, vector)).join(' ')}`)
    }
    return lines.join('\n')
  }
  const loads = Array.from({ length: vectors }, (_, v) => `const KERNEL_v b${v} = *(const KERNEL_v *)(b + ${v * lanes});`)
  const products: string[] = []
  for (let row = 0; row < rows; row++) {
    const updates = Array.from({ length: vectors }, (_, v) => `c${row}_${v} += x * b${v};`)
    products.push(`    { const KERNEL_v x = a[${row * rowStride}] - zero; ${updates.join(' ')} }`)
  }
  const at = (row: number, vector: number) => `*(KERNEL_v *)(c + ${row * resultStride + vector * lanes})`
  return `static __attribute__((noinline)) void ${name}(const float *restrict a, const float *restrict b, float *restrict c, int64_t k, int64_t first) {
  const KERNEL_v zero = {0};
${every((row, vector) => `KERNEL_v c${row}_${vector} = zero;`)}
#pragma GCC unroll 4
  for (int64_t p = 0; p < k; p++) {
    ${loads.join('\n    ')}
${products.join('\n')}
    a += ${lhsStep};
    b += ${rhsStep};
  }
  if (!first) {
${every((row, vector) => `c${row}_${vector} += ${at(row, vector)};`)}
  }
${every((row, vector) => `${at(row, vector)} = c${row}_${vector};`)}
}`
}

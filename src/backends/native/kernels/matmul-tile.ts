// The register tile of a matrix product: `rows` by `vectors` accumulators that stay in registers while the inner size runs by.

/** A register tile. */
export interface Tile {
  readonly rows: number
  readonly vectors: number
  readonly lanes: number
  /** Strides, in floats, of the left operand from row to row and along the inner size; a packed panel has 1 and `rows`. */
  readonly lhsRowStride: number
  readonly lhsInnerStride: number
}

/**
 * `NAME(a, b, ldb, c, ldc, k, first)`: writes (`first`) or adds the tile's sums over k to `c`. The right operand's rows are `ldb`
 * floats apart, the result's `ldc`. Every element of `a` is broadcast from memory, so it costs no shuffle.
 */
export function tileText(name: string, tile: Tile): string {
  const { rows, vectors, lanes, lhsRowStride, lhsInnerStride } = tile
  const every = (make: (row: number, vector: number) => string): string =>
    Array.from({ length: rows }, (_, row) => `  ${Array.from({ length: vectors }, (_, vector) => make(row, vector)).join(' ')}`).join('\n')
  const loads = Array.from({ length: vectors }, (_, v) => `const KERNEL_v b${v} = *(const KERNEL_v *)(b + ${v * lanes});`)
  const products = Array.from({ length: rows }, (_, row) => {
    const updates = Array.from({ length: vectors }, (_, v) => `c${row}_${v} += x * b${v};`)
    return `    { const KERNEL_v x = a[${row * lhsRowStride}] - zero; ${updates.join(' ')} }`
  })
  const at = (row: number, vector: number) => `*(KERNEL_v *)(c + ${row} * ldc + ${vector * lanes})`
  // Two steps a turn: the loop's own instructions vanish, and more steps only make the text longer to compile.
  const unroll = rows * vectors >= 16 ? 2 : 4
  return `static __attribute__((noinline)) void ${name}(const float *restrict a, const float *restrict b, int64_t ldb, float *restrict c, int64_t ldc, int64_t k, int64_t first) {
  const KERNEL_v zero = {0};
${every((row, vector) => `KERNEL_v c${row}_${vector} = zero;`)}
#pragma GCC unroll ${unroll}
  for (int64_t p = 0; p < k; p++) {
    ${loads.join('\n    ')}
${products.join('\n')}
    a += ${lhsInnerStride};
    b += ldb;
  }
  if (!first) {
${every((row, vector) => `c${row}_${vector} += ${at(row, vector)};`)}
  }
${every((row, vector) => `${at(row, vector)} = c${row}_${vector};`)}
}`
}

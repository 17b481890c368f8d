// The register tile of a filter gradient: `rows` taps or channels by `vectors` vectors of filters, summed over rows of pixels.

export interface FilterTile {
  /** Offsets of the source values that meet each pixel, in floats; one row of the tile each. */
  readonly offsets: readonly number[]
  readonly vectors: number
  readonly lanes: number
  /** Floats from one pixel to the next. */
  readonly sourceStride: number
  readonly gradientStride: number
  /** Floats between rows of the sums. */
  readonly resultStride: number
}

/**
 * `void NAME(const float *a, const float *b, float *c, const KERNEL_pixels *rows, int64_t count, int64_t first)`: for every pixel of `count`
 * rows, the source values at `a + rows[i].source` meet the filters at `b + rows[i].gradient`. Writes (`first`) or adds.
 */
export function filterTileText(name: string, tile: FilterTile): string {
  const { offsets, vectors, lanes, sourceStride, gradientStride, resultStride } = tile
  const every = (make: (row: number, vector: number) => string): string[] =>
    offsets.map((_, row) => `  ${Array.from({ length: vectors }, (_, vector) => make(row, vector)).join(' ')}`)
  const at = (row: number, vector: number) => `*(KERNEL_v *)(c + ${row * resultStride + vector * lanes})`
  return [
    `static __attribute__((noinline)) void ${name}(const float *restrict a, const float *restrict b, float *restrict c, const KERNEL_pixels *rows, int64_t count, int64_t first) {`,
    '  const KERNEL_v zero = {0};',
    ...every((row, vector) => `KERNEL_v c${row}_${vector} = zero;`),
    '  for (int64_t i = 0; i < count; i++) {',
    '    const float *s = a + rows[i].source;',
    '    const float *g = b + rows[i].gradient;',
    '#pragma GCC unroll 2',
    '    for (int64_t p = 0; p < rows[i].length; p++) {',
    `      ${Array.from({ length: vectors }, (_, v) => `const KERNEL_v b${v} = *(const KERNEL_v *)(g + ${v * lanes});`).join(' ')}`,
    ...offsets.map((offset, row) => {
      const updates = Array.from({ length: vectors }, (_, v) => `c${row}_${v} += x * b${v};`)
      return `      { const KERNEL_v x = s[${offset}] - zero; ${updates.join(' ')} }`
    }),
    `      s += ${sourceStride};`,
    `      g += ${gradientStride};`,
    '    }',
    '  }',
    '  if (!first) {',
    ...every((row, vector) => `c${row}_${vector} += ${at(row, vector)};`),
    '  }',
    ...every((row, vector) => `${at(row, vector)} = c${row}_${vector};`),
    '}',
  ].join('\n')
}

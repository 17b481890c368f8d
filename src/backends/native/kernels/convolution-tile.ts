// The register tile of a convolution: `rows` neighbouring result positions by `vectors` vectors of filters, summed over runs of the source.

/** What the text of a tile needs to know. */
export interface ConvolutionTile {
  readonly rows: number
  readonly vectors: number
  readonly lanes: number
  /** Floats from one result position's source to the next one's. */
  readonly rowStride: number
  /** Floats between rows of the block that receives the sums. */
  readonly resultStride: number
  /** The runs, where they are few enough to be written out. */
  readonly fixed: { readonly offsets: readonly number[]; readonly run: number } | undefined
  /** Taps inside a run, each of `run` floats, that only some of the rows take part in; the others' source would be padding. */
  readonly trims: readonly Trim[] | undefined
}

/** One tap of a run: where its source begins, and the rows `from` ≤ row < `to` that have one. */
export interface Trim {
  readonly offset: number
  readonly from: number
  readonly to: number
}

/**
 * `void NAME(const float *a, const float *b, float *c, const int32_t *offsets, int64_t runs, int64_t run, int64_t first)`: for each run,
 * `run` floats of the source from `a + offsets[i]` meet as many rows of filters at `b`, which follow each other. Writes (`first`) or adds.
 */
export function convolutionTileText(name: string, tile: ConvolutionTile): string {
  const { rows, vectors, lanes, rowStride, resultStride, fixed, trims } = tile
  const width = vectors * lanes
  const every = (make: (row: number, vector: number) => string): string[] =>
    Array.from({ length: rows }, (_, row) => `  ${Array.from({ length: vectors }, (_, vector) => make(row, vector)).join(' ')}`)
  const step = (source: string, sourceOffset: number, filterOffset: number, from = 0, to = rows): string[] => [
    Array.from({ length: vectors }, (_, v) => `const KERNEL_v b${v} = *(const KERNEL_v *)(b + ${filterOffset + v * lanes});`).join(' '),
    ...Array.from({ length: to - from }, (_, i) => {
      const row = from + i
      const updates = Array.from({ length: vectors }, (_, v) => `c${row}_${v} += x * b${v};`)
      return `{ const KERNEL_v x = ${source}[${sourceOffset + row * rowStride}] - zero; ${updates.join(' ')} }`
    }),
  ]
  const loop = (start: string, from = 0, to = rows): string[] => [
    `    const float *s = ${start};`,
    '#pragma GCC unroll 2',
    '    for (int64_t p = 0; p < run; p++) {',
    ...step('s', 0, 0, from, to).map((line) => `      ${line}`),
    '      s++;',
    `      b += ${width};`,
    '    }',
  ]
  const runs = trims?.flatMap(({ offset, from, to }) =>
    from >= to ? [`    b += run * ${width};`] : ['    {', ...loop(`a + offsets[i] + ${offset}`, from, to), '    }'],
  )
  const sums =
    fixed === undefined
      ? ['  for (int64_t i = 0; i < runs; i++) {', ...(runs ?? loop('a + offsets[i]')), '  }']
      : fixed.offsets.flatMap((offset, i) =>
          Array.from({ length: fixed.run }, (_, p) => [
            '  {',
            ...step('a', offset + p, (i * fixed.run + p) * width).map((line) => `    ${line}`),
            '  }',
          ]).flat(),
        )
  const at = (row: number, vector: number) => `*(KERNEL_v *)(c + ${row * resultStride + vector * lanes})`
  return [
    `static __attribute__((noinline)) void ${name}(const float *restrict a, const float *restrict b, float *restrict c, const int32_t *offsets, int64_t runs, int64_t run, int64_t first) {`,
    '  const KERNEL_v zero = {0};',
    ...every((row, vector) => `KERNEL_v c${row}_${vector} = zero;`),
    ...sums,
    '  if (!first) {',
    ...every((row, vector) => `c${row}_${vector} += ${at(row, vector)};`),
    '  }',
    ...every((row, vector) => `${at(row, vector)} = c${row}_${vector};`),
    '}',
  ].join('\n')
}

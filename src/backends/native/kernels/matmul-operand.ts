// The operands of a tiled matrix product as C text: vector types, loads that widen half precisions to float, and the routine that
// packs a panel. A panel holds, for each step of the inner size, the rows (or columns) of one register tile side by side, so that
// the tile reads memory in order whatever the operand's strides are.

import type { DType } from '../../../core/dtype.ts'
import type { Target } from '../rendered-kernel.ts'

/** Element types that are computed in float. */
export type FloatType = 'f32' | 'bf16' | 'f16'

/** Whether products of `dtype` are summed in float. */
export function isFloatType(dtype: DType): dtype is FloatType {
  return dtype === 'f32' || dtype === 'bf16' || dtype === 'f16'
}

/** Lanes of float in a vector. */
export function lanesOf(target: Target): number {
  return target.vectorBytes / 4
}

/** The float at a C lvalue of stored type `dtype`. */
export function loadScalar(dtype: FloatType, element: string): string {
  return dtype === 'f32' ? element : `tn_${dtype}_to_f32(${element})`
}

/** The vector of floats stored from address `pointer` on. */
export function loadVector(dtype: FloatType, pointer: string): string {
  return dtype === 'f32' ? `*(const KERNEL_v *)(${pointer})` : `KERNEL_load_${dtype}(${pointer})`
}

/** Vector types and, for half precisions, the widening load. */
export function vectorText(target: Target, dtype: FloatType): string {
  const parts = [
    `typedef float KERNEL_v __attribute__((vector_size(${target.vectorBytes}), aligned(4), may_alias));
typedef uint32_t KERNEL_u __attribute__((vector_size(${target.vectorBytes}), aligned(4), may_alias));`,
  ]
  if (dtype !== 'f32') parts.push(`typedef uint16_t KERNEL_h __attribute__((vector_size(${target.vectorBytes / 2}), aligned(2), may_alias));`)
  if (dtype === 'bf16') {
    parts.push(`static inline KERNEL_v KERNEL_load_bf16(const uint16_t *p) {
  return (KERNEL_v)(__builtin_convertvector(*(const KERNEL_h *)p, KERNEL_u) << 16);
}`)
  }
  if (dtype === 'f16') {
    // The exponent is rebased by one multiplication, which also normalises subnormals.
    parts.push(`static inline KERNEL_v KERNEL_load_f16(const uint16_t *p) {
  const KERNEL_u x = __builtin_convertvector(*(const KERNEL_h *)p, KERNEL_u);
  const KERNEL_u magnitude = (x & 0x7fff) << 13;
  const KERNEL_u special = (KERNEL_u)(magnitude >= 0x0f800000u) & 0x7f800000u;
  return (KERNEL_v)((KERNEL_u)((KERNEL_v)magnitude * 0x1p112f) | special | (x & 0x8000) << 16);
}`)
  }
  return parts.join('\n')
}

/**
 * `KERNEL_transpose(r)`: the transpose of a square of vectors. Two rounds transpose the 4×4 squares inside each 128-bit group, where
 * shuffles are cheapest; the others move whole groups.
 */
export function transposeText(lanes: number): string {
  const groups = lanes / 4
  /** Lanes of the result within each group: 0–3 from the first vector, 4–7 from the second. */
  const inGroups = (picks: readonly number[]) =>
    Array.from({ length: lanes }, (_, lane) => {
      const pick = picks[lane % 4] ?? 0
      return (pick < 4 ? 0 : lanes) + lane - (lane % 4) + (pick % 4)
    })
  const everySecondGroup = (first: number) =>
    Array.from({ length: lanes }, (_, lane) => {
      const group = 2 * Math.floor(lane / 4) + first
      return 4 * group + (lane % 4)
    })
  const shuffles: readonly (readonly [string, readonly number[]])[] = [
    ['LOW', inGroups([0, 4, 1, 5])],
    ['HIGH', inGroups([2, 6, 3, 7])],
    ['LEFT', inGroups([0, 1, 4, 5])],
    ['RIGHT', inGroups([2, 3, 6, 7])],
    ...(groups > 1
      ? ([
          ['EVEN', everySecondGroup(0)],
          ['ODD', everySecondGroup(1)],
        ] as const)
      : []),
  ]
  const lines: string[] = []
  const shuffle = (name: string, x: string, y: string): string => {
    lines.push(`  const KERNEL_v t${lines.length} = KERNEL_${name}(${x}, ${y});`)
    return `t${lines.length - 1}`
  }
  // rows[group][c]: column c of each 4×4 square of the group's four rows.
  let rows = Array.from({ length: groups }, (_, group) => {
    const [a, b, c, d] = [0, 1, 2, 3].map((i) => `r[${4 * group + i}]`)
    if (a === undefined || b === undefined || c === undefined || d === undefined) return []
    const [lowLeft, highLeft] = [shuffle('LOW', a, b), shuffle('HIGH', a, b)]
    const [lowRight, highRight] = [shuffle('LOW', c, d), shuffle('HIGH', c, d)]
    return [
      shuffle('LEFT', lowLeft, lowRight),
      shuffle('RIGHT', lowLeft, lowRight),
      shuffle('LEFT', highLeft, highRight),
      shuffle('RIGHT', highLeft, highRight),
    ]
  })
  for (let done = 1; done < groups; done *= 2) {
    const pair = (name: string, from: number) => [0, 1, 2, 3].map((c) => shuffle(name, rows[from]?.[c] ?? '', rows[from + 1]?.[c] ?? ''))
    const [even, odd] = (['EVEN', 'ODD'] as const).map((name) => Array.from({ length: groups / 2 }, (_, h) => pair(name, 2 * h)))
    rows = [...(even ?? []), ...(odd ?? [])]
  }
  const results = rows.flatMap((row, group) => row.map((text, c) => `  r[${4 * group + c}] = ${text};`))
  const macros = (make: (name: string, picks: readonly number[]) => string) => shuffles.map(([name, picks]) => make(name, picks)).join('\n')
  return `#if defined(__clang__)
${macros((name, picks) => `#define KERNEL_${name}(x, y) __builtin_shufflevector(x, y, ${picks.join(', ')})`)}
#else
${macros((name, picks) => `#define KERNEL_${name}(x, y) __builtin_shuffle(x, y, (KERNEL_u){${picks.join(', ')}})`)}
#endif
static inline __attribute__((always_inline)) void KERNEL_transpose(KERNEL_v *r) {
${lines.join('\n')}
${results.join('\n')}
}`
}

/** How an operand lies in memory, as far as packing cares: `across` between the lines of a panel, `along` the inner size. */
export type PanelOrder = 'across' | 'along' | 'any'

/**
 * `NAME(s, d, k, count, width, across, along)`: `d[p * width + i] = s[i * across + p * along]` for `i < count`; what lies in the
 * panel's lines from `count` on is unspecified: their products are never read. Up to one vector beyond the panel may be written.
 * `contiguous` says which of the two strides is 1.
 */
export function packText(name: string, dtype: FloatType, contiguous: PanelOrder, lanes: number): string {
  const type = dtype === 'f32' ? 'float' : 'uint16_t'
  const open = `static __attribute__((noinline)) void ${name}(const ${type} *restrict s, float *restrict d, int64_t k, int64_t count, int64_t width, int64_t across, int64_t along) {`
  const element = (i: string, p: string) => loadScalar(dtype, `s[${i} * across + ${p} * along]`)
  switch (contiguous) {
    case 'across':
      // Whole vectors, also where the panel is narrower: what is read too much lies in the operand as long as a further line follows.
      return `${open}
  (void)across;
  const int64_t whole = (width + ${lanes - 1}) / ${lanes} * ${lanes};
  int64_t p = 0;
  if (whole <= along + count) {
    for (; p < k - 1; p++) {
      for (int64_t i = 0; i < whole; i += ${lanes}) {
        __builtin_prefetch(s + (p + 16) * along + i);
        *(KERNEL_v *)(d + p * width + i) = ${loadVector(dtype, 's + p * along + i')};
      }
    }
  }
  for (; p < k; p++) {
    for (int64_t i = 0; i < count; i++) d[p * width + i] = ${loadScalar(dtype, 's[p * along + i]')};
    for (int64_t i = count; i < width; i++) d[p * width + i] = 0.0f;
  }
}`
    case 'along':
      // Squares of vectors are transposed; a narrow panel's overlapping stores are overwritten by the next line's.
      return `${open}
  (void)along;
  int64_t p = 0;
  for (; p + ${lanes} <= k; p += ${lanes}) {
    for (int64_t first = (width - 1) / ${lanes} * ${lanes}; first >= 0; first -= ${lanes}) {
      KERNEL_v r[${lanes}];
#pragma GCC unroll ${lanes}
      for (int64_t i = 0; i < ${lanes}; i++) r[i] = first + i < count ? ${loadVector(dtype, 's + (first + i) * across + p')} : (KERNEL_v){0};
      KERNEL_transpose(r);
#pragma GCC unroll ${lanes}
      for (int64_t q = 0; q < ${lanes}; q++) *(KERNEL_v *)(d + (p + q) * width + first) = r[q];
    }
  }
  for (int64_t rest = k % ${lanes}; rest > 0; rest--, p++) {
    for (int64_t i = 0; i < count; i++) d[p * width + i] = ${loadScalar(dtype, 's[i * across + p]')};
    for (int64_t i = count; i < width; i++) d[p * width + i] = 0.0f;
  }
}`
    case 'any':
      return `${open}
  for (int64_t p = 0; p < k; p++) {
    for (int64_t i = 0; i < count; i++) d[p * width + i] = ${element('i', 'p')};
    for (int64_t i = count; i < width; i++) d[p * width + i] = 0.0f;
  }
}`
  }
}

/**
 * `KERNEL_pack_panels(s, d, k, count, along)`: packs neighbouring panels of `width` lines at once, `count` lines in all, from rows
 * `along` apart. Each row is read in one piece, so that a page of memory is visited once for several panels.
 */
export function packPanelsText(dtype: FloatType, width: number, lanes: number): string {
  const type = dtype === 'f32' ? 'float' : 'uint16_t'
  const copies = Array.from({ length: width / lanes }, (_, v) => `*(KERNEL_v *)(to + ${v * lanes}) = ${loadVector(dtype, `r + i + ${v * lanes}`)};`)
  const line = dtype === 'f32' ? 16 : 32
  return `static __attribute__((noinline)) void KERNEL_pack_panels(const ${type} *restrict s, float *restrict d, int64_t k, int64_t count, int64_t along) {
  for (int64_t p = 0; p < k; p++) {
    const ${type} *r = s + p * along;
    float *to = d + p * ${width};
    for (int64_t i = 0; i < count; i += ${line}) __builtin_prefetch(r + 8 * along + i);
    int64_t i = 0;
    for (; i + ${width} <= count; i += ${width}, to += k * ${width}) {
      ${copies.join('\n      ')}
    }
    for (int64_t j = 0; i < count; i++, j++) to[j] = ${loadScalar(dtype, 'r[i]')};
  }
}`
}

// The C text that fused attention and its gradient share: reading the inputs, small register-tiled products, a vectorised exponential,
// and the sizes of the blocks. Vectors run along queries (or along headDim), so keys and values are read where they lie, without packing.
import { cText, cValue, type CInt, type Target } from '../rendered-kernel.ts'

/** Where an operand lies: an index into `buf`, and element strides; the stride of headDim is 1. */
export interface AttentionInput {
  readonly buffer: number
  readonly offset: CInt
  readonly batchStride: CInt
  readonly timeStride: CInt
  readonly headStride: CInt
}

/** An f32 term added to the scaled scores; a stride of 0 broadcasts. */
export interface AttentionBias {
  readonly buffer: number
  readonly batchStride: CInt
  readonly headStride: CInt
  readonly queryStride: CInt
  readonly keyStride: CInt
}

/** The sizes of an attention: q `[batch, time, heads, headDim]`, k and v `[batch, keyTime, kvHeads, headDim]`. */
export interface AttentionSpec {
  readonly batch: CInt
  readonly time: CInt
  readonly keyTime: CInt
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly scale: number
  /** Query `i` sees the keys `j ≤ i + (keyTime − time)`. */
  readonly causal: boolean
  readonly bias?: AttentionBias
}

/** Sizes that both kernels are cut by. */
export interface AttentionBlocks {
  readonly lanes: number
  /** Queries of a block: one task's unit forward. */
  readonly queries: number
  /** Keys of a block. */
  readonly keys: number
  /** headDim rounded up to whole vectors. */
  readonly paddedDim: number
}

/** Chooses block sizes; throws where the numbers of heads or headDim cannot be served. */
export function attentionBlocks(where: string, spec: AttentionSpec, target: Target): AttentionBlocks {
  const { heads, kvHeads, headDim } = spec
  if (kvHeads < 1 || heads % kvHeads !== 0) {
    throw new Error(`${where}: expected heads to be a multiple of kvHeads, received ${heads} and ${kvHeads}. Repeat or drop heads.`)
  }
  if (headDim < 1 || headDim > 1024) {
    throw new Error(`${where}: expected headDim from 1 to 1024, received ${headDim}. Use more heads, or matrix products and a softmax.`)
  }
  const lanes = target.vectorBytes / 4
  const queries = headDim <= 256 ? (spec.causal ? 32 : 64) : headDim <= 512 ? 32 : 16
  return { lanes, queries, keys: 64, paddedDim: Math.ceil(headDim / lanes) * lanes }
}

/** Combines sizes that may be symbolic: `c` receives their C texts, `evaluate` their values. */
export function combineSizes(sizes: readonly CInt[], c: (texts: readonly string[]) => string, evaluate: (values: readonly number[]) => number): CInt {
  if (sizes.every((size) => typeof size === 'number')) return evaluate(sizes.map((size) => cValue(size, [])))
  return { c: c(sizes.map(cText)), evaluate: (dims) => evaluate(sizes.map((size) => cValue(size, dims))) }
}

/** A C floating-point literal, infinities included. */
export function floatLiteral(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`attention: expected a finite scale, received ${value}. Use 1/√headDim.`)
  const text = String(Math.fround(value))
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`
}

/** The pointer to element `[batch b, time 0, head, 0]` of an operand. */
export function operandPointer(input: AttentionInput, head: string): string {
  return (
    `(float *)buf[${input.buffer}] + (int64_t)(${cText(input.offset)}) + b * (int64_t)(${cText(input.batchStride)})` +
    ` + (${head}) * (int64_t)(${cText(input.headStride)})`
  )
}

/** C that adds the bias to a block of transposed scores `s[key][query]`; empty without a bias. */
export function biasText(spec: AttentionSpec, queries: number): string {
  const { bias } = spec
  if (bias === undefined) return ''
  return `
    {
      const float *bias = (const float *)buf[${bias.buffer}]
        + b * (int64_t)(${cText(bias.batchStride)})
        + h * (int64_t)(${cText(bias.headStride)})
        + i0 * (int64_t)(${cText(bias.queryStride)}) + j0 * (int64_t)(${cText(bias.keyStride)});
      for (int64_t j = 0; j < nj; j++)
        for (int64_t i = 0; i < ni; i++)
          s[j * ${queries} + i] += bias[i * (int64_t)(${cText(bias.queryStride)}) + j * (int64_t)(${cText(bias.keyStride)})];
    }`
}

/** C that hides the keys above the causal diagonal in a block of transposed scores; empty where attention is not causal. */
export function causalMaskText(spec: AttentionSpec, queries: number): string {
  if (!spec.causal) return ''
  return `
    for (int64_t j = 0; j < nj; j++) {
      int64_t hidden = j0 + j - shift - i0;
      if (hidden > ${queries}) hidden = ${queries};
      for (int64_t i = 0; i < hidden; i++) s[j * ${queries} + i] = -__builtin_inff();
    }`
}

/**
 * Types, exponential and products.
 * `KERNEL_rows` takes A by rows (`a[m * stride + p]`), `KERNEL_columns` by columns (`a[p * stride + m]`).
 */
export function tilesText(target: Target): string {
  const lanes = target.vectorBytes / 4
  const tileRows = target.vectorRegisters === 32 ? 8 : 4
  const tileVectors = 2
  const parts: string[] = [
    `
typedef float KERNEL_vec __attribute__((vector_size(${target.vectorBytes}), aligned(4), may_alias));
typedef int32_t KERNEL_ivec __attribute__((vector_size(${target.vectorBytes}), aligned(4), may_alias));
#define KERNEL_L ${lanes}
static inline __attribute__((always_inline)) KERNEL_vec KERNEL_select(KERNEL_ivec mask, KERNEL_vec yes, KERNEL_vec no) {
  return (KERNEL_vec)(((KERNEL_ivec)yes & mask) | ((KERNEL_ivec)no & ~mask));
}
/* exp for x <= 88: 2^n times a polynomial on [-ln2/2, ln2/2]; results below the smallest normal number are 0. */
static inline __attribute__((always_inline)) KERNEL_vec KERNEL_exp(KERNEL_vec x) {
  KERNEL_ivec small = x < -87.3f;
  KERNEL_vec y = KERNEL_select(small, (KERNEL_vec){0} - 87.3f, x);
  KERNEL_vec t = y * 1.44269504f + 12582912.0f;
  KERNEL_vec n = t - 12582912.0f;
  KERNEL_vec r = y - n * 0.693145752f;
  r = r - n * 1.42860677e-6f;
  KERNEL_vec p = r * 1.38888889e-3f + 8.33333333e-3f;
  p = p * r + 4.16666667e-2f;
  p = p * r + 0.166666667f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  KERNEL_vec power = (KERNEL_vec)(((KERNEL_ivec)t + 127) << 23);
  return KERNEL_select(small, (KERNEL_vec){0}, p * power);
}`,
  ]
  const rowCounts = [8, 4, 2, 1].filter((count) => count <= tileRows)
  for (const order of ['rows', 'columns']) {
    for (const rows of rowCounts) {
      for (let vectors = tileVectors; vectors >= 1; vectors--) parts.push(tileText(order, rows, vectors))
    }
    const panel = (vectors: number): string => `    int64_t m = 0;
${rowCounts
  .map(
    (rows) =>
      `    for (; m + ${rows} <= rows; m += ${rows}) KERNEL_${order}_${rows}x${vectors}(k, a + m${order === 'rows' ? ' * stride' : ''}, stride,` +
      ` b + n * KERNEL_L, ldb, c + m * ldc + n * KERNEL_L, ldc, accumulate);`,
  )
  .join('\n')}`
    parts.push(`
static void KERNEL_${order}(int64_t rows, int64_t vectors, int64_t k, const float *a, int64_t stride, const float *b, int64_t ldb,
  float *c, int64_t ldc, int accumulate) {
  int64_t n = 0;
  for (; n + ${tileVectors} <= vectors; n += ${tileVectors}) {
${panel(tileVectors)}
  }
  for (; n < vectors; n++) {
${panel(1)}
  }
}`)
  }
  return parts.join('\n')
}

function tileText(order: string, rows: number, vectors: number): string {
  const rowIndices = Array.from({ length: rows }, (_, row) => row)
  const vectorIndices = Array.from({ length: vectors }, (_, vector) => vector)
  const cells = rowIndices.flatMap((row) => vectorIndices.map((vector) => ({ row, vector, name: `c${row}_${vector}` })))
  const at = (row: number, vector: number): string => `*(KERNEL_vec *)(c + ${row} * ldc + ${vector} * KERNEL_L)`
  const scalar = (row: number): string => (order === 'rows' ? `a${row}[p]` : `a[${row}]`)
  return `
static void KERNEL_${order}_${rows}x${vectors}(int64_t k, const float *a, int64_t stride, const float *b, int64_t ldb,
  float *c, int64_t ldc, int accumulate) {
  KERNEL_vec ${cells.map(({ name }) => `${name} = {0}`).join(', ')};
  if (accumulate) {
    ${cells.map(({ name, row, vector }) => `${name} = ${at(row, vector)};`).join(' ')}
  }
${order === 'rows' ? `  const float ${rowIndices.map((row) => `*a${row} = a + ${row} * stride`).join(', ')};\n` : ''}  for (int64_t p = 0; p < k; p++) {
    const KERNEL_vec ${vectorIndices.map((vector) => `b${vector} = *(const KERNEL_vec *)(b + ${vector} * KERNEL_L)`).join(', ')};
    ${cells.map(({ name, row, vector }) => `${name} += ${scalar(row)} * b${vector};`).join(' ')}
    b += ldb;${order === 'rows' ? '' : '\n    a += stride;'}
  }
  ${cells.map(({ name, row, vector }) => `${at(row, vector)} = ${name};`).join(' ')}
}`
}

// The operands of a matrix product as C text: pointers, strides, and vector loads that widen half precisions to float.
import { cText, type CInt, type Target } from '../rendered-kernel.ts'

/** One matrix of each batch: where it begins, and the element strides of its rows and columns. */
export interface MatmulOperand {
  /** Index into `buf`. */
  readonly buffer: number
  readonly dtype: 'f32' | 'bf16' | 'f16'
  /** C text: the element offset of the matrix of batch `batch`. */
  readonly offset: (batch: string) => string
  readonly rowStride: CInt
  readonly columnStride: CInt
}

/** The matrix with rows and columns exchanged. */
export function transposed(operand: MatmulOperand): MatmulOperand {
  return { ...operand, rowStride: operand.columnStride, columnStride: operand.rowStride }
}

export function elementType(operand: MatmulOperand): string {
  return operand.dtype === 'f32' ? 'float' : 'uint16_t'
}

/** A declaration of `name` as the pointer to the first element of the matrix of `batch`. */
export function declarePointer(name: string, operand: MatmulOperand, batch: string): string {
  const type = elementType(operand)
  return `const ${type} *${name} = (const ${type} *)buf[${operand.buffer}] + (int64_t)(${operand.offset(batch)});`
}

/** The float at a C lvalue of the operand's stored type. */
export function loadScalar(operand: MatmulOperand, element: string): string {
  return operand.dtype === 'f32' ? element : `KERNEL_${operand.dtype}(${element})`
}

/** The vector of floats stored from address `pointer` on. */
export function loadVector(operand: MatmulOperand, pointer: string): string {
  return operand.dtype === 'f32' ? `*(const KERNEL_v *)(${pointer})` : `KERNEL_load_${operand.dtype}(${pointer})`
}

/** `index · stride` as C text, without noise for 1 and 0. */
export function strideTimes(index: string, stride: CInt): string {
  return stride === 1 ? `(${index})` : `(${index}) * (int64_t)(${cText(stride)})`
}

/** Vector types, conversions of the dtypes in use, and the transpose of a square of vectors. */
export function vectorText(target: Target, dtypes: ReadonlySet<MatmulOperand['dtype']>): string {
  const lanes = target.vectorBytes / 4
  const halves = target.vectorBytes / 2
  const parts = [
    `typedef float KERNEL_v __attribute__((vector_size(${target.vectorBytes}), aligned(4), may_alias));
typedef int32_t KERNEL_i __attribute__((vector_size(${target.vectorBytes}), aligned(4), may_alias));
typedef uint32_t KERNEL_u __attribute__((vector_size(${target.vectorBytes}), aligned(4), may_alias));
typedef uint16_t KERNEL_h __attribute__((vector_size(${halves}), aligned(2), may_alias));`,
  ]
  if (dtypes.has('bf16')) {
    parts.push(`static inline float KERNEL_bf16(uint16_t x) {
  union { uint32_t bits; float value; } u = {(uint32_t)x << 16};
  return u.value;
}
static inline KERNEL_v KERNEL_load_bf16(const uint16_t *p) {
  return (KERNEL_v)(__builtin_convertvector(*(const KERNEL_h *)p, KERNEL_u) << 16);
}`)
  }
  if (dtypes.has('f16')) {
    parts.push(`static inline float KERNEL_f16(uint16_t x) {
  union { uint32_t bits; float value; } u = {(uint32_t)(x & 0x7fff) << 13};
  const uint32_t special = u.bits >= 0x0f800000u ? 0x7f800000u : 0u;
  u.value *= 0x1p112f;
  u.bits |= special | (uint32_t)(x & 0x8000) << 16;
  return u.value;
}
static inline KERNEL_v KERNEL_load_f16(const uint16_t *p) {
  const KERNEL_u x = __builtin_convertvector(*(const KERNEL_h *)p, KERNEL_u);
  const KERNEL_u magnitude = (x & 0x7fff) << 13;
  const KERNEL_u special = (KERNEL_u)(magnitude >= 0x0f800000u) & 0x7f800000u;
  return (KERNEL_v)((KERNEL_u)((KERNEL_v)magnitude * 0x1p112f) | special | (x & 0x8000) << 16);
}`)
  }
  return `${parts.join('\n')}\n${transposeText(lanes)}`
}

/** A square of vectors transposed in log₂(lanes) rounds, each of which interleaves vector i with vector i + lanes/2. */
function transposeText(lanes: number): string {
  const half = lanes / 2
  const low = Array.from({ length: lanes }, (_, lane) => (lane >> 1) + (lane % 2) * lanes).join(', ')
  const high = Array.from({ length: lanes }, (_, lane) => half + (lane >> 1) + (lane % 2) * lanes).join(', ')
  const lines: string[] = []
  for (let round = 0; 1 << round < lanes; round++) {
    const [from, to] = round % 2 === 0 ? ['r', 't'] : ['t', 'r']
    for (let n = 0; n < half; n++) {
      lines.push(`  ${to}[${2 * n}] = KERNEL_LOW(${from}[${n}], ${from}[${n + half}]);`)
      lines.push(`  ${to}[${2 * n + 1}] = KERNEL_HIGH(${from}[${n}], ${from}[${n + half}]);`)
    }
  }
  const odd = Math.round(Math.log2(lanes)) % 2 === 1
  const copy = odd ? Array.from({ length: lanes }, (_, n) => `  r[${n}] = t[${n}];`).join('\n') : ''
  return `#if defined(__clang__)
#define KERNEL_LOW(x, y) __builtin_shufflevector(x, y, ${low})
#define KERNEL_HIGH(x, y) __builtin_shufflevector(x, y, ${high})
#else
#define KERNEL_LOW(x, y) __builtin_shuffle(x, y, (KERNEL_i){${low}})
#define KERNEL_HIGH(x, y) __builtin_shuffle(x, y, (KERNEL_i){${high}})
#endif
static inline __attribute__((always_inline)) void KERNEL_transpose(KERNEL_v *r) {
  KERNEL_v t[${lanes}];
${lines.join('\n')}
${copy}
}`
}

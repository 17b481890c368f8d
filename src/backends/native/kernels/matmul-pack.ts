// Packing for the tiled matrix product: a panel holds, for each step of the inner size, the rows (or columns) of one register tile
// side by side, so that the tile reads memory in order whatever the operand's strides are.
import { cText } from '../rendered-kernel.ts'
import { elementType, loadScalar, loadVector, type MatmulOperand, strideTimes } from './matmul-operand.ts'

/**
 * `void NAME(const T *s, float *d, int64_t k, int64_t count)`: `d[p * width + i] = s[i * across + p * along]` for `i < count`, 0 beyond.
 * `operand` is seen with rows along the inner size: its row stride is `along`, its column stride `across`.
 */
export function packText(name: string, operand: MatmulOperand, width: number, lanes: number): string {
  const type = elementType(operand)
  const element = (i: string, p: string) => loadScalar(operand, `s[${strideTimes(i, operand.columnStride)} + ${strideTimes(p, operand.rowStride)}]`)
  const open = `static inline __attribute__((always_inline)) void ${name}(const ${type} *restrict s, float *restrict d, int64_t k, int64_t count) {`
  const anyStrides = `  for (int64_t p = 0; p < k; p++, d += ${width}) {
    for (int64_t i = 0; i < count; i++) d[i] = ${element('i', 'p')};
    for (int64_t i = count; i < ${width}; i++) d[i] = 0.0f;
  }`
  if (operand.columnStride === 1) {
    const copies: string[] = []
    for (let i = 0; i < width; i += lanes) {
      const here = Math.min(lanes, width - i)
      if (here === lanes) copies.push(`*(KERNEL_v *)(d + ${i}) = ${loadVector(operand, `r + ${i}`)};`)
      else if (operand.dtype === 'f32') copies.push(`__builtin_memcpy(d + ${i}, r + ${i}, ${here * 4});`)
      else copies.push(`for (int64_t i = ${i}; i < ${width}; i++) d[i] = ${loadScalar(operand, 'r[i]')};`)
    }
    return `${open}
  if (count == ${width}) {
    for (int64_t p = 0; p < k; p++, d += ${width}) {
      const ${type} *r = s + ${strideTimes('p', operand.rowStride)};
      ${copies.join('\n      ')}
    }
    return;
  }
${anyStrides}
}`
  }
  if (operand.rowStride !== 1) return `${open}\n${anyStrides}\n}`
  const groups: string[] = []
  for (let first = 0; first < width; first += lanes) {
    const here = Math.min(lanes, width - first)
    const source = loadVector(operand, `s + (${first} + i) * across + p`)
    groups.push(`    {
      KERNEL_v r[${lanes}];
#pragma GCC unroll ${lanes}
      for (int64_t i = 0; i < ${lanes}; i++) r[i] = i < ${here} && ${first} + i < count ? ${source} : (KERNEL_v){0};
      KERNEL_transpose(r);
#pragma GCC unroll ${lanes}
      for (int64_t q = 0; q < ${lanes}; q++) __builtin_memcpy(d + (p + q) * ${width} + ${first}, &r[q], ${here * 4});
    }`)
  }
  return `${open}
  const int64_t across = ${cText(operand.columnStride)};
  int64_t p = 0;
  for (; p + ${lanes} <= k; p += ${lanes}) {
${groups.join('\n')}
  }
  for (; p < k; p++) {
    for (int64_t i = 0; i < count; i++) d[p * ${width} + i] = ${element('i', 'p')};
    for (int64_t i = count; i < ${width}; i++) d[p * ${width} + i] = 0.0f;
  }
}`
}

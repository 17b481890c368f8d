// The packing of filters for tiles of convolutions: panels of some filters, for each of them tap by tap and channel by channel.

import type { Kernel } from '../../../compiler/loop-ir/loop-ir.ts'
import { storedType } from '../render-expression.ts'
import { indent } from '../render-loops.ts'
import type { KernelPhase } from '../rendered-kernel.ts'
import { type Correlation, tapList } from './convolution-correlation.ts'
import { loadText } from './convolution-epilogue.ts'
import { taskRange } from './convolution-loops.ts'
import type { ConvolutionPlan } from './convolution-plan.ts'

type Convolution = Extract<Kernel, { kind: 'convolution' }>

/** Floats packed by one task. */
const packElements = 1 << 16

/** Strides of the stored filter, in elements, seen from the correlation. */
export interface FilterLayout {
  readonly tap: number
  readonly source: number
  readonly result: number
  readonly group: number
}

/** Where the elements of a kernel's filter stand. */
export function filterLayout(kernel: Convolution, { sourceChannels, resultChannels, groups }: Correlation): FilterLayout {
  if (kernel.variant === 'conv') {
    const filters = resultChannels * groups
    return { tap: sourceChannels * filters, source: filters, result: 1, group: resultChannels }
  }
  const filters = sourceChannels * groups
  return { tap: resultChannels * filters, source: 1, result: filters, group: sourceChannels }
}

/** A filter of one full panel lies in memory as its packed form would. */
export function readsFilterInPlace(kernel: Convolution, correlation: Correlation, plan: ConvolutionPlan): boolean {
  const tile = plan.lattices[0]?.tile
  return (
    kernel.variant === 'conv' &&
    kernel.b.dtype === 'f32' &&
    correlation.groups === 1 &&
    plan.blockChannels === correlation.sourceChannels &&
    tile !== undefined &&
    tile.panels === 1 &&
    tile.vectors * tile.lanes === correlation.resultChannels
  )
}

const flat = (point: readonly number[], sizes: readonly number[]) => point.reduce((p, x, i) => p * (sizes[i] ?? 1) + x, 0)

/** The packing phase: a unit is one tap of one panel. */
export function packText(
  kernel: Convolution,
  correlation: Correlation,
  plan: ConvolutionPlan,
  layout: FilterLayout,
  bases: readonly number[],
  scratch: number,
): { readonly lines: readonly string[]; readonly tasks: KernelPhase['tasks'] } {
  const { groups, sourceChannels, resultChannels } = correlation
  const type = storedType[kernel.b.dtype]
  const width = Math.max(...plan.lattices.map((l) => l.tile.vectors * l.tile.lanes))
  const turns = layout.source === 1 && layout.result !== 1 && kernel.b.dtype === 'f32' && sourceChannels % 8 === 0 && plan.blockChannels % 8 === 0
  const lines = [
    ...(turns ? turnText : []),
    `static void KERNEL_pack_tap(const ${type} *w, float *d, int64_t taps, int64_t tap, int64_t width, int64_t filled) {`,
    ...indent(turns ? turnedTap(layout, sourceChannels, plan) : straightTap(kernel, layout, sourceChannels, plan)),
    '}',
  ]
  const choose: string[] = []
  let below = 0
  plan.lattices.forEach(({ lattice, tile }, i) => {
    const taps = tapList(lattice)
    if (taps.length === 0) return
    const indices = taps.map((t) => flat(t.indices, correlation.window))
    const full = tile.vectors * tile.lanes
    const count = groups * tile.panels * taps.length
    lines.push(`static const int32_t KERNEL_taps${i}[] = {${indices.join(', ')}};`)
    choose.push(
      `if (unit >= ${below} && unit < ${below + count}) {`,
      `  const int64_t tap = (unit - ${below}) % ${taps.length}, panel = (unit - ${below}) / ${taps.length} % ${tile.panels}, g = (unit - ${below}) / ${taps.length * tile.panels};`,
      `  const int64_t last = panel == ${tile.panels - 1};`,
      `  KERNEL_pack_tap((const ${type} *)buf[1] + KERNEL_taps${i}[tap] * (int64_t)${layout.tap} + g * ${layout.group} + panel * ${full * layout.result},`,
      `                  (float *)buf[${scratch}] + ${bases[i]} + (g * ${tile.panels} + panel) * ${taps.length * sourceChannels * full},`,
      `                  ${taps.length}, tap, last ? ${tile.lastVectors * tile.lanes} : ${full}, last ? ${resultChannels - (tile.panels - 1) * full} : ${full});`,
      '}',
    )
    below += count
  })
  const range = taskRange(below, Math.max(1, Math.ceil(packElements / (sourceChannels * width))))
  lines.push(
    'void KERNEL_pack(void *const *buf, const int64_t *dim, int64_t task) {',
    ...indent(['(void)dim;', ...range.lines, 'for (int64_t unit = begin; unit < end; unit++) {', ...indent(choose), '}']),
    '}',
  )
  return { lines, tasks: range.tasks }
}

/** `to`: where the panel holds the filters of source channel `c`. */
const packedRow = (sourceChannels: number, { blockChannels }: ConvolutionPlan): readonly string[] => [
  `const int64_t c0 = c / ${blockChannels} * ${blockChannels};`,
  `const int64_t here = c0 + ${blockChannels} < ${sourceChannels} ? ${blockChannels} : ${sourceChannels} - c0;`,
  'float *to = d + (c0 * taps + tap * here + c - c0) * width;',
]

/** One tap of a panel, a source channel at a time. */
function straightTap(kernel: Convolution, layout: FilterLayout, sourceChannels: number, plan: ConvolutionPlan): string[] {
  return [
    `for (int64_t c = 0; c < ${sourceChannels}; c++) {`,
    ...indent([
      ...packedRow(sourceChannels, plan),
      `const ${storedType[kernel.b.dtype]} *from = w + c * ${layout.source};`,
      `for (int64_t f = 0; f < filled; f++) to[f] = ${loadText(kernel.b, layout.result === 1 ? 'from[f]' : `from[f * ${layout.result}]`)};`,
      'for (int64_t f = filled; f < width; f++) to[f] = 0.0f;',
    ]),
    '}',
  ]
}

/** Eight rows of eight floats as eight columns, in registers: a column of a filter walked alone misses the first-level cache at every step. */
const turnText = [
  '#if defined(__clang__)',
  '#define KERNEL_PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)',
  '#else',
  'typedef int KERNEL_lanes __attribute__((vector_size(32)));',
  '#define KERNEL_PICK(a, b, ...) __builtin_shuffle(a, b, (KERNEL_lanes){__VA_ARGS__})',
  '#endif',
  'typedef float KERNEL_row __attribute__((vector_size(32), aligned(4), may_alias));',
  'static inline void KERNEL_turn(const float *from, int64_t step, float *to, int64_t width) {',
  ...indent([
    'KERNEL_row r[8], t[8];',
    'for (int i = 0; i < 8; i++) r[i] = *(const KERNEL_row *)(from + i * step);',
    'for (int i = 0; i < 8; i += 2) {',
    '  t[i] = KERNEL_PICK(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);',
    '  t[i + 1] = KERNEL_PICK(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);',
    '}',
    'for (int i = 0; i < 8; i += 4) {',
    '  for (int j = 0; j < 2; j++) {',
    '    r[i + 2 * j] = KERNEL_PICK(t[i + j], t[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);',
    '    r[i + 2 * j + 1] = KERNEL_PICK(t[i + j], t[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);',
    '  }',
    '}',
    'for (int i = 0; i < 4; i++) {',
    '  *(KERNEL_row *)(to + i * width) = KERNEL_PICK(r[i], r[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);',
    '  *(KERNEL_row *)(to + (i + 4) * width) = KERNEL_PICK(r[i], r[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);',
    '}',
  ]),
  '}',
]

/** One tap of a panel where neighbours in memory are source channels. */
function turnedTap(layout: FilterLayout, sourceChannels: number, plan: ConvolutionPlan): string[] {
  const eachEight = (body: readonly string[]): string[] => [
    `for (int64_t c = 0; c < ${sourceChannels}; c += 8) {`,
    ...indent([...packedRow(sourceChannels, plan), ...body]),
    '}',
  ]
  return [
    'int64_t f = 0;',
    `for (; f + 8 <= filled; f += 8) {`,
    ...indent(eachEight([`KERNEL_turn(w + f * ${layout.result} + c, ${layout.result}, to + f, width);`])),
    '}',
    'for (; f < width; f++) {',
    ...indent(eachEight([`for (int i = 0; i < 8; i++) to[i * width + f] = f < filled ? w[f * ${layout.result} + c + i] : 0.0f;`])),
    '}',
  ]
}

// The gradient of max and min pooling as C: each window adds its gradient to the first place that holds its extreme.
// A task owns a box of the input, gathers there what every window that touches it brings, then finishes the box's elements.
import { multiplyDims } from '../../../core/dimension.ts'
import type { Node } from '../../../core/graph.ts'
import type { Kernel } from '../../../compiler/loop-ir/loop-ir.ts'
import type { Target } from '../rendered-kernel.ts'
import { computedType, KernelNames, storedType } from '../render-expression.ts'
import { type BoundKernel, bufferDeclarations, indent } from '../render-loops.ts'
import { epilogueLoop, fromSum, inputBuffer, loadText, sumType, writtenBy } from './convolution-epilogue.ts'
import { productOf, type SpatialAxis, staysInside, type WindowSizes } from '../../../compiler/convolution-geometry.ts'
import { decodeText, nestText, positionText, taskRange } from './convolution-loops.ts'
import { betterText, firstExtremeLines } from './window-extreme.ts'
import { insideText, tapOffsets, windowBounds } from './window-reduce.ts'

/** Elements that are worth a task of their own: about 20 µs. */
const taskElements = 1 << 16
/** Windows of more taps than this are looped over, not unrolled. */
const mostUnrolled = 16

type Window = Extract<Kernel, { kind: 'window' }>

/** Box sizes along each axis: multiples of the stride, the innermost as large as fits first. */
function boxOf(axes: readonly SpatialAxis[], channels: number, elements: number): number[] {
  const box = axes.map(() => 1)
  let room = Math.max(1, Math.floor(elements / channels))
  for (let i = axes.length - 1; i >= 0; i--) {
    const a = axes[i]
    if (a === undefined) continue
    const steps = Math.max(1, Math.min(Math.ceil((a.input + Math.max(0, a.low)) / a.stride), Math.floor(room / a.stride)))
    box[i] = steps * a.stride
    room = Math.max(1, Math.floor(room / (steps * a.stride)))
  }
  return box
}

/** Renders `windowScatter`. */
export function renderWindowScatter(kernel: Window, sizes: WindowSizes, isKept: (node: Node) => boolean, target: Target): BoundKernel {
  const names = new KernelNames()
  const [input, gradient] = kernel.inputs
  const x = inputBuffer(names, input, kernel.variant)
  const y = inputBuffer(names, gradient, kernel.variant)
  const { axes, channels } = sizes
  const { node } = kernel
  const fn = kernel.fn
  const type = computedType[node.dtype]
  const sum = sumType(node)
  const inputs = axes.map((a) => a.input)
  const box = boxOf(axes, channels, target.l1Bytes / 2)
  // Boxes are counted from where a window could start, so that windows that do not overlap never straddle two boxes.
  const origins = axes.map((a) => (a.low >= 0 ? a.low : ((a.low % a.stride) + a.stride) % a.stride))
  const boxes = axes.map((a, i) => Math.ceil((a.input + (origins[i] ?? 0)) / (box[i] ?? 1)))
  const units = names.size(
    multiplyDims(
      sizes.batch,
      boxes.reduce((product, b) => product * b, 1),
    ),
  )
  const boxSize = box.reduce((product, b) => product * b, channels)
  const range = taskRange(units, Math.max(1, Math.ceil(taskElements / boxSize)))
  const read = (element: string) => loadText(node, element)
  const offsets = tapOffsets(axes, channels)
  const texts = (prefix: string) => axes.map((_, i) => `${prefix}${i}`)
  const inside = axes.every(staysInside)
  const taps = productOf(axes, (a) => a.window)
  const tapLoop = (i: number) => `for (int64_t k${i} = ${inside ? '0' : `l${i}`}; k${i} < ${inside ? axes[i]?.window : `h${i}`}; k${i}++)`
  const windows = axes.map((a) => a.window)
  const tap = `const int32_t tap = ${positionText('0', texts('k'), windows)};`
  const windowAt = (point: readonly string[]) => `const ${storedType[node.dtype]} *x = b${x} + ${positionText('n', point, inputs)} * ${channels};`
  const loads = offsets.map((offset) => read(`x[c + ${offset}]`))
  const numbers = offsets.map((_, i) => String(i))
  const findUnrolled = [
    windowAt(texts('f')),
    '#pragma omp simd',
    `for (int64_t c = 0; c < ${channels}; c++) {`,
    ...indent([...firstExtremeLines(fn, node.dtype, loads, numbers, 'int32_t'), 'first[c] = found;']),
    '}',
  ]
  const findLooped = [
    `${type} extreme[${channels}] __attribute__((aligned(64)));`,
    `for (int64_t c = 0; c < ${channels}; c++) first[c] = -1, extreme[c] = 0;`,
    ...nestText(axes.length, tapLoop, () => [], [
      windowAt(axes.map((_, i) => `(f${i} + k${i})`)),
      tap,
      '#pragma omp simd',
      `for (int64_t c = 0; c < ${channels}; c++) {`,
      `  const ${type} t = ${read('x[c]')};`,
      `  const int better = (first[c] < 0) | ${betterText(fn, node.dtype, 't', 'extreme[c]')};`,
      '  extreme[c] = better ? t : extreme[c];',
      '  first[c] = better ? tap : first[c];',
      '}',
    ]),
  ]
  const find =
    taps > mostUnrolled
      ? findLooped
      : inside
        ? findUnrolled
        : [`if (${insideText(axes)}) {`, ...indent(findUnrolled), '} else {', ...indent(findLooped), '}']
  const add = nestText(axes.length, tapLoop, (i) => [`if (f${i} + k${i} < a${i} || f${i} + k${i} >= z${i}) continue;`], [
    `${sum} *to = sums + ${positionText(
      '0',
      axes.map((_, i) => `(f${i} + k${i} - a${i})`),
      box,
    )} * ${channels};`,
    tap,
    '#pragma omp simd',
    `for (int64_t c = 0; c < ${channels}; c++) to[c] += first[c] == tap ? ${sum === 'uint64_t' ? '(uint64_t)y[c]' : read('y[c]')} : 0;`,
  ])
  const bounds = axes.flatMap((a, i) => [
    `const int64_t a${i} = q${i} * ${box[i]} > ${origins[i]} ? q${i} * ${box[i]} - ${origins[i]} : 0;`,
    `const int64_t z${i} = (q${i} + 1) * ${box[i]} - ${origins[i]} < ${a.input} ? (q${i} + 1) * ${box[i]} - ${origins[i]} : ${a.input};`,
    // The first window that reaches past a − 1 and the last that starts before z.
    `const int64_t u${i} = a${i} + (${a.low - a.window}) < 0 ? 0 : (a${i} + (${a.low - a.window})) / ${a.stride} + 1;`,
    `const int64_t w${i} = (z${i} + (${a.low + a.stride - 1})) / ${a.stride} < ${a.output} ? (z${i} + (${a.low + a.stride - 1})) / ${a.stride} : ${a.output};`,
  ])
  const unit = [
    ...decodeText('q', boxes, 'unit', 'n'),
    ...bounds,
    `for (int64_t i = 0; i < ${boxSize}; i++) sums[i] = 0;`,
    ...nestText(
      axes.length,
      (i) => `for (int64_t o${i} = u${i}; o${i} < w${i}; o${i}++)`,
      () => [],
      [
        ...windowBounds(axes),
        `const ${storedType[node.dtype]} *y = b${y} + ${positionText(
          'n',
          axes.map((_, i) => `o${i}`),
          axes.map((a) => a.output),
        )} * ${channels};`,
        ...find,
        ...add,
      ],
    ),
    ...nestText(
      axes.length,
      (i) => `for (int64_t i${i} = a${i}; i${i} < z${i}; i${i}++)`,
      () => [],
      [
        `const int64_t e = ${positionText(
          'n',
          axes.map((_, i) => `i${i}`),
          inputs,
        )};`,
        `const ${sum} *from = sums + ${positionText(
          '0',
          axes.map((_, i) => `(i${i} - a${i})`),
          box,
        )} * ${channels};`,
        ...epilogueLoop(kernel, isKept, names, { next: 0 }, { element: 'e', from: '0', to: String(channels) }, fromSum(node, 'from[channel]')),
      ],
    ),
  ]
  const body = [
    ...range.lines,
    `${sum} sums[${boxSize}] __attribute__((aligned(64)));`,
    `int32_t first[${channels}] __attribute__((aligned(64)));`,
    'for (int64_t unit = begin; unit < end; unit++) {',
    ...indent(unit),
    '}',
  ]
  const source = [
    'void KERNEL_run(void *const *buf, const int64_t *dim, int64_t task) {',
    ...indent(['(void)dim; (void)task;', ...bufferDeclarations(names, writtenBy(kernel, isKept)), ...body]),
    '}',
    '',
  ].join('\n')
  return { rendered: { source, phases: [{ symbol: 'KERNEL_run', tasks: range.tasks }], scratchBytes: 0 }, names }
}

// Pooling as C: the largest, smallest or sum of each window, and the value that stands where the first extreme of another tensor is.
// The inner loop runs over channels side by side; windows that lie inside the input have their taps unrolled in it.
import { multiplyDims } from '../../../core/dimension.ts'
import type { Node } from '../../../core/graph.ts'
import type { Kernel } from '../../../compiler/loop-ir/loop-ir.ts'
import { computedType, KernelNames, storedType } from '../render-expression.ts'
import { type BoundKernel, bufferDeclarations, indent } from '../render-loops.ts'
import { epilogueLoop, fromSum, inputBuffer, loadText, writtenBy } from './convolution-epilogue.ts'
import { productOf, type SpatialAxis, staysInside, type WindowSizes } from '../../../compiler/convolution-geometry.ts'
import { decodeText, nestText, positionText, taskRange } from './convolution-loops.ts'
import { betterText, combineText, firstExtremeLines, identityText, runningType } from './window-extreme.ts'

/** Elements read that are worth a task of their own: about 20 µs. */
const taskElements = 1 << 17
/** Windows of more taps than this are looped over, not unrolled. */
const mostUnrolled = 16

type Window = Extract<Kernel, { kind: 'window' }>

/** Offsets from a window's first element to each of its taps in row-major order, in elements. */
export function tapOffsets(axes: readonly SpatialAxis[], channels: number): number[] {
  let offsets = [0]
  axes.forEach((a, i) => {
    const step = axes.slice(i + 1).reduce((product, b) => product * b.input, channels)
    offsets = offsets.flatMap((offset) => Array.from({ length: a.window }, (_, k) => offset + k * step))
  })
  return offsets
}

/** `const int64_t fI = …` (first input position of the window), and with padding the taps `lI` ≤ k < `hI` that lie inside. */
export function windowBounds(axes: readonly SpatialAxis[]): string[] {
  return axes.flatMap((a, i) => {
    const first = `const int64_t f${i} = o${i} * ${a.stride} - (${a.low});`
    if (axes.every(staysInside)) return [first]
    return [
      first,
      `const int64_t l${i} = f${i} < 0 ? -f${i} : 0;`,
      `const int64_t h${i} = f${i} + ${a.window} > ${a.input} ? ${a.input} - f${i} : ${a.window};`,
    ]
  })
}

/** C condition: every tap of the window lies inside the input. */
export function insideText(axes: readonly SpatialAxis[]): string {
  return axes.map((a, i) => `l${i} == 0 && h${i} == ${a.window}`).join(' && ')
}

/** Renders `reduceWindow` and `windowPick`: a task is a range of windows. */
export function renderWindowReduce(kernel: Window, sizes: WindowSizes, isKept: (node: Node) => boolean): BoundKernel {
  const names = new KernelNames()
  const [input, values] = kernel.inputs
  const x = inputBuffer(names, input, kernel.variant)
  const picks = kernel.variant === 'windowPick'
  const v = picks ? inputBuffer(names, values, kernel.variant) : x
  const { axes, channels } = sizes
  const taps = productOf(axes, (a) => a.window)
  const count = names.size(
    multiplyDims(
      sizes.batch,
      productOf(axes, (a) => a.output),
    ),
  )
  const range = taskRange(count, Math.max(1, Math.ceil(taskElements / Math.max(1, taps * channels))))
  const { node, fn } = kernel
  const type = runningType(fn, node.dtype)
  const read = (element: string) => loadText(node, element)
  const offsets = tapOffsets(axes, channels)
  const running = (element: string, first: boolean): string =>
    first
      ? `${type} r = ${read(element)};`
      : `{ const ${computedType[node.dtype]} t = ${read(element)}; r = ${combineText(fn, node.dtype, 'r', 't')}; }`
  const taken = (of: string) => offsets.map((offset) => read(`${of}[c + ${offset}]`))
  const inputs = axes.map((a) => a.input)
  const unrolled = [
    `const int64_t at = ${positionText(
      'n',
      axes.map((_, i) => `f${i}`),
      inputs,
    )} * ${channels};`,
    `const ${storedType[node.dtype]} *x = b${x} + at;`,
    ...(picks ? [`const ${storedType[node.dtype]} *v = b${v} + at;`] : []),
    '#pragma omp simd',
    `for (int64_t c = 0; c < ${channels}; c++) {`,
    ...indent(
      picks
        ? [...firstExtremeLines(fn, node.dtype, taken('x'), taken('v'), computedType[node.dtype]), 'result[c] = found;']
        : [...offsets.map((offset, i) => running(`x[c + ${offset}]`, i === 0)), 'result[c] = r;'],
    ),
    '}',
  ]
  const inside = axes.every(staysInside)
  const looped = [
    ...(picks ? [`${computedType[node.dtype]} extreme[${channels}] __attribute__((aligned(64)));`, 'int64_t any = 0;'] : []),
    `for (int64_t c = 0; c < ${channels}; c++) result[c] = ${picks ? '0' : identityText(fn, node.dtype)};`,
    ...nestText(
      axes.length,
      (i) => `for (int64_t k${i} = ${inside ? '0' : `l${i}`}; k${i} < ${inside ? axes[i]?.window : `h${i}`}; k${i}++)`,
      () => [],
      [
        `const int64_t at = ${positionText(
          'n',
          axes.map((_, i) => `(f${i} + k${i})`),
          inputs,
        )} * ${channels};`,
        `const ${storedType[node.dtype]} *x = b${x} + at;`,
        ...(picks
          ? [
              `const ${storedType[node.dtype]} *v = b${v} + at;`,
              '#pragma omp simd',
              `for (int64_t c = 0; c < ${channels}; c++) {`,
              `  const ${computedType[node.dtype]} t = ${read('x[c]')}, p = ${read('v[c]')};`,
              `  const int better = !any | ${betterText(fn, node.dtype, 't', 'extreme[c]')};`,
              '  extreme[c] = better ? t : extreme[c];',
              '  result[c] = better ? p : result[c];',
              '}',
              'any = 1;',
            ]
          : [
              '#pragma omp simd',
              `for (int64_t c = 0; c < ${channels}; c++) {`,
              `  const ${computedType[node.dtype]} t = ${read('x[c]')};`,
              `  result[c] = ${combineText(fn, node.dtype, 'result[c]', 't')};`,
              '}',
            ]),
      ],
    ),
  ]
  const choose =
    taps > mostUnrolled ? looped : inside ? unrolled : [`if (${insideText(axes)}) {`, ...indent(unrolled), '} else {', ...indent(looped), '}']
  const resultType = picks ? computedType[node.dtype] : type
  const result = resultType === 'uint64_t' ? fromSum(node, 'result[channel]') : 'result[channel]'
  const body = [
    ...range.lines,
    'for (int64_t e = begin; e < end; e++) {',
    ...indent([
      ...decodeText(
        'o',
        axes.map((a) => a.output),
        'e',
        'n',
      ),
      ...windowBounds(axes),
      `${resultType} result[${channels}] __attribute__((aligned(64)));`,
      ...choose,
      ...epilogueLoop(kernel, isKept, names, { next: 0 }, { element: 'e', from: '0', to: String(channels) }, result),
    ]),
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

// The gradient of max and min pooling where windows lie apart: each window writes its own cell of the input, once, with the stores that
// follow. Nothing is cleared or added up; cells without a window, and elements between windows, receive zeros.
import { multiplyDims } from '../../../core/dimension.ts'
import type { Node } from '../../../core/graph.ts'
import type { Kernel } from '../../../compiler/loop-ir/loop-ir.ts'
import { KernelNames, storedType } from '../render-expression.ts'
import { type BoundKernel, bufferDeclarations, indent } from '../render-loops.ts'
import { epilogueLoop, inputBuffer, loadText, writtenBy } from './convolution-epilogue.ts'
import { productOf, staysInside, type WindowSizes } from '../../../compiler/convolution-geometry.ts'
import { decodeText, nestText, positionText, taskRange } from './convolution-loops.ts'
import { firstExtremeLines } from './window-extreme.ts'
import { tapOffsets } from './window-reduce.ts'

/** Elements that are worth a task of their own: about 20 µs. */
const taskElements = 1 << 16
/** Windows of more taps than this would make the text long. */
const mostTaps = 9

type Window = Extract<Kernel, { kind: 'window' }>

/** Whether {@link renderWindowScatterApart} can do it: windows inside the input that start at its corner and do not overlap. */
export function windowsLieApart({ axes }: WindowSizes): boolean {
  return axes.every((a) => a.low === 0 && a.stride >= a.window && staysInside(a)) && productOf(axes, (a) => a.window) <= mostTaps
}

/** Renders `windowScatter` for windows that lie apart: a task is a range of cells. */
export function renderWindowScatterApart(kernel: Window, sizes: WindowSizes, isKept: (node: Node) => boolean): BoundKernel {
  const names = new KernelNames()
  const [input, gradient] = kernel.inputs
  const x = inputBuffer(names, input, kernel.variant)
  const y = inputBuffer(names, gradient, kernel.variant)
  const { axes, channels } = sizes
  const { node, fn } = kernel
  const stored = storedType[node.dtype]
  const inputs = axes.map((a) => a.input)
  const cells = axes.map((a) => Math.ceil(a.input / a.stride))
  const cellElements = productOf(axes, (a) => a.stride) * channels
  const range = taskRange(
    names.size(
      multiplyDims(
        sizes.batch,
        cells.reduce((product, c) => product * c, 1),
      ),
    ),
    Math.max(1, Math.ceil(taskElements / cellElements)),
  )
  const counter = { next: 0 }
  const taps = tapOffsets(axes, channels)
  const stores = (element: string, value: string) => epilogueLoop(kernel, isKept, names, counter, { element, from: '0', to: String(channels) }, value)
  const window = [
    `const ${stored} *x = b${x} + corner * ${channels};`,
    `const ${stored} *y = b${y} + ${positionText(
      'n',
      axes.map((_, i) => `o${i}`),
      axes.map((a) => a.output),
    )} * ${channels};`,
    '#pragma omp simd',
    `for (int64_t c = 0; c < ${channels}; c++) {`,
    ...indent([
      ...firstExtremeLines(
        fn,
        node.dtype,
        taps.map((offset) => loadText(node, `x[c + ${offset}]`)),
        taps.map((_, i) => String(i)),
        'int32_t',
      ),
      'first[c] = found;',
    ]),
    '}',
    ...taps.flatMap((offset, i) => [
      '{',
      ...indent([`const int64_t e = corner + ${offset / channels};`, ...stores('e', `first[channel] == ${i} ? ${loadText(node, 'y[channel]')} : 0`)]),
      '}',
    ]),
  ]
  const hasWindow = axes.flatMap((a, i) => (cells[i] === a.output ? [] : [`o${i} < ${a.output}`]))
  const filled = axes.every((a) => a.stride === a.window) && hasWindow.length === 0
  // What no window covers: every element of a cell without a window, and of others those past the window.
  const covered = ['windowed', ...axes.map((a, i) => `k${i} < ${a.window}`)].join(' && ')
  const rest = nestText(
    axes.length,
    (i) => `for (int64_t k${i} = 0; k${i} < ${axes[i]?.stride} && o${i} * ${axes[i]?.stride} + k${i} < ${axes[i]?.input}; k${i}++)`,
    () => [],
    [
      `if (${covered}) continue;`,
      `const int64_t e = ${positionText(
        'n',
        axes.map((a, i) => `(o${i} * ${a.stride} + k${i})`),
        inputs,
      )};`,
      ...stores('e', '0'),
    ],
  )
  const stride = axes.every((a) => a.stride === a.window)
  const body = [
    ...range.lines,
    `int32_t first[${channels}] __attribute__((aligned(64)));`,
    'for (int64_t cell = begin; cell < end; cell++) {',
    ...indent([
      ...decodeText('o', cells, 'cell', 'n'),
      `const int64_t corner = ${positionText(
        'n',
        axes.map((a, i) => `(o${i} * ${a.stride})`),
        inputs,
      )};`,
      `const int windowed = ${hasWindow.join(' && ') || '1'};`,
      'if (windowed) {',
      ...indent(window),
      '}',
      ...(filled ? [] : stride ? ['if (!windowed) {', ...indent(rest), '}'] : rest),
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

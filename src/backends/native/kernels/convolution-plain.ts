// Convolution and its two gradients as plain loops: every dtype, every geometry. For f64 and integers, and for shapes that tiles do not fit.
import { multiplyDims } from '../../../core/dimension.ts'
import { DeviceError } from '../../../core/errors.ts'
import type { Node } from '../../../core/graph.ts'
import type { Kernel } from '../../../compiler/loop-ir/loop-ir.ts'
import { KernelNames, storedType } from '../render-expression.ts'
import { type BoundKernel, bufferDeclarations, indent } from '../render-loops.ts'
import type { CInt } from '../rendered-kernel.ts'
import { epilogueLoop, factorText, fromSum, sumType, writtenBy } from './convolution-epilogue.ts'
import { type ConvolutionSizes, productOf, type SpatialAxis } from '../../../compiler/convolution-geometry.ts'
import { decodeText, nestText, positionText, taskRange } from './convolution-loops.ts'

/** Multiply-adds of plain loops that are worth a task of their own. */
const taskWork = 1 << 18
/** Sums of a filter gradient that one task keeps on its stack. */
const mostSums = 4096

type Convolution = Extract<Kernel, { kind: 'convolution' }>

/** Renders any convolution kernel as loops. */
export function renderPlainConvolution(kernel: Convolution, sizes: ConvolutionSizes, isKept: (node: Node) => boolean): BoundKernel {
  const names = new KernelNames()
  names.buffer(kernel.a)
  names.buffer(kernel.b)
  const render = { conv: plainForward, convInputGradient: plainInputGradient, convFilterGradient: plainFilterGradient }[kernel.variant]
  const { body, tasks } = render(kernel, sizes, isKept, names)
  const source = [
    'void KERNEL_run(void *const *buf, const int64_t *dim, int64_t task) {',
    ...indent(['(void)dim; (void)task;', ...bufferDeclarations(names, writtenBy(kernel, isKept)), ...body]),
    '}',
    '',
  ].join('\n')
  return { rendered: { source, phases: [{ symbol: 'KERNEL_run', tasks }], scratchBytes: 0 }, names }
}

interface Loops {
  readonly body: readonly string[]
  readonly tasks: CInt
}
type Render = (kernel: Convolution, sizes: ConvolutionSizes, isKept: (node: Node) => boolean, names: KernelNames) => Loops

const tapLoop = (axes: readonly SpatialAxis[]) => (i: number) => `for (int64_t k${i} = 0; k${i} < ${axes[i]?.window}; k${i}++)`

/** The input position of tap k of output position o, skipped where it is padding. */
const inputGuard =
  (axes: readonly SpatialAxis[]) =>
  (i: number): string[] => {
    const a = axes[i]
    if (a === undefined) throw new DeviceError(`native convolution: expected a spatial axis ${i}`)
    return [
      `const int64_t i${i} = o${i} * ${a.stride} - ${a.low} + k${i} * ${a.dilation};`.replace('- -', '+ '),
      `if ((uint64_t)i${i} >= ${a.input}u) continue;`,
    ]
  }

const texts = (prefix: string, axes: readonly SpatialAxis[]) => axes.map((_, i) => `${prefix}${i}`)

const plainForward: Render = (kernel, sizes, isKept, names) => {
  const { axes, groups, channels, filters } = sizes
  const [inChannels, outChannels] = [channels / groups, filters / groups]
  const taps = productOf(axes, (a) => a.window)
  const outputs = axes.map((a) => a.output)
  const count = names.size(
    multiplyDims(
      sizes.batch,
      productOf(axes, (a) => a.output),
    ),
  )
  const range = taskRange(count, Math.max(1, Math.ceil(taskWork / Math.max(1, filters * inChannels * taps))))
  const product = [
    `for (int64_t g = 0; g < ${groups}; g++) for (int64_t c = 0; c < ${inChannels}; c++) {`,
    `  const ${sumType(kernel.node)} xc = ${factorText(kernel.a, `x[g * ${inChannels} + c]`)};`,
    `  const ${storedType[kernel.b.dtype]} *wc = w + c * ${filters} + g * ${outChannels};`,
    '  #pragma omp simd',
    `  for (int64_t f = 0; f < ${outChannels}; f++) sum[g * ${outChannels} + f] += xc * ${factorText(kernel.b, 'wc[f]')};`,
    '}',
  ]
  const taken = [
    `const ${storedType[kernel.a.dtype]} *x = b0 + ${positionText(
      'n',
      texts('i', axes),
      axes.map((a) => a.input),
    )} * ${channels};`,
    `const ${storedType[kernel.b.dtype]} *w = b1 + ${positionText(
      '0',
      texts('k', axes),
      axes.map((a) => a.window),
    )} * ${inChannels * filters};`,
    ...product,
  ]
  const body = [
    ...range.lines,
    'for (int64_t e = begin; e < end; e++) {',
    ...indent([
      ...decodeText('o', outputs, 'e', 'n'),
      `${sumType(kernel.node)} sum[${filters}] __attribute__((aligned(64)));`,
      `for (int64_t f = 0; f < ${filters}; f++) sum[f] = 0;`,
      ...nestText(axes.length, tapLoop(axes), inputGuard(axes), taken),
      ...epilogueLoop(kernel, isKept, names, { next: 0 }, { element: 'e', from: '0', to: String(filters) }, fromSum(kernel.node, 'sum[channel]')),
    ]),
    '}',
  ]
  return { body, tasks: range.tasks }
}

const plainInputGradient: Render = (kernel, sizes, isKept, names) => {
  const { axes, groups, channels, filters } = sizes
  const [inChannels, outChannels] = [channels / groups, filters / groups]
  const taps = productOf(axes, (a) => a.window)
  const count = names.size(
    multiplyDims(
      sizes.batch,
      productOf(axes, (a) => a.input),
    ),
  )
  const range = taskRange(count, Math.max(1, Math.ceil(taskWork / Math.max(1, filters * inChannels * taps))))
  const type = sumType(kernel.node)
  const product = [
    `for (int64_t g = 0; g < ${groups}; g++) for (int64_t c = 0; c < ${inChannels}; c++) {`,
    `  ${type} s = 0;`,
    `  #pragma omp simd reduction(+:s)`,
    `  for (int64_t f = 0; f < ${outChannels}; f++) s += ${factorText(kernel.a, `y[g * ${outChannels} + f]`)} * ${factorText(kernel.b, `w[c * ${filters} + g * ${outChannels} + f]`)};`,
    `  sum[g * ${inChannels} + c] += s;`,
    '}',
  ]
  const guard = (i: number): string[] => {
    const a = axes[i]
    if (a === undefined) throw new DeviceError(`native convolution: expected a spatial axis ${i}`)
    const shifted = `const int64_t s${i} = i${i} + ${a.low} - k${i} * ${a.dilation};`.replace('+ -', '- ')
    const lines = [shifted, `const int64_t o${i} = s${i} / ${a.stride};`]
    return [...lines, `if (s${i} < 0 || o${i} >= ${a.output}${a.stride > 1 ? ` || s${i} % ${a.stride} != 0` : ''}) continue;`]
  }
  const taken = [
    `const ${storedType[kernel.a.dtype]} *y = b0 + ${positionText(
      'n',
      texts('o', axes),
      axes.map((a) => a.output),
    )} * ${filters};`,
    `const ${storedType[kernel.b.dtype]} *w = b1 + ${positionText(
      '0',
      texts('k', axes),
      axes.map((a) => a.window),
    )} * ${inChannels * filters};`,
    ...product,
  ]
  const body = [
    ...range.lines,
    'for (int64_t e = begin; e < end; e++) {',
    ...indent([
      ...decodeText(
        'i',
        axes.map((a) => a.input),
        'e',
        'n',
      ),
      `${type} sum[${channels}] __attribute__((aligned(64)));`,
      `for (int64_t c = 0; c < ${channels}; c++) sum[c] = 0;`,
      ...nestText(axes.length, tapLoop(axes), guard, taken),
      ...epilogueLoop(kernel, isKept, names, { next: 0 }, { element: 'e', from: '0', to: String(channels) }, fromSum(kernel.node, 'sum[channel]')),
    ]),
    '}',
  ]
  return { body, tasks: range.tasks }
}

/** Tasks are blocks of channels of one tap; each walks the whole batch. */
const plainFilterGradient: Render = (kernel, sizes, isKept, names) => {
  const { axes, groups, channels, filters } = sizes
  const [inChannels, outChannels] = [channels / groups, filters / groups]
  const taps = productOf(axes, (a) => a.window)
  const type = sumType(kernel.node)
  const block = Math.max(1, Math.min(inChannels, Math.floor(mostSums / filters)))
  const blocks = Math.ceil(inChannels / block)
  const small = typeof sizes.batch === 'number' && sizes.batch * productOf(axes, (a) => a.output * a.window) * inChannels * filters <= taskWork
  const product = [
    `for (int64_t g = 0; g < ${groups}; g++) for (int64_t c = first; c < last; c++) {`,
    `  const ${type} xc = ${factorText(kernel.a, `x[g * ${inChannels} + c]`)};`,
    `  ${type} *to = sum + (c - first) * ${filters} + g * ${outChannels};`,
    '  #pragma omp simd',
    `  for (int64_t f = 0; f < ${outChannels}; f++) to[f] += xc * ${factorText(kernel.b, `y[g * ${outChannels} + f]`)};`,
    '}',
  ]
  const taken = [
    `const ${storedType[kernel.a.dtype]} *x = b0 + ${positionText(
      'n',
      texts('i', axes),
      axes.map((a) => a.input),
    )} * ${channels};`,
    `const ${storedType[kernel.b.dtype]} *y = b1 + ${positionText(
      'n',
      texts('o', axes),
      axes.map((a) => a.output),
    )} * ${filters};`,
    ...product,
  ]
  const unit = [
    ...decodeText(
      'k',
      axes.map((a) => a.window),
      `(unit / ${blocks})`,
      'none',
    ),
    '(void)none;',
    `const int64_t first = unit % ${blocks} * ${block};`,
    `const int64_t last = first + ${block} < ${inChannels} ? first + ${block} : ${inChannels};`,
    `${type} sum[${block * filters}] __attribute__((aligned(64)));`,
    `for (int64_t f = 0; f < ${block * filters}; f++) sum[f] = 0;`,
    `for (int64_t n = 0; n < ${names.dim(sizes.batch)}; n++) {`,
    ...indent(nestText(axes.length, (i) => `for (int64_t o${i} = 0; o${i} < ${axes[i]?.output}; o${i}++)`, inputGuard(axes), taken)),
    '}',
    'for (int64_t c = first; c < last; c++) {',
    ...indent([
      `const int64_t e = unit / ${blocks} * ${inChannels} + c;`,
      ...epilogueLoop(
        kernel,
        isKept,
        names,
        { next: 0 },
        { element: 'e', from: '0', to: String(filters) },
        fromSum(kernel.node, `sum[(c - first) * ${filters} + channel]`),
      ),
    ]),
    '}',
  ]
  const body = small ? [`for (int64_t unit = 0; unit < ${taps * blocks}; unit++) {`, ...indent(unit), '}'] : ['const int64_t unit = task;', ...unit]
  return { body, tasks: small ? 1 : taps * blocks }
}

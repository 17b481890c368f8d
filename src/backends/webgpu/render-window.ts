// Sliding windows as WGSL: pooling, the value that stands where another tensor has its window's extreme, and the gradient of pooling. An
// invocation computes one element of the result; for the gradient it looks at every window that contains its place.

import { multiplyDims } from '../../core/dimension.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import { type SpatialAxis, type WindowSizes, windowSizes } from '../../compiler/convolution-geometry.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import type { GpuKernel, GpuTarget } from './gpu-kernel.ts'
import { epilogueLines, indent, KernelNames } from './render-expression.ts'
import { pointPass } from './render-pass.ts'
import { accumulator, choiceText, declare, isBelow, keyType } from './wgsl-reduction.ts'
import { computedType, literal } from './wgsl-scalar.ts'

type Window = Extract<Kernel, { kind: 'window' }>

/** Renders a kernel of sliding windows with what follows it. */
export function renderWindow(window: Window, isKept: (node: Node) => boolean, target: GpuTarget): GpuKernel {
  const { variant, node, geometry, inputs, element, channel, epilogue } = window
  const [input, second] = inputs
  if (input === undefined || (second === undefined && variant !== 'reduceWindow'))
    throw new DeviceError(`webgpu ${variant}: expected its inputs, the node has ${inputs.length}. Report this graph.`)
  const names = new KernelNames()
  const scatters = variant === 'windowScatter'
  const sizes = windowSizes(geometry, input.shape, scatters ? (second ?? node).shape : node.shape)
  const { lines, value } =
    second === undefined
      ? reduced(names, window, sizes, input)
      : scatters
        ? scattered(names, window, sizes, input, second)
        : picked(names, window, sizes, input, second)
  names.nameAxis(element, 'element')
  names.nameAxis(channel, 'channel')
  const statements = [
    `let element = point / ${sizes.channels};`,
    `let channel = point - element * ${sizes.channels};`,
    ...coordinates(sizes.axes, scatters ? (a) => a.input : (a) => a.output),
    ...lines,
    `let finished = ${value};`,
    ...epilogueLines(names, [element, channel], { node, value: 'finished' }, epilogue, isKept),
  ]
  const pass = pointPass(names, target, multiplyDims(element.extent, channel.extent === 1 ? 1 : sizes.channels), statements)
  return { buffers: names.buffers, passes: [pass], scratchBytes: 0, dims: names.dims }
}

/** `place0`, … and `batch` of `element`, a row-major position in [batch, ...size of the axes]. */
function coordinates(axes: readonly SpatialAxis[], size: (a: SpatialAxis) => number): string[] {
  const lines: string[] = []
  let rest = 'element'
  for (const [i, a] of [...axes.entries()].reverse()) {
    lines.push(`let above${i} = ${rest} / ${size(a)};`, `let place${i} = ${rest} - above${i} * ${size(a)};`)
    rest = `above${i}`
  }
  return [...lines, `let batch = ${rest};`]
}

/** Loops over the taps of the window at `place0`, … that lie inside the input; `body` may use `at`, the position of the element. */
function forTaps({ axes, channels }: WindowSizes, place: (i: number) => string, body: readonly string[]): string[] {
  const position = axes.reduce((text, a, i) => `(${text}) * ${a.input} + from${i}`, 'batch')
  return axes.reduceRight<string[]>(
    (inside, a, i) => [
      `for (var tap${i} = 0; tap${i} < ${a.window}; tap${i}++) {`,
      `  let from${i} = ${place(i)} * ${a.stride} - ${a.low < 0 ? `(${a.low})` : a.low} + tap${i};`,
      `  if (from${i} < 0 || from${i} >= ${a.input}) { continue; }`,
      ...indent(inside),
      '}',
    ],
    [`let at = (${position}) * ${channels} + channel;`, ...body],
  )
}

interface Computed {
  readonly lines: readonly string[]
  readonly value: string
}

/** The sum or extreme of a window; padding counts as nothing. */
function reduced(names: KernelNames, { fn, node }: Window, sizes: WindowSizes, input: Node): Computed {
  const total = accumulator(names, fn, node.dtype)
  const body = [`let value = ${names.load(input, 'at')};`, ...total.add('value', '')]
  return { lines: [...declare([total]), ...forTaps(sizes, (i) => `place${i}`, body)], value: total.result }
}

/** Keeps the first extreme of a window: its key in `best`, and what `keep` states about it. */
function firstExtreme(names: KernelNames, { fn }: Window, input: Node, keep: readonly string[]): string[] {
  return [
    `let value = ${names.load(input, 'at')};`,
    `let key = ${choiceText(fn === 'min' ? 'min' : 'max', 'value', input.dtype)};`,
    `if (!any || ${isBelow(input.dtype, 'best', 'key')}) {`,
    '  any = true;',
    '  best = key;',
    ...indent(keep),
    '}',
  ]
}

/** The element of `values` that stands where `input` has its window's first extreme; 0 for a window of nothing but padding. */
function picked(names: KernelNames, window: Window, sizes: WindowSizes, input: Node, values: Node): Computed {
  const { dtype } = window.node
  const body = firstExtreme(names, window, input, [`found = ${names.load(values, 'at')};`])
  const declarations = ['var any = false;', `var best: ${keyType(input.dtype)};`, `var found: ${computedType(dtype)} = ${literal(0, dtype)};`]
  return { lines: [...declarations, ...forTaps(sizes, (i) => `place${i}`, body)], value: 'found' }
}

/** The sum of the gradients of those windows that have their first extreme here. */
function scattered(names: KernelNames, window: Window, sizes: WindowSizes, input: Node, gradient: Node): Computed {
  const { axes, channels } = sizes
  const total = accumulator(names, 'sum', window.node.dtype)
  const output = axes.reduce((text, a, i) => `(${text}) * ${a.output} + out${i}`, 'batch')
  const inside = [
    'var any = false;',
    `var best: ${keyType(input.dtype)};`,
    'var first = -1;',
    ...forTaps(sizes, (i) => `out${i}`, firstExtreme(names, window, input, ['first = at;'])),
    'if (first == point) {',
    `  let update = ${names.load(gradient, `(${output}) * ${channels} + channel`)};`,
    ...indent(total.add('update', '')),
    '}',
  ]
  const loops = axes.reduceRight<string[]>((body, a, i) => {
    const low = a.low < 0 ? `(${a.low})` : String(a.low)
    return [
      `let last${i} = min(${a.output - 1}, tn_divide_i32(place${i} + ${low}, ${a.stride}));`,
      `for (var out${i} = max(0, tn_divide_i32(place${i} + ${low} - ${a.window - 1} + ${a.stride - 1}, ${a.stride})); out${i} <= last${i}; out${i}++) {`,
      ...indent(body),
      '}',
    ]
  }, inside)
  return { lines: [...declare([total]), ...loops], value: total.result }
}

// A convolution and its gradients as products, one for each group: nothing is unfolded in memory, the operands' functions find what a row or
// column reads.

import { type Dim, multiplyDims } from '../../../core/dimension.ts'
import { type ConvolutionSizes, convolutionSizes, productOf, type SpatialAxis } from '../../../compiler/convolution-geometry.ts'
import type { Kernel } from '../../../compiler/loop-ir/loop-ir.ts'
import type { Operand, Product } from './product.ts'

type Convolution = Extract<Kernel, { kind: 'convolution' }>

/** How operands are read: `left(i)` and `right(i)` are element i, of WGSL type `type`. */
export interface Reads {
  readonly type: string
  readonly left: (index: string) => string
  readonly right: (index: string) => string
}

/** What of a product the convolution decides. Batches are its groups: column c of batch g is channel g · columns + c of the result. */
export type ConvolutionProduct = Pick<Product, 'rows' | 'depth' | 'left' | 'right'> & { readonly groups: number; readonly columns: number }

/** A convolution, the gradient of its input or the gradient of its filter as a product per group. */
export function convolutionProduct({ variant, geometry, node, a, b }: Convolution, reads: Reads): ConvolutionProduct {
  switch (variant) {
    case 'conv':
      return forward(convolutionSizes(geometry, a.shape, b.shape, node.shape), reads)
    case 'convInputGradient':
      return inputGradient(convolutionSizes(geometry, node.shape, b.shape, a.shape), reads)
    case 'convFilterGradient':
      return filterGradient(convolutionSizes(geometry, a.shape, node.shape, b.shape), reads)
  }
}

/** Rows: output positions. Columns: filters of a group. Depth: taps and channels of a group. */
function forward(sizes: ConvolutionSizes, reads: Reads): ConvolutionProduct {
  const { axes, groups, channels, filters } = sizes
  const [perGroup, columns] = [channels / groups, filters / groups]
  const plane = productOf(axes, (a) => a.input)
  const left = `fn leftAt(batch: i32, place: i32) -> vec4<i32> {
${takeApart('place', axes, (a) => a.output)}
  return vec4<i32>(${padded(`rest * ${plane * channels} + batch * ${perGroup}`, axes, (a, i) => `p${i} * ${a.stride} - ${a.low}`)});
}
fn left(at: vec4<i32>, depth: i32) -> ${reads.type} {
${takeApart(`depth / ${divisor(perGroup)}`, axes, (a) => a.window)}
${axes.map((a, i) => `  let q${i} = at.${component(i)} + p${i} * ${a.dilation};`).join('\n')}
${readInside(
  inside(axes, (a) => a.input),
  reads,
  `at.x + (${position(axes, (a) => a.input)}) * ${channels} + depth % ${divisor(perGroup)}`,
)}
}`
  return {
    groups,
    rows: multiplyDims(
      sizes.batch,
      productOf(axes, (a) => a.output),
    ),
    columns,
    depth: productOf(axes, (a) => a.window) * perGroup,
    left: { name: 'left', text: left, isDepthFast: perGroup > 1 },
    right: linesOf(filters, columns, reads),
  }
}

/** Rows: input positions. Columns: channels of a group. Depth: taps and filters of a group. */
function inputGradient(sizes: ConvolutionSizes, reads: Reads): ConvolutionProduct {
  const { axes, groups, channels, filters } = sizes
  const [perGroup, columns] = [filters / groups, channels / groups]
  const plane = productOf(axes, (a) => a.output)
  const isHit = axes.flatMap((a, i) => [`s${i} >= 0`, ...(a.stride === 1 ? [] : [`s${i} % ${a.stride} == 0`])])
  const left = `fn leftAt(batch: i32, place: i32) -> vec4<i32> {
${takeApart('place', axes, (a) => a.input)}
  return vec4<i32>(${padded(`rest * ${plane * filters} + batch * ${perGroup}`, axes, (a, i) => `p${i} + ${a.low}`)});
}
fn left(at: vec4<i32>, depth: i32) -> ${reads.type} {
${takeApart(`depth / ${divisor(perGroup)}`, axes, (a) => a.window)}
${axes.map((a, i) => `  let s${i} = at.${component(i)} - p${i} * ${a.dilation};\n  let q${i} = s${i} / ${a.stride};`).join('\n')}
${readInside([...isHit, ...inside(axes, (a) => a.output)], reads, `at.x + (${position(axes, (a) => a.output)}) * ${filters} + depth % ${divisor(perGroup)}`)}
}`
  const right = `fn rightAt(batch: i32, place: i32) -> vec4<i32> { return vec4<i32>(place * ${filters} + batch * ${perGroup}, 0, 0, 0); }
fn right(at: vec4<i32>, depth: i32) -> ${reads.type} {
  return ${reads.right(`at.x + depth / ${divisor(perGroup)} * ${columns * filters} + depth % ${divisor(perGroup)}`)};
}`
  return {
    groups,
    rows: multiplyDims(
      sizes.batch,
      productOf(axes, (a) => a.input),
    ),
    columns,
    depth: productOf(axes, (a) => a.window) * perGroup,
    left: { name: 'left', text: left, isDepthFast: perGroup > 1 },
    right: { name: 'right', text: right, isDepthFast: true },
  }
}

/** Rows: taps and channels of a group. Columns: filters of a group. Depth: output positions of all samples. */
function filterGradient(sizes: ConvolutionSizes, reads: Reads): ConvolutionProduct {
  const { axes, groups, channels, filters } = sizes
  const [perGroup, columns] = [channels / groups, filters / groups]
  const plane = productOf(axes, (a) => a.input)
  const left = `fn leftAt(batch: i32, place: i32) -> vec4<i32> {
${takeApart(`place / ${divisor(perGroup)}`, axes, (a) => a.window)}
  return vec4<i32>(${padded(`batch * ${perGroup} + place % ${divisor(perGroup)}`, axes, (a, i) => `p${i} * ${a.dilation} - ${a.low}`)});
}
fn left(at: vec4<i32>, depth: i32) -> ${reads.type} {
${takeApart('depth', axes, (a) => a.output)}
${axes.map((a, i) => `  let q${i} = at.${component(i)} + p${i} * ${a.stride};`).join('\n')}
${readInside(
  inside(axes, (a) => a.input),
  reads,
  `at.x + (rest * ${plane} + ${position(axes, (a) => a.input)}) * ${channels}`,
)}
}`
  const depth: Dim = multiplyDims(
    sizes.batch,
    productOf(axes, (a) => a.output),
  )
  return {
    groups,
    rows: productOf(axes, (a) => a.window) * perGroup,
    columns,
    depth,
    left: { name: 'left', text: left, isDepthFast: false },
    right: linesOf(filters, columns, reads),
  }
}

/** An operand [depth, filters of all groups]. */
function linesOf(filters: number, perGroup: number, reads: Reads): Operand {
  const text = `fn rightAt(batch: i32, place: i32) -> vec4<i32> { return vec4<i32>(batch * ${perGroup} + place, 0, 0, 0); }
fn right(at: vec4<i32>, depth: i32) -> ${reads.type} { return ${reads.right(`at.x + depth * ${filters}`)}; }`
  return { name: 'right', text, isDepthFast: false }
}

/** Splits a row-major position into `p0`, `p1`, … along the axes and the `rest` outside them. */
function takeApart(place: string, axes: readonly SpatialAxis[], size: (a: SpatialAxis) => number): string {
  const lines = [`  var rest = ${place};`]
  for (let i = axes.length - 1; i >= 0; i--) {
    const axis = axes[i]
    if (axis !== undefined) lines.push(`  let p${i} = rest % ${divisor(size(axis))};\n  rest /= ${divisor(size(axis))};`)
  }
  return lines.join('\n')
}

/** The row-major position of `q0`, `q1`, …. */
function position(axes: readonly SpatialAxis[], size: (a: SpatialAxis) => number): string {
  return axes.reduce((text, a, i) => (i === 0 ? 'q0' : `(${text}) * ${size(a)} + q${i}`), '')
}

/** A number to divide by: WGSL refuses a 0 that it can see, even where nothing is computed. */
const divisor = (n: number): number => Math.max(1, n)

/** The conditions under which `q0`, `q1`, … lie on the axes. */
function inside(axes: readonly SpatialAxis[], size: (a: SpatialAxis) => number): string[] {
  return axes.map((a, i) => `u32(q${i}) < ${size(a)}u`)
}

/**
 * Statements that return the left operand's element where all conditions hold, else zero. The conditions are joined without branches, and there is
 * one return: of short circuits and early returns, inlined for each element, a driver made a module that took it 44 s.
 */
function readInside(conditions: readonly string[], reads: Reads, index: string): string {
  return `  var value = ${reads.type}();
  if (${conditions.map((c) => `(${c})`).join(' & ')}) { value = ${reads.left(index)}; }
  return value;`
}

const component = (axis: number): string => 'yzw'[axis] ?? 'w'

/** Components of a place: a base and one number for each axis. */
function padded(base: string, axes: readonly SpatialAxis[], each: (a: SpatialAxis, i: number) => string): string {
  return [base, ...axes.map(each), '0', '0'].slice(0, 4).join(', ')
}

// A rendered kernel together with what its text refers to by position, and the pieces of C that all loop renderers share.

import type { Dim } from '../../core/dimension.ts'
import { maxDim, multiplyDims } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'
import type { Axis } from '../../compiler/loop-ir/index-expression.ts'
import type { Statement } from '../../compiler/loop-ir/loop-ir.ts'
import { eachExpression } from '../../compiler/loop-ir/loop-shape.ts'
import { type KernelNames, storedType } from './render-expression.ts'
import type { RenderedKernel } from './rendered-kernel.ts'
import { taskElements } from './task-cut.ts'

/** A rendered kernel with the values and sizes that its text refers to by position. */
export interface BoundKernel {
  readonly rendered: RenderedKernel
  readonly names: KernelNames
}

export function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}

/** `const float *b0 = buf[0];` for every buffer so far; `written` ones are not const. */
export function bufferDeclarations(names: KernelNames, written: ReadonlySet<Node>): string[] {
  return names.buffers.map((node, i) => `${written.has(node) ? '' : 'const '}${storedType[node.dtype]} *b${i} = buf[${i}];`)
}

/** A phase's function around its body, with the buffers that the body mentions. */
export function phaseFunction(symbol: string, names: KernelNames, written: ReadonlySet<Node>, body: readonly string[]): string {
  const text = body.join('\n')
  const declarations = bufferDeclarations(names, written).filter((_, i) => new RegExp(`\\bb${i}\\[`).test(text))
  return [
    `void ${symbol}(void *const *buf, const int64_t *dim, int64_t task) {`,
    ...indent(['(void)dim, (void)task;', ...declarations, ...body]),
    '}',
    '',
  ].join('\n')
}

/** Loops over the points `begin` ≤ row < `end` of `axes`, counted row-major; positions are carried along, not divided out. */
export function rowLoop(names: KernelNames, axes: readonly Axis[], begin: string, end: string, body: readonly string[]): string[] {
  const [only, ...more] = axes
  if (only === undefined) return [`for (int64_t row = ${begin}; row < ${end}; row++) {`, ...indent(body), '}']
  if (more.length === 0) {
    const x = names.axis(only)
    return [`for (int64_t ${x} = ${begin}; ${x} < ${end}; ${x}++) {`, ...indent(body), '}']
  }
  let carry: string[] = []
  axes.forEach((a, i) => {
    const x = names.axis(a)
    carry = i === 0 ? [`${x}++;`] : [`if (++${x} == ${names.dim(a.extent)}) {`, `  ${x} = 0;`, ...indent(carry), '}']
  })
  return [...decode(names, axes, begin), `for (int64_t row = ${begin}; row < ${end}; row++) {`, ...indent([...body, ...carry]), '}']
}

/** Declares the axes at a row-major position. */
export function decode(names: KernelNames, axes: readonly Axis[], position: string): string[] {
  const lines: string[] = []
  let below: Dim = 1
  for (let i = axes.length - 1; i >= 0; i--) {
    const a = axes[i]
    if (a === undefined) continue
    const divided = below === 1 ? position : `${position} / ${names.dim(below)}`
    lines.push(`int64_t ${names.axis(a)} = ${i === 0 ? divided : `${divided} % ${names.dim(a.extent)}`};`)
    below = multiplyDims(below, a.extent)
  }
  return lines
}

/** Elements of these statements that make a task of some tens of microseconds. */
export function grainOf(statements: readonly Statement[]): number {
  let weight = statements.length
  eachExpression(statements, (e) => {
    if (e.kind === 'unary' && e.fn !== 'negate' && e.fn !== 'abs' && e.fn !== 'not') weight += 2
    else if (e.kind === 'randomBits') weight += 4
    else if (e.kind === 'binary' && e.fn === 'power') weight += 8
  })
  return Math.max(1, Math.floor((2 * taskElements) / (weight + 1)))
}

/** The most points that the axes can have. */
export function mostPoints(axes: readonly Axis[]): number {
  return axes.reduce((product, a) => product * maxDim(a.extent), 1)
}

/** The nodes that the statements write. */
export function writtenBy(statements: readonly Statement[], isKept: (node: Node) => boolean): Set<Node> {
  return new Set(statements.map((s) => (s.kind === 'map' ? s.store.node : s.node)).filter(isKept))
}

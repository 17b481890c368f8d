// Matrix products: operands are strided views, read where they lie.

import { type Dim, maxDim } from '../../../core/dimension.ts'
import type { Node } from '../../../core/graph.ts'
import type { Kernel, MatrixView } from '../../../compiler/loop-ir/loop-ir.ts'
import type { GpuKernel, GpuTarget } from '../gpu-kernel.ts'
import { epilogueLines, ExpressionText, indent, KernelNames } from '../render-expression.ts'
import type { Operand } from './product.ts'
import { arithmeticOf } from './product-arithmetic.ts'
import { renderProduct } from './render-product.ts'

/** Renders result[batch, m, n] = Σₖ lhs[batch, m, k] · rhs[batch, k, n] with its epilogue. Half precisions are summed in f32, integers wrap. */
export function renderMatmul(
  { node, batch, m, n, k, lhs, rhs, epilogue }: Extract<Kernel, { kind: 'matmul' }>,
  isKept: (node: Node) => boolean,
  target: GpuTarget,
): GpuKernel {
  const names = new KernelNames()
  const arithmetic = arithmeticOf(node.dtype, target)
  const sizes = batch.map((axis) => axis.extent)
  batch.forEach((axis, i) => {
    names.nameAxis(axis, `b${i}`)
  })
  names.nameAxis(m, 'row')
  names.nameAxis(n, 'column')
  const split = indent(batchLines(sizes, names))
  const operand = (name: string, view: MatrixView, place: Dim, depth: Dim): Operand => {
    const start = new ExpressionText(names).position(view.offset)
    const element = arithmetic.load(names, view.node, `at.x + depth * ${names.dim(depth)}`)
    return {
      name,
      text: `fn ${name}At(batch: i32, place: i32) -> vec4<i32> {
${split.join('\n')}
  return vec4<i32>(${start} + place * ${names.dim(place)}, 0, 0, 0);
}
fn ${name}(at: vec4<i32>, depth: i32) -> ${arithmetic.type} { return ${element}; }`,
      isDepthFast: Math.abs(maxDim(depth)) < Math.abs(maxDim(place)),
    }
  }
  const left = operand('left', lhs, lhs.rowStride, lhs.columnStride)
  const right = operand('right', rhs, rhs.columnStride, rhs.rowStride)
  const value = arithmetic.finished('sum')
  const finish = `fn finish(batch: i32, row: i32, column: i32, sum: ${arithmetic.type}) {
${[...split, `  let value = ${value};`, ...indent(epilogueLines(names, [...batch, m, n], { node, value: 'value' }, epilogue, isKept))].join('\n')}
}`
  const passes = renderProduct({
    target,
    arithmetic,
    batch: sizes,
    isBatchInner: false,
    rows: m.extent,
    columns: n.extent,
    depth: k,
    left,
    right,
    finish,
    dim: (d) => names.dim(d),
  })
  return { buffers: names.buffers, dims: names.dims, ...passes }
}

/** Splits `batch` into `b0`, `b1`, …, the coordinates along the batch axes. */
function batchLines(sizes: readonly Dim[], names: KernelNames): string[] {
  const [first, ...others] = sizes
  if (first === undefined) return []
  const lines = ['var rest = batch;']
  for (let i = others.length; i > 0; i--) {
    const size = sizes[i] ?? 1
    // WGSL refuses to divide by a 0 that it can see, even where nothing is computed.
    const by = size === 0 ? '1' : names.dim(size)
    lines.push(`let b${i} = rest % ${by};`, `rest /= ${by};`)
  }
  return [...lines, 'let b0 = rest;']
}

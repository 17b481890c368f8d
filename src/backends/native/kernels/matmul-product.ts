// What every matrix product kernel is made of, as C text: pointers to the operands of one batch element, and the epilogue that turns
// a finished block of sums into the stored results.

import { elementCount, multiplyDims, type Dim } from '../../../core/dimension.ts'
import type { DType } from '../../../core/dtype.ts'
import type { Node } from '../../../core/graph.ts'
import { type Axis, type Index, strideOf } from '../../../compiler/loop-ir/index-expression.ts'
import type { Kernel, MatrixView } from '../../../compiler/loop-ir/loop-ir.ts'
import { computedType, ExpressionText, KernelNames, type Scope, storedText, storedType } from '../render-expression.ts'
import { bufferDeclarations, indent } from '../bound-kernel.ts'
import { boundsWithin } from '../guard-bounds.ts'
import type { CInt } from '../rendered-kernel.ts'

/** A matrix product in the loop IR. */
export type MatmulKernel = Extract<Kernel, { kind: 'matmul' }>

/** One side of the product: the buffer it lies in and the element strides of its rows and columns. */
export interface Operand {
  readonly buffer: number
  readonly rowStride: CInt
  readonly columnStride: CInt
}

/** Where sums may be written without an epilogue: they are the only result, stored as float, row by row. */
export interface DirectResult {
  /** `KERNEL_result(buf, dim, batch, row, column)`: where the element is stored. */
  readonly function: string
  readonly rowStride: CInt
}

/** A matrix product whose sizes, operands and epilogue have been rendered. */
export interface ProductText {
  readonly names: KernelNames
  readonly dtype: DType
  readonly batch: CInt
  readonly m: CInt
  readonly n: CInt
  readonly k: CInt
  readonly lhs: Operand
  readonly rhs: Operand
  /** `KERNEL_lhs(buf, dim, batch)`, `KERNEL_rhs(…)`: first element of a matrix. */
  readonly operandFunctions: string
  /** `KERNEL_finish(buf, dim, batch, sums, stride, row0, row1, column0, column1)`: the epilogue of a block. */
  readonly finishFunction: string
  readonly direct: DirectResult | undefined
}

/** The same product with the roles of rows and columns exchanged: Cᵀ = BᵀAᵀ. */
export function exchanged(kernel: MatmulKernel): MatmulKernel {
  const transposed = (view: MatrixView): MatrixView => ({ ...view, rowStride: view.columnStride, columnStride: view.rowStride })
  return { ...kernel, m: kernel.n, n: kernel.m, lhs: transposed(kernel.rhs), rhs: transposed(kernel.lhs) }
}

/** Renders what all kernels of `kernel` share. Sums are of C type `sumType`. */
export function productText(kernel: MatmulKernel, isKept: (node: Node) => boolean, sumType: string): ProductText {
  const names = new KernelNames()
  const operand = (view: MatrixView): Operand => ({
    buffer: names.buffer(view.node),
    rowStride: names.size(view.rowStride),
    columnStride: names.size(view.columnStride),
  })
  const [lhs, rhs] = [operand(kernel.lhs), operand(kernel.rhs)]
  const only = kernel.epilogue.filter((store) => isKept(store.node))
  const [product] = only
  let direct: DirectResult | undefined
  const operands = [operandFunction('KERNEL_lhs', kernel.lhs, kernel.batch, names), operandFunction('KERNEL_rhs', kernel.rhs, kernel.batch, names)]
  if (only.length === 1 && product !== undefined && product.node === kernel.node && kernel.node.dtype === 'f32') {
    const [across, down] = [strideOf(product.index, kernel.n), strideOf(product.index, kernel.m)]
    if ((across === 1 || kernel.n.extent === 1) && down !== undefined) {
      direct = { rowStride: names.size(down), function: resultFunction(kernel, product.node, product.index, names) }
    }
  }
  const finish = finishFunction(kernel, isKept, sumType, names)
  return {
    names,
    dtype: kernel.node.dtype,
    batch: names.size(elementCount(kernel.batch.map((a) => a.extent))),
    m: names.size(kernel.m.extent),
    n: names.size(kernel.n.extent),
    k: names.size(kernel.k),
    lhs,
    rhs,
    operandFunctions: operands.join('\n'),
    finishFunction: finish,
    direct,
  }
}

/** `const int64_t x = …;` for each batch axis that `text` mentions. */
function decodeBatch(axes: readonly Axis[], names: KernelNames): string[] {
  const lines: string[] = ['(void)dim; (void)batch;']
  let below: Dim = 1
  for (const a of axes.toReversed()) {
    if (a.extent !== 1) {
      const name = names.axis(a)
      lines.push(`const int64_t ${name} = batch / ${names.dim(below)} % ${names.dim(a.extent)}; (void)${name};`)
    }
    below = multiplyDims(below, a.extent)
  }
  return lines
}

function indexText(index: Index, names: KernelNames, lines: string[]): string {
  return new ExpressionText(names, new Map(), { next: 0 }).render({ kind: 'index', index, dtype: 'i64' }, [{ lines, axes: new Set() }])
}

function operandFunction(name: string, view: MatrixView, batch: readonly Axis[], names: KernelNames): string {
  const type = storedType[view.node.dtype]
  const lines = decodeBatch(batch, names)
  const offset = indexText(view.offset, names, lines)
  lines.push(`return (const ${type} *)buf[${names.buffer(view.node)}] + ${offset};`)
  return [`static inline const ${type} *${name}(void *const *buf, const int64_t *dim, int64_t batch) {`, ...indent(lines), '}'].join('\n')
}

function resultFunction(kernel: MatmulKernel, node: Node, index: Index, names: KernelNames): string {
  const lines = [...decodeBatch(kernel.batch, names), '(void)row; (void)column;']
  names.nameAxis(kernel.m, 'row')
  names.nameAxis(kernel.n, 'column')
  const offset = indexText(index, names, lines)
  lines.push(`return (float *)buf[${names.buffer(node)}] + ${offset};`)
  return [
    'static inline float *KERNEL_result(void *const *buf, const int64_t *dim, int64_t batch, int64_t row, int64_t column) {',
    ...indent(lines),
    '}',
  ].join('\n')
}

/**
 * `KERNEL_finish(buf, dim, batch, sums, stride, row0, row1, column0, column1)`: the epilogue for a block whose element
 * (row, column) is `sums[(row - row0) * stride + column - column0]`.
 */
function finishFunction(kernel: MatmulKernel, isKept: (node: Node) => boolean, sumType: string, names: KernelNames): string {
  names.nameAxis(kernel.m, 'row')
  names.nameAxis(kernel.n, 'column')
  const before: string[] = []
  const perRow: string[] = []
  const body: string[] = []
  const scopes: Scope[] = [
    { lines: before, axes: new Set(kernel.batch.map((a) => a.id)) },
    { lines: perRow, axes: new Set([kernel.m.id]) },
    { lines: body, axes: new Set([kernel.n.id]) },
  ]
  const locals = new Map<Node, string>([[kernel.node, 'product']])
  const text = new ExpressionText(names, locals, { next: 0 })
  const type = computedType[kernel.node.dtype]
  body.push(`const ${type} product = (${type})line[column];`)
  // Every value is computed before the first is stored: a result may replace an array that the same point reads.
  const writes: string[] = []
  const written = new Set<Node>()
  for (const { node, index, value } of kernel.epilogue) {
    const rendered = text.render(value, scopes)
    locals.set(node, rendered)
    if (!isKept(node)) continue
    written.add(node)
    const at = text.render({ kind: 'index', index, dtype: 'i64' }, scopes)
    writes.push(`b${names.buffer(node)}[${at}] = ${storedText(rendered, node.dtype)};`)
  }
  const used = [...before, ...perRow, ...body, ...writes].join('\n')
  const declarations = bufferDeclarations(names, written).filter((_, i) => new RegExp(`\\bb${i}\\[`).test(used))
  const loop = (head: string): string[] => ['#pragma omp simd', `for (${head}) {`, ...indent([...body, ...writes]), '}']
  const bounds = boundsWithin(
    kernel.epilogue.map(({ value }) => value),
    kernel.n,
  )
  const columns =
    bounds.length === 0
      ? loop('int64_t column = column0; column < column1; column++')
      : [0, ...bounds].flatMap((from, i) => [
          `if (column0 < ${bounds[i] ?? 'INT64_MAX'} && column1 > ${from}) {`,
          `  const int64_t from = column0 > ${from} ? column0 : ${from}, to = ${bounds[i] === undefined ? 'column1' : `column1 < ${bounds[i]} ? column1 : ${bounds[i]}`};`,
          ...indent(loop('int64_t column = from; column < to; column++')),
          '}',
        ])
  return [
    `static __attribute__((noinline)) void KERNEL_finish(void *const *buf, const int64_t *dim, int64_t batch, const ${sumType} *sums, int64_t stride, int64_t row0, int64_t row1, int64_t column0, int64_t column1) {`,
    ...indent([...declarations, ...decodeBatch(kernel.batch, names), ...before]),
    '  for (int64_t row = row0; row < row1; row++) {',
    `    const ${sumType} *line = sums + (row - row0) * stride - column0;`,
    ...indent(indent(perRow)),
    ...indent(indent(columns)),
    '  }',
    '}',
  ].join('\n')
}

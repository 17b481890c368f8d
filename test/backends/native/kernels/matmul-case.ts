// A matrix product with chosen sizes, strides and epilogue: rendered, compiled, run in both task orders, and compared with plain
// loops in double precision.
import assert from 'node:assert/strict'
import type { MatmulKernel } from '../../../../src/backends/native/kernels/matmul-product.ts'
import { preludeText } from '../../../../src/backends/native/prelude.ts'
import { renderMatmul } from '../../../../src/backends/native/render-matmul.ts'
import { cValue, type Target } from '../../../../src/backends/native/rendered-kernel.ts'
import { type Axis, axis, axisIndex, type Index, linearIndex, scaleIndex } from '../../../../src/compiler/loop-ir/index-expression.ts'
import type { Expression, MatrixView, StoreTo } from '../../../../src/compiler/loop-ir/loop-ir.ts'
import { type Dim, elementCount, evaluateDim, multiplyDims } from '../../../../src/core/dimension.ts'
import { byteSize, type DType, viewOf } from '../../../../src/core/dtype.ts'
import { makeNode, type Node, parameterNode } from '../../../../src/core/graph.ts'
import { bfloat16ToNumber, halfToNumber, numberToBfloat16, numberToHalf } from '../../../../src/core/half.ts'
import { compileKernel } from './compile-kernel.ts'

/** rows: row-major; columns: column-major; padded: rows further apart than they are long; spread: both strides above 1; repeated: row stride 0. */
export type Layout = 'rows' | 'columns' | 'padded' | 'spread' | 'repeated'

/** none: the product; both: product and chain; chain: relu(product + bias) + residual; update: weight − product/4 in the weight's place. */
export type Epilogue = 'none' | 'both' | 'chain' | 'update'

export interface MatmulCase {
  readonly dtype?: DType
  readonly batch?: Dim
  readonly m: Dim
  readonly n: Dim
  readonly k: Dim
  readonly lhs?: Layout
  readonly rhs?: Layout
  /** Whether all batches share one left (right) matrix. */
  readonly sharedLhs?: boolean
  readonly sharedRhs?: boolean
  readonly epilogue?: Epilogue
  readonly target?: Target
  /** Values of symbolic sizes, by name. */
  readonly sizes?: Readonly<Record<string, number>>
  /** Values of the operands; by default small pseudo-random numbers. */
  readonly value?: (side: 'lhs' | 'rhs', row: number, column: number) => number
}

const caches = { l1Bytes: 32768, l2Bytes: 1 << 20, l3Bytes: 1 << 25 }
export const avx512: Target = { vectorBytes: 64, vectorRegisters: 32, ...caches }
export const avx2: Target = { vectorBytes: 32, vectorRegisters: 16, ...caches }
export const sse: Target = { vectorBytes: 16, vectorRegisters: 16, ...caches }
export const neon: Target = { vectorBytes: 16, vectorRegisters: 32, ...caches }

function strides(layout: Layout, rows: Dim, columns: Dim): { row: Dim; column: Dim; size: Dim } {
  switch (layout) {
    case 'rows':
      return { row: columns, column: 1, size: multiplyDims(rows, columns) }
    case 'columns':
      return { row: 1, column: rows, size: multiplyDims(rows, columns) }
    case 'padded':
      return { row: multiplyDims(columns, 2), column: 1, size: multiplyDims(rows, multiplyDims(columns, 2)) }
    case 'spread':
      return { row: multiplyDims(columns, 3), column: 3, size: multiplyDims(rows, multiplyDims(columns, 3)) }
    case 'repeated':
      return { row: 0, column: 1, size: columns }
  }
}

function encode(dtype: DType, value: number): number | bigint {
  if (dtype === 'bf16') return numberToBfloat16(value)
  if (dtype === 'f16') return numberToHalf(value)
  return dtype === 'i64' ? BigInt(value) : value
}

function decode(dtype: DType, stored: number | bigint): number {
  if (dtype === 'bf16') return bfloat16ToNumber(Number(stored))
  return dtype === 'f16' ? halfToNumber(Number(stored)) : Number(stored)
}

/** Renders, compiles, runs and checks one product. */
export function checkMatmul(described: MatmulCase): void {
  const { dtype = 'f32', batch = 1, m, n, k, lhs = 'rows', rhs = 'rows', epilogue = 'none', target = avx512 } = described
  const bound = new Map(Object.entries(described.sizes ?? {}))
  const size = (d: Dim) => evaluateDim(d, bound)
  const [lhsAt, rhsAt] = [strides(lhs, m, k), strides(rhs, k, n)]
  const batchOf = (shared: boolean | undefined) => (shared ? 1 : batch)
  const lhsNode = parameterNode('lhs', { dtype, shape: [batchOf(described.sharedLhs), lhsAt.size] })
  const rhsNode = parameterNode('rhs', { dtype, shape: [batchOf(described.sharedRhs), rhsAt.size] })
  const [batchAxis, mAxis, nAxis] = [axis(batch), axis(m), axis(n)]
  const view = (node: Node, at: typeof lhsAt, shared: boolean | undefined): MatrixView => ({
    node,
    offset: shared ? { constant: 0, terms: [] } : scaleIndex(axisIndex(batchAxis), at.size),
    rowStride: at.row,
    columnStride: at.column,
  })
  const product = makeNode({ name: 'dot', lhsBatch: [0], rhsBatch: [0], lhsContract: [2], rhsContract: [1] }, [
    parameterNode('a', { dtype, shape: [batch, m, k] }),
    parameterNode('b', { dtype, shape: [batch, k, n] }),
  ])
  const position = linearIndex([batchAxis, mAxis, nAxis].map(axisIndex), [batch, m, n])
  const chain = epilogueOf(epilogue, product, position, nAxis)
  const kernel: MatmulKernel = {
    kind: 'matmul',
    node: product,
    batch: [batchAxis],
    m: mAxis,
    n: nAxis,
    k,
    lhs: view(lhsNode, lhsAt, described.sharedLhs),
    rhs: view(rhsNode, rhsAt, described.sharedRhs),
    epilogue: chain.stores,
  }
  const { rendered, names } = renderMatmul(kernel, (node) => chain.kept.has(node), target)

  // Every value gets its place in one arena, with a gap of sentinels behind it; a donated result shares its parameter's place.
  const starts = new Map<Node, number>()
  let end = 16
  for (const node of names.buffers) {
    const donor = chain.inPlace.get(node)
    if (donor !== undefined && starts.has(donor)) continue
    starts.set(donor ?? node, end)
    end += Math.ceil((size(elementCount(node.shape)) * byteSize(node.dtype)) / 64) * 16 + 16
  }
  const startOf = (node: Node) => starts.get(chain.inPlace.get(node) ?? node) ?? 0
  const dims = names.dims.map((d) => bound.get(d.name) ?? 0)
  const scratch = end
  const arena = new Float32Array(end + Math.ceil(cValue(rendered.scratchBytes, dims) / 4) + 16).fill(sentinel)
  const elements = (node: Node) => viewOf(node.dtype, arena.buffer, startOf(node) * 4, size(elementCount(node.shape)))
  const inputs = new Map<Node, number[]>()
  let seed = 1
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return (((seed >>> 8) % 17) - 8) / (dtype.startsWith('f') || dtype === 'bf16' ? 8 : 1)
  }
  const fill = () => {
    seed = 1
    arena.fill(sentinel)
    for (const node of names.buffers) {
      if (node.op.name !== 'parameter') continue
      const values = elements(node)
      const numbers: number[] = []
      for (let i = 0; i < values.length; i++) {
        const x = node.dtype === 'u8' || node.dtype === 'u32' ? Math.abs(random()) : random()
        numbers.push(x)
        write(values, i, encode(node.dtype, x))
      }
      inputs.set(node, numbers)
    }
    const { value } = described
    if (value === undefined) return
    for (const [node, side, at, rows, columns] of [[lhsNode, 'lhs', lhsAt, m, k] as const, [rhsNode, 'rhs', rhsAt, k, n] as const]) {
      const values = elements(node)
      for (let r = 0; r < size(rows); r++) {
        for (let c = 0; c < size(columns); c++) {
          const i = r * size(at.row) + c * size(at.column)
          const numbers = inputs.get(node)
          if (numbers !== undefined) numbers[i] = value(side, r, c)
          write(values, i, encode(dtype, value(side, r, c)))
        }
      }
    }
  }
  fill()
  const expected = reference()
  const run = compileKernel({ ...rendered, source: `${preludeText()}\n${rendered.source}` })
  const places = [...names.buffers.map(startOf), scratch]
  run(arena, places, dims, false)
  const forwards = arena.slice()
  for (const [node, values] of expected) compare(node, elements(node), values)
  checkGaps()
  fill()
  run(arena, places, dims, true)
  for (const node of expected.keys()) {
    const [from, to] = [startOf(node) * 4, startOf(node) * 4 + elements(node).byteLength]
    assert.ok(
      Buffer.from(arena.buffer, from, to - from).equals(Buffer.from(forwards.buffer, from, to - from)),
      'tasks run backwards: expected the same bits',
    )
  }

  function reference(): Map<Node, { values: number[]; scale: number[] }> {
    const [b, rows, columns, inner] = [size(batch), size(m), size(n), size(k)]
    const results = new Map<Node, { values: number[]; scale: number[] }>([...chain.kept].map((node) => [node, { values: [], scale: [] }]))
    const at = (node: Node, i: number) => inputs.get(node)?.[i] ?? 0
    const [left, right] = [Float64Array.from(inputs.get(lhsNode) ?? []), Float64Array.from(inputs.get(rhsNode) ?? [])]
    const [leftMatrix, leftRow, leftColumn] = [described.sharedLhs ? 0 : size(lhsAt.size), size(lhsAt.row), size(lhsAt.column)]
    const [rightMatrix, rightRow, rightColumn] = [described.sharedRhs ? 0 : size(rhsAt.size), size(rhsAt.row), size(rhsAt.column)]
    for (let g = 0; g < b; g++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          let sum = 0
          let scale = 0
          let x = g * leftMatrix + i * leftRow
          let y = g * rightMatrix + j * rightColumn
          for (let p = 0; p < inner; p++, x += leftColumn, y += rightRow) {
            const term = (left[x] ?? 0) * (right[y] ?? 0)
            sum += term
            scale += Math.abs(term)
          }
          const element = (g * rows + i) * columns + j
          for (const [node, value] of chain.evaluate(sum, (node) => at(node, node.shape.length === 1 ? j : element))) {
            const result = results.get(node)
            result?.values.push(value)
            result?.scale.push(scale + 4)
          }
        }
    return results
  }

  function compare(node: Node, got: ArrayLike<number | bigint>, want: { values: number[]; scale: number[] }): void {
    const relative =
      node.dtype === 'f32' ? 1e-6 : node.dtype === 'bf16' ? 1 / 128 : node.dtype === 'f16' ? 1 / 1024 : node.dtype === 'f64' ? 1e-13 : 0
    let worst = { error: 0, index: -1, got: 0, want: 0 }
    want.values.forEach((value, i) => {
      const x = decode(node.dtype, got[i] ?? Number.NaN)
      const wrapped = relative === 0 ? Number(wrap(node.dtype, value)) : value
      if (Object.is(x, wrapped) || x === wrapped) return
      const error = Math.abs(x - wrapped) / (want.scale[i] ?? 1)
      if (!(error <= worst.error)) worst = { error: Number.isNaN(error) ? Infinity : error, index: i, got: x, want: wrapped }
    })
    assert.ok(worst.error <= relative, `worst element ${worst.index}: expected ${worst.want}, got ${worst.got}`)
  }

  function checkGaps(): void {
    for (const node of names.buffers) {
      const last = Math.ceil((startOf(node) * 4 + elements(node).byteLength) / 4)
      for (let i = last; i < last + 16 && i < end; i++) assert.equal(arena[i], sentinel, `a write ${i - last} floats behind a buffer`)
    }
  }
}

const sentinel = 12345

function write(values: ReturnType<typeof viewOf>, i: number, x: number | bigint): void {
  if (values instanceof BigInt64Array) values[i] = BigInt(x)
  else values[i] = Number(x)
}

function wrap(dtype: DType, value: number): number | bigint {
  const view = viewOf(dtype, new ArrayBuffer(8))
  write(view, 0, dtype === 'i64' ? BigInt(value) : value)
  return view[0] ?? 0
}

interface Chain {
  readonly stores: readonly StoreTo[]
  readonly kept: ReadonlySet<Node>
  /** Results that take the place of a parameter. */
  readonly inPlace: ReadonlyMap<Node, Node>
  readonly evaluate: (product: number, read: (node: Node) => number) => [Node, number][]
}

function epilogueOf(kind: Epilogue, product: Node, position: Index, n: Axis): Chain {
  const { dtype, shape } = product
  const local: Expression = { kind: 'local', node: product, dtype }
  const own: StoreTo = { node: product, index: position, value: local }
  if (kind === 'none') return { stores: [own], kept: new Set([product]), inPlace: new Map(), evaluate: (x) => [[product, x]] }
  if (kind === 'update') {
    const weight = parameterNode('weight', { dtype, shape })
    const result = makeNode({ name: 'binary', fn: 'subtract' }, [weight, product])
    const old: Expression = { kind: 'load', from: weight, index: position, dtype }
    const step: Expression = { kind: 'binary', fn: 'multiply', a: local, b: { kind: 'constant', value: 0.25, dtype }, dtype }
    const value: Expression = { kind: 'binary', fn: 'subtract', a: old, b: step, dtype }
    return {
      stores: [own, { node: result, index: position, value }],
      kept: new Set([result]),
      inPlace: new Map([[result, weight]]),
      evaluate: (x, read) => [[result, read(weight) - x / 4]],
    }
  }
  const bias = parameterNode('bias', { dtype, shape: [n.extent] })
  const residual = parameterNode('residual', { dtype, shape })
  const sum: Expression = { kind: 'binary', fn: 'add', a: local, b: { kind: 'load', from: bias, index: axisIndex(n), dtype }, dtype }
  const zero: Expression = { kind: 'constant', value: 0, dtype }
  const relu: Expression = { kind: 'binary', fn: 'maximum', a: sum, b: zero, dtype }
  const added: Expression = { kind: 'binary', fn: 'add', a: relu, b: { kind: 'load', from: residual, index: position, dtype }, dtype }
  const result = makeNode({ name: 'binary', fn: 'add' }, [product, residual])
  return {
    stores: [own, { node: result, index: position, value: added }],
    kept: new Set(kind === 'both' ? [product, result] : [result]),
    inPlace: new Map(),
    evaluate: (x, read) => {
      const chained: [Node, number] = [result, Math.max(x + read(bias), 0) + read(residual)]
      return kind === 'both' ? [[product, x], chained] : [chained]
    },
  }
}

// A tile of sums in registers: a few rows times one or two vectors of columns (or one column), for contractions that read rows by address.

import { type DType, byteSize, isFloat } from '../../core/dtype.ts'
import { countUp } from './counted-steps.ts'
import { binary, computedBytes, computedType, isLong, loadScalar, loadVector, splat, wrapped } from './element-types.ts'
import { add, i32, load, type Local, mul, sub, type Value } from './function-builder.ts'
import type { KernelFunction } from './kernel-function.ts'
import { multiplyAdd } from './matmul-tile.ts'
import { lanesOf } from './module-builder.ts'
import { combined, identity } from './reduction.ts'

/** Columns that are computed at once: vectors of four, or one element. */
export interface ColumnBlock {
  readonly isWide: boolean
  readonly vectors: number
}

const wideBlocks: readonly ColumnBlock[] = [
  { isWide: true, vectors: 2 },
  { isWide: true, vectors: 1 },
]
const single: ColumnBlock = { isWide: false, vectors: 1 }

/** Columns of a block. */
export const columnsOf = (block: ColumnBlock): number => (block.isWide ? 4 * block.vectors : 1)

/** Walks columns from `from` to `to`, as many at once as fit. */
export function forColumns(kernel: KernelFunction, dtype: DType, from: Value, to: Value, body: (column: Local, block: ColumnBlock) => void): void {
  const { fn } = kernel
  const column = fn.variable(from)
  for (const block of [...(isLong(dtype) ? [] : wideBlocks), single]) {
    const width = columnsOf(block)
    const last = fn.let(sub(to, width - 1))
    const code = fn.block(() => body(column, block))
    fn.emitLoop(column, last, width, code)
  }
}

/** The rows of a tile: an address for each, or one for all and the bytes from row to row. */
export interface TileRows {
  readonly addresses: readonly Value[]
  /** Bytes from row to row where one address stands for all, else 0. */
  readonly offset: number
  /** Bytes from step to step. */
  readonly bytes: number
}

export class RegisterTile {
  private readonly kernel: KernelFunction
  private readonly dtype: DType
  private readonly block: ColumnBlock
  private readonly sums: readonly (readonly Local[])[]

  constructor(kernel: KernelFunction, dtype: DType, rows: number, block: ColumnBlock) {
    this.kernel = kernel
    this.dtype = dtype
    this.block = block
    const type = block.isWide ? 'v128' : computedType(dtype)
    this.sums = Array.from({ length: rows }, () => Array.from({ length: block.vectors }, () => kernel.fn.newLocal(type)))
  }

  clear(): void {
    for (const row of this.sums) for (const sum of row) this.kernel.fn.set(sum, identity(lanesOf(this.block.isWide), 'sum', this.dtype))
  }

  /** Adds the outer products of `count` steps: of an element of each row and of columns, which stand `columnBytes` further at each step. */
  run(rows: TileRows, columns: Value, count: Value | number, columnBytes: number): void {
    const { fn, module } = this.kernel
    const steps = fn.let(typeof count === 'number' ? i32(count) : count)
    const rowEnds = rows.addresses.map((address) => fn.let(add(address, mul(steps, rows.bytes))))
    const columnsEnd = fn.let(add(columns, mul(steps, columnBytes)))
    const at = fn.variable(module.distance(sub(i32(0), steps)))
    const opens = () => ({
      rows: rowEnds.map((end) => fn.let(add(end, mul(at, rows.bytes)))),
      columns: fn.let(add(columnsEnd, mul(at, columnBytes))),
    })
    countUp(fn, at, 1, opens, (u, point) => {
      const forward = u * rows.bytes
      // Few offsets, which the engine keeps in registers; loads of one repeated element have no place for them.
      if (rows.offset === 0) this.step(point.rows, point.columns, { forward, columnOffset: u * columnBytes })
      else {
        const moved = point.rows.map((x) => fn.let(add(x, forward)))
        this.step(moved, point.columns, { rowOffset: rows.offset, columnOffset: u * columnBytes })
      }
    })
  }

  /**
   * Adds the outer product of one element of each row and of columns. `forward`: bytes from the addresses of rows to the elements; `rowOffset`:
   * bytes from row to row where one address stands for all; `columnOffset`: bytes to the columns. All default to 0.
   */
  step(rows: readonly Value[], columns: Value, { forward = 0, rowOffset = 0, columnOffset = 0 } = {}): void {
    const { kernel, dtype, block } = this
    const { fn } = kernel
    const width = 4 * byteSize(dtype)
    const right = Array.from({ length: block.vectors }, (_, j) =>
      fn.let(block.isWide ? loadVector(kernel, dtype, columns, columnOffset + j * width) : loadScalar(kernel, dtype, columns, columnOffset)),
    )
    this.sums.forEach((sums, t) => {
      const address = rows.length === 1 ? rows[0] : rows[t]
      if (address === undefined) return
      const x = fn.let(this.element(address, forward + t * rowOffset))
      right.forEach((y, j) => {
        const sum = sums[j]
        if (sum !== undefined) fn.set(sum, this.plusProduct(sum, x, y))
      })
    })
  }

  private element(address: Value, offset: number): Value {
    const { kernel, dtype, block } = this
    if (!block.isWide) return loadScalar(kernel, dtype, address, offset)
    const isWord = dtype === 'f32' || dtype === 'i32' || dtype === 'u32'
    return isWord ? load('v128.load32_splat', address, offset) : splat(dtype, loadScalar(kernel, dtype, address, offset))
  }

  private plusProduct(sum: Value, x: Value, y: Value): Value {
    const { kernel, dtype, block } = this
    if (block.isWide && isFloat(dtype)) return multiplyAdd(kernel.module, x, y, sum)
    const product = binary(kernel, block.isWide, 'multiply', x, y, dtype) ?? x
    return combined(lanesOf(block.isWide), 'sum', dtype, sum, product)
  }

  /** Writes the sums as computed elements, or adds them to what is there. */
  write(address: Value, rowBytes: number, adds: boolean): void {
    const { kernel, dtype, block } = this
    const { fn } = kernel
    const l = lanesOf(block.isWide)
    const type = computedType(dtype)
    const target = fn.let(address)
    this.sums.forEach((row, t) => {
      row.forEach((sum, j) => {
        const offset = t * rowBytes + 4 * j * computedBytes(dtype)
        const at = block.isWide ? load('v128.load', target, offset) : load(`${type}.load`, target, offset)
        const value = dtype === 'bool' ? l.toInt(sum) : sum
        const whole = adds ? fn.let(combined(l, 'sum', dtype, fn.let(at), value)) : value
        fn.store(block.isWide ? 'v128.store' : `${type}.store`, target, wrapped(l, whole, dtype), offset)
      })
    })
  }
}

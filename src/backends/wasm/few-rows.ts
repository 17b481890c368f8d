// Inner parts of matrix products with a few rows, which read the right operand as it lies: each of its elements is used only a few times, so that
// packing it would cost as much as the product.

import { byteSize, type DType } from '../../core/dtype.ts'
import { countUp } from './counted-steps.ts'
import { joined, loadScalar, loadVector } from './element-types.ts'
import { add, f32, f32x4, type FunctionBuilder, i32, load, mul, op, shuffleLanes, smaller, sub, type Value } from './function-builder.ts'
import { multiplyAdd } from './matmul-tile.ts'
import type { ModuleBuilder } from './module-builder.ts'

/** Most rows that these functions take: their sums still fit the registers. */
export const mostFewRows = 4

/** Lines that {@link dots} takes at once. */
export const dotLines = (rows: number): number => (rows <= 2 ? 4 : 2)

/**
 * Products of `rows` packed rows with a few lines whose elements lie side by side. Parameters: address of the lines, bytes between them, lines
 * that exist (at least one), their length, the rows, target, bytes between rows of the target. A
 * result is written for each line, those of lines that do not exist without a meaning.
 */
export function dots(module: ModuleBuilder, rows: number, dtype: DType): FunctionBuilder {
  const { address } = module
  return module.shared(
    `dots${rows}${dtype}`,
    [address, 'i32', 'i32', 'i32', address, address, 'i32'],
    [],
    (fn, from, lineStride, valid, length, packed, to, stride) => {
      const site = { module, fn }
      const size = byteSize(dtype)
      const whole = fn.let(op('i32.and', length, i32(-4)))
      const wholeBytes = fn.let(mul(whole, size))
      const last = fn.let(sub(valid, 1))
      const lineEnds = Array.from({ length: dotLines(rows) }, (_, i) => {
        const line = i === 0 ? i32(0) : smaller(i32(i), last)
        return fn.let(add(add(from, mul(line, lineStride)), wholeBytes))
      })
      const rowEnds = Array.from({ length: rows }, (_, r) => fn.let(add(packed, mul(add(mul(length, r), whole), 4))))
      const sums = rowEnds.map(() => lineEnds.map(() => fn.variable(f32x4(0))))
      const at = fn.variable(module.distance(sub(i32(0), wholeBytes)))
      const opens = () => ({
        lines: lineEnds.map((end) => fn.let(add(end, at))),
        rows: rowEnds.map((end) => fn.let(add(end, mul(at, 4 / size)))),
      })
      countUp(fn, at, 4 * size, opens, (u, points) => {
        const y = points.lines.map((line) => fn.let(loadVector(site, dtype, line, 4 * size * u)))
        for (const [r, row] of points.rows.entries()) {
          const x = fn.let(load('v128.load', row, 16 * u))
          for (const [i, sum] of (sums[r] ?? []).entries()) fn.set(sum, multiplyAdd(module, x, y[i] ?? x, sum))
        }
      })
      const totals = sums.map((row) => fn.variable(sumsOfLanes(fn, row)))
      const left = fn.let(sub(length, whole))
      fn.loop(0, left, 1, (k) => {
        const elements = lineEnds.map((end) => loadScalar(site, dtype, add(end, mul(k, size))))
        const y = fn.let(
          joined(
            'f32',
            [0, 1, 2, 3].map((i) => elements[i % elements.length] ?? f32(0)),
          ),
        )
        for (const [r, end] of rowEnds.entries()) {
          const total = totals[r]
          if (total !== undefined) fn.set(total, multiplyAdd(module, fn.let(load('v128.load32_splat', add(end, mul(k, 4)))), y, total))
        }
      })
      for (const [r, total] of totals.entries()) {
        const target = add(to, mul(stride, r))
        if (lineEnds.length === 4) fn.store('v128.store', target, total)
        else fn.store('v128.store64_lane', target, total, 0, 0)
      }
      return undefined
    },
  )
}

/** The sum over the lanes of each of two or four vectors, side by side; those of two stand twice. */
function sumsOfLanes(fn: FunctionBuilder, [a, b, c = a, d = b]: readonly Value[]): Value {
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new RangeError('wasm: expected two or four vectors.')
  const halves = (x: Value, y: Value) => fn.let(op('f32x4.add', shuffleLanes(x, y, [0, 1, 4, 5]), shuffleLanes(x, y, [2, 3, 6, 7])))
  const [ab, cd] = [halves(a, b), halves(c, d)]
  return op('f32x4.add', shuffleLanes(ab, cd, [0, 2, 4, 6]), shuffleLanes(ab, cd, [1, 3, 5, 7]))
}

/** Lines that {@link scaledSums} takes at once. */
export const sumLines = (rows: number): number => (rows === 1 ? 4 : 2)

/**
 * Adds to `rows` rows of sums the next `lines` lines, each times its element of the packed rows; the columns lie side by side. Parameters:
 * address of the lines, their elements of the first row, bytes between rows of these, columns, target, bytes between rows of the target. A
 * multiple of four columns is computed, those beyond the end without a meaning. `lineBytes`: bytes between lines.
 */
export function scaledSums(module: ModuleBuilder, rows: number, lines: number, dtype: DType, lineBytes: number): FunctionBuilder {
  const { address } = module
  return module.shared(
    `sums${rows}x${lines}${dtype}by${lineBytes}`,
    [address, address, 'i32', 'i32', address, 'i32'],
    [],
    (fn, from, packed, packedStride, columns, to, stride) => {
      const site = { module, fn }
      const size = byteSize(dtype)
      const factors = Array.from({ length: rows }, (_, r) => {
        const row = fn.let(add(packed, mul(packedStride, r)))
        return Array.from({ length: lines }, (_, i) => fn.let(load('v128.load32_splat', row, 4 * i)))
      })
      const whole = fn.let(op('i32.and', add(columns, 3), i32(-4)))
      const end = fn.let(add(from, mul(whole, size)))
      const rowEnds = Array.from({ length: rows }, (_, r) => fn.let(add(add(to, mul(stride, r)), mul(whole, 4))))
      const at = fn.variable(module.distance(sub(i32(0), mul(whole, size))))
      const opens = () => ({ line: fn.let(add(end, at)), rows: rowEnds.map((row) => fn.let(add(row, mul(at, 4 / size)))) })
      countUp(fn, at, 4 * size, opens, (u, points) => {
        const y = Array.from({ length: lines }, (_, i) => fn.let(loadVector(site, dtype, points.line, i * lineBytes + 4 * size * u)))
        for (const [r, row] of points.rows.entries()) {
          const sum = y.reduce(
            (total: Value, line, i) => fn.let(multiplyAdd(module, factors[r]?.[i] ?? line, line, total)),
            load('v128.load', row, 16 * u),
          )
          fn.store('v128.store', row, sum, 16 * u)
        }
      })
      return undefined
    },
  )
}

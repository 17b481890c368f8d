// The inner parts of matrix products, one function each per module: packing a panel, and a tile of results in registers.

import { byteSize, type DType } from '../../core/dtype.ts'
import { countUp } from './counted-steps.ts'
import { loadScalar, loadVector } from './element-types.ts'
import { add, f32x4, type FunctionBuilder, i32, load, type Local, mul, op, shuffleLanes, smaller, sub, type Value } from './function-builder.ts'
import type { ModuleBuilder } from './module-builder.ts'

export const tileRows = 4
export const tileColumns = 8

/** a · b + c: fused where the engine has relaxed SIMD. */
export function multiplyAdd(module: ModuleBuilder, a: Value, b: Value, c: Value): Value {
  return module.relaxed ? op('f32x4.relaxed_madd', a, b, c) : op('f32x4.add', op('f32x4.mul', a, b), c)
}

/**
 * Packs `width` lines as f32: element k of line i goes to position k · width + i. Parameters: address, bytes between lines, bytes between
 * elements of a line, lines that exist (at least one), elements of a line, target. What the others are filled with is not said: they become
 * rows or columns of a tile that nobody reads.
 */
export function packPanel(module: ModuleBuilder, width: number, dtype: DType): FunctionBuilder {
  return module.shared(
    `pack${width}${dtype}`,
    [module.address, 'i32', 'i32', 'i32', 'i32', module.address],
    [],
    (fn, from, lineStride, stride, valid, length, to) => {
      const site = { module, fn }
      const size = byteSize(dtype)
      const target = fn.variable(to)
      /** Lines side by side in memory: whole vectors, beyond the last line what lies there (memory ends with a margin). */
      const sideBySide = () => {
        const source = fn.variable(from)
        fn.loop(0, length, 1, () => {
          for (let i = 0; i < width; i += 4) fn.store('v128.store', target, loadVector(site, dtype, source, i * size), 4 * i)
          fn.set(target, add(target, 4 * width))
          fn.set(source, add(source, stride))
        })
      }
      /** Lines apart, the last one in place of those that do not exist. */
      const apart = () => {
        const last = fn.let(sub(valid, 1))
        const sources = Array.from({ length: width }, (_, i) => {
          const line = smaller(i32(i), last)
          return fn.variable(add(from, mul(line, lineStride)))
        })
        const left = fn.variable(length)
        // Elements side by side: squares of 4 × 4 are transposed.
        fn.if(op('i32.eq', stride, i32(size)), () =>
          fn.while(
            () => op('i32.ge_s', left, i32(4)),
            () => {
              for (let i = 0; i < width; i += 4) {
                const lines = sources.slice(i, i + 4).map((source) => fn.let(loadVector(site, dtype, source)))
                for (const [k, column] of transpose(fn, lines).entries()) fn.store('v128.store', target, column, 4 * (k * width + i))
              }
              for (const source of sources) fn.set(source, add(source, 4 * size))
              fn.set(target, add(target, 16 * width))
              fn.set(left, sub(left, 4))
            },
          ),
        )
        fn.loop(0, left, 1, () => {
          for (const [i, source] of sources.entries()) {
            fn.store('f32.store', target, loadScalar(site, dtype, source), 4 * i)
            fn.set(source, add(source, stride))
          }
          fn.set(target, add(target, 4 * width))
        })
      }
      fn.if(op('i32.eq', lineStride, i32(size)), sideBySide, apart)
      return undefined
    },
  )
}

/** The columns of four rows of four. */
function transpose(fn: FunctionBuilder, rows: readonly Value[]): Value[] {
  const [a, b, c, d] = rows
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new RangeError('wasm: expected four rows.')
  const lanes = (x: Value, y: Value, order: readonly number[]) => fn.let(shuffleLanes(x, y, order))
  const [lowAB, highAB, lowCD, highCD] = [lanes(a, b, [0, 4, 1, 5]), lanes(a, b, [2, 6, 3, 7]), lanes(c, d, [0, 4, 1, 5]), lanes(c, d, [2, 6, 3, 7])]
  return [
    lanes(lowAB, lowCD, [0, 1, 4, 5]),
    lanes(lowAB, lowCD, [2, 3, 6, 7]),
    lanes(highAB, highCD, [0, 1, 4, 5]),
    lanes(highAB, highCD, [2, 3, 6, 7]),
  ]
}

/**
 * A tile of 4 × 8 results from packed panels: written where `added` is 0, else added to. Parameters: left panel, right panel, depth, target,
 * bytes between rows of the target, `added`.
 */
export function tile(module: ModuleBuilder): FunctionBuilder {
  return module.shared(
    'tile',
    [module.address, module.address, 'i32', module.address, 'i32', 'i32'],
    [],
    (fn, left, right, depth, target, stride, added) => {
      const vectors = tileColumns / 4
      const sums = Array.from({ length: tileRows * vectors }, () => fn.newLocal('v128'))
      const eachSum = (visit: (sum: Local, row: Value, offset: number) => void) => {
        const rows: Value[] = [target]
        for (let i = 1; i < tileRows; i++) rows.push(fn.let(add(rows[i - 1] ?? target, stride)))
        sums.forEach((sum, n) => {
          visit(sum, rows[Math.floor(n / vectors)] ?? target, 16 * (n % vectors))
        })
      }
      fn.if(
        added,
        () => eachSum((sum, row, offset) => fn.set(sum, load('v128.load', row, offset))),
        () => eachSum((sum) => fn.set(sum, f32x4(0))),
      )
      const step = (a: Value, b: Value, offset: number) => {
        const columns = Array.from({ length: vectors }, (_, j) => fn.let(load('v128.load', b, offset + 16 * j)))
        for (let i = 0; i < tileRows; i++) {
          const x = fn.let(load('v128.load32_splat', a, 4 * i))
          columns.forEach((y, j) => {
            const sum = sums[i * vectors + j]
            if (sum !== undefined) fn.set(sum, multiplyAdd(module, x, y, sum))
          })
        }
      }
      const [leftBytes, rightBytes] = [4 * tileRows, 4 * tileColumns]
      const leftEnd = fn.let(add(left, mul(depth, leftBytes)))
      const rightEnd = fn.let(add(right, mul(depth, rightBytes)))
      const at = fn.variable(sub(left, leftEnd))
      const opens = () => ({ a: fn.let(add(leftEnd, at)), b: fn.let(add(rightEnd, mul(at, rightBytes / leftBytes))) })
      countUp(fn, at, leftBytes, opens, (u, { a, b }) => step(fn.let(add(a, u * leftBytes)), b, u * rightBytes))
      eachSum((sum, row, offset) => fn.store('v128.store', row, sum, offset))
      return undefined
    },
  )
}

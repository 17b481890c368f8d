// The inner parts of matrix products, one function each per module: packing a panel, and a tile of results in registers.

import { byteSize, type DType } from '../../core/dtype.ts'
import { loadScalar, loadVector } from './element-types.ts'
import { add, f32, f32x4, type FunctionBuilder, i32, load, mul, op, shuffle, sub, type Value } from './function-builder.ts'
import type { ModuleBuilder } from './module-builder.ts'

export const tileRows = 4
export const tileColumns = 8

/** a · b + c: fused where the engine has relaxed SIMD. */
export function multiplyAdd(module: ModuleBuilder, a: Value, b: Value, c: Value): Value {
  return module.relaxed ? op('f32x4.relaxed_madd', a, b, c) : op('f32x4.add', op('f32x4.mul', a, b), c)
}

/**
 * Packs `width` lines as f32: element k of line i goes to position k · width + i. Parameters: address, bytes between lines, bytes between
 * elements of a line, lines that exist (the others are 0), elements of a line, target.
 */
export function packPanel(module: ModuleBuilder, width: number, dtype: DType): FunctionBuilder {
  return module.shared(`pack${width}${dtype}`, ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], (fn) => {
    const [from, lineStride, stride, valid, length, to] = [0, 1, 2, 3, 4, 5].map((i) => fn.parameter(i))
    if (!from || !lineStride || !stride || !valid || !length || !to) return undefined
    const site = { module, fn }
    const size = byteSize(dtype)
    const isFull = op('i32.eq', valid, i32(width))
    const generic = () => {
      fn.loop(0, width, 1, (line) => {
        const target = fn.variable(add(to, mul(line, 4)))
        const source = fn.variable(add(from, mul(line, lineStride)))
        fn.if(
          op('i32.lt_s', line, valid),
          () =>
            fn.loop(0, length, 1, () => {
              fn.store('f32.store', target, loadScalar(site, dtype, source))
              fn.set(target, add(target, 4 * width))
              fn.set(source, add(source, stride))
            }),
          () =>
            fn.loop(0, length, 1, () => {
              fn.store('f32.store', target, f32(0))
              fn.set(target, add(target, 4 * width))
            }),
        )
      })
    }
    /** Lines side by side in memory: whole vectors. */
    const sideBySide = () => {
      const [source, target] = [fn.variable(from), fn.variable(to)]
      fn.loop(0, length, 1, () => {
        for (let i = 0; i < width; i += 4) fn.store('v128.store', target, loadVector(site, dtype, source, i * size), 4 * i)
        fn.set(target, add(target, 4 * width))
        fn.set(source, add(source, stride))
      })
    }
    /** Elements side by side: squares of 4 × 4 are transposed, what is left over goes one by one. */
    const transposed = () => {
      const target = fn.variable(to)
      const source = fn.variable(from)
      const left = fn.variable(length)
      fn.while(
        () => op('i32.ge_s', left, i32(4)),
        () => {
          for (let i = 0; i < width; i += 4) {
            const lines = [0, 1, 2, 3].map((j) => fn.let(loadVector(site, dtype, add(source, mul(lineStride, i + j)))))
            for (const [k, column] of transpose(fn, lines).entries()) fn.store('v128.store', target, column, 4 * (k * width + i))
          }
          fn.set(target, add(target, 16 * width))
          fn.set(source, add(source, 4 * size))
          fn.set(left, sub(left, 4))
        },
      )
      fn.loop(0, left, 1, () => {
        for (let i = 0; i < width; i++) fn.store('f32.store', target, loadScalar(site, dtype, add(source, mul(lineStride, i))), 4 * i)
        fn.set(target, add(target, 4 * width))
        fn.set(source, add(source, size))
      })
    }
    fn.if(op('i32.and', isFull, op('i32.eq', lineStride, i32(size))), sideBySide, () =>
      fn.if(op('i32.and', isFull, op('i32.eq', stride, i32(size))), transposed, generic),
    )
    return undefined
  })
}

/** The columns of four rows of four. */
function transpose(fn: FunctionBuilder, rows: readonly Value[]): Value[] {
  const [a, b, c, d] = rows
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new RangeError('wasm: expected four rows.')
  const lanes = (x: Value, y: Value, order: readonly number[]) =>
    fn.let(
      shuffle(
        x,
        y,
        order.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]),
      ),
    )
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
  return module.shared('tile', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], (fn) => {
    const [left, right, depth, target, stride, added] = [0, 1, 2, 3, 4, 5].map((i) => fn.parameter(i))
    if (!left || !right || !depth || !target || !stride || !added) return undefined
    const vectors = tileColumns / 4
    const sums = Array.from({ length: tileRows * vectors }, () => fn.variable(f32x4(0)))
    const [a, b] = [fn.variable(left), fn.variable(right)]
    const step = () => {
      const columns = Array.from({ length: vectors }, (_, j) => fn.let(load('v128.load', b, 16 * j)))
      for (let i = 0; i < tileRows; i++) {
        const x = fn.let(load('v128.load32_splat', a, 4 * i))
        columns.forEach((y, j) => {
          const sum = sums[i * vectors + j]
          if (sum !== undefined) fn.set(sum, multiplyAdd(module, x, y, sum))
        })
      }
    }
    // Not unrolled: the engine would load ahead and run out of registers.
    const end = fn.let(add(left, mul(depth, 4 * tileRows)))
    fn.while(
      () => op('i32.ne', a, end),
      () => {
        step()
        fn.set(a, add(a, 4 * tileRows))
        fn.set(b, add(b, 4 * tileColumns))
      },
    )
    const row = fn.variable(target)
    for (let i = 0; i < tileRows; i++) {
      for (let j = 0; j < vectors; j++) {
        const sum = sums[i * vectors + j]
        if (sum === undefined) continue
        fn.if(added, () => fn.set(sum, op('f32x4.add', sum, load('v128.load', row, 16 * j))))
        fn.store('v128.store', row, sum, 16 * j)
      }
      fn.set(row, add(row, stride))
    }
    return undefined
  })
}

// Inputs of cases: parameters with numbers of every kind a dtype has, seen directly or through movement.

import type { DType, Storage } from '../../src/core/index.ts'
import { isFloat, storageOf } from '../../src/core/index.ts'
import { makeNode, type Node, parameterNode } from '../../src/core/graph.ts'
import type { RandomSource } from './random-source.ts'

export const floatDTypes: readonly DType[] = ['f32', 'f64', 'f16', 'bf16']
export const integerDTypes: readonly DType[] = ['i32', 'i64', 'u32', 'i8', 'u8']
export const allDTypes: readonly DType[] = [...floatDTypes, ...integerDTypes, 'bool']

/** A parameter with its numbers. */
export interface Input {
  readonly node: Node
  readonly storage: Storage
}

/**
 * Which numbers: `any` has NaN, ±∞, −0 and extremes; `finite` has no NaN or ∞; `tame` lies in [−2, 2] (integers in [−3, 3]) with few bits, so
 * that sums of them are often exact; `fine` has floats in [−2, 2] with all their bits.
 */
export type Profile = 'any' | 'finite' | 'tame' | 'fine'

const specials = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, NaN, Infinity, -Infinity]
const extremes: Readonly<Partial<Record<DType, readonly number[]>>> = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  i64: [-(2 ** 53), 2 ** 53, 2 ** 31, -(2 ** 63)],
  u32: [2 ** 31, 2 ** 32 - 1],
  i8: [-128, 127],
  u8: [128, 255],
}

function numberOf(dtype: DType, profile: Profile, random: RandomSource): number {
  if (dtype === 'bool') return random.integer(0, 1)
  const unsigned = dtype === 'u8' || dtype === 'u32'
  if (!isFloat(dtype)) {
    if (profile === 'any' && random.chance(0.1)) return random.pick(extremes[dtype] ?? [0])
    if (profile !== 'tame' && profile !== 'fine' && random.chance(0.3)) return unsigned ? random.integer(0, 100) : random.integer(-100, 100)
    return unsigned ? random.integer(0, 5) : random.integer(-3, 3)
  }
  if (profile === 'any' && random.chance(0.15)) return random.pick(specials)
  if (profile === 'fine') return 4 * random.unit() - 2
  // Multiples of 1/64 below 2 in size are numbers of every float dtype but bfloat16, which keeps those below 1.
  const fine = random.integer(-128, 128) / 64
  if (profile !== 'tame' && random.chance(0.2)) return fine * random.pick([1e-3, 8, 100])
  return fine
}

/** A buffer of numbers of `dtype`. */
export function randomStorage(dtype: DType, count: number, profile: Profile, random: RandomSource): Storage {
  return storageOf(
    Array.from({ length: count }, () => numberOf(dtype, profile, random)),
    dtype,
  )
}

export const countOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

let labels = 0

/** A parameter of this type with random numbers. */
export function randomInput(dtype: DType, shape: readonly number[], profile: Profile, random: RandomSource): Input {
  return givenInput(randomStorage(dtype, countOf(shape), profile, random), shape)
}

/** A parameter with these numbers. */
export function givenInput(storage: Storage, shape: readonly number[]): Input {
  return { node: parameterNode(`x${labels++}`, { dtype: storage.dtype, shape }), storage }
}

/** A value of `shape` that is a random view (permuted, sliced, strided, flipped, expanded, reshaped) of a random parameter. */
export function randomView(
  dtype: DType,
  shape: readonly number[],
  profile: Profile,
  random: RandomSource,
): { readonly node: Node; readonly input: Input } {
  // Built backwards: from the shape that is wanted to the shape of the parameter.
  const steps: ((x: Node) => Node)[] = []
  let current = [...shape]
  for (let depth = random.integer(0, 3); depth > 0; depth--) {
    const { source, step } = stepBefore(current, random)
    current = source
    steps.unshift(step)
  }
  const input = randomInput(dtype, current, profile, random)
  return { node: steps.reduce((x, step) => step(x), input.node), input }
}

function stepBefore(shape: number[], random: RandomSource): { readonly source: number[]; readonly step: (x: Node) => Node } {
  const axes = shape.map((_, axis) => axis)
  switch (random.pick(['permute', 'slice', 'expand', 'flip', 'reshape'] as const)) {
    case 'permute': {
      const order = random.shuffle(axes)
      const source = axes.map((axis) => shape[order.indexOf(axis)] ?? 1)
      return { source, step: (x) => makeNode({ name: 'permute', axes: order }, [x]) }
    }
    case 'slice': {
      const starts = axes.map(() => random.integer(0, 2))
      const strides = axes.map(() => random.pick([1, 1, 2, 3]))
      const source = shape.map((size, i) => (starts[i] ?? 0) + Math.max(0, (size - 1) * (strides[i] ?? 1) + 1) + random.integer(0, 2))
      return { source, step: (x) => makeNode({ name: 'slice', starts, sizes: [...shape], strides }, [x]) }
    }
    case 'expand': {
      const source = shape.map((size) => (random.chance(0.5) ? 1 : size))
      const target = [...shape]
      return { source, step: (x) => makeNode({ name: 'expand', shape: target }, [x]) }
    }
    case 'flip': {
      const flipped = axes.filter(() => random.chance(0.5))
      return { source: shape, step: (x) => makeNode({ name: 'flip', axes: flipped }, [x]) }
    }
    case 'reshape': {
      const source = random.chance(0.5) ? [countOf(shape)] : [...shape, 1]
      const target = [...shape]
      return { source, step: (x) => makeNode({ name: 'reshape', shape: target }, [x]) }
    }
  }
}

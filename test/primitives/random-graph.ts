// Random small graphs of elementwise chains, movement, reductions and products over shared values: what fusion has to take apart and put
// together again. All values stay within about [−4, 4], so that errors do not grow.

import type { DType } from '../../src/core/index.ts'
import { makeNode, type Node } from '../../src/core/graph.ts'
import type { BinaryFunction, UnaryFunction } from '../../src/core/primitives.ts'
import { givenInput, type Input, randomInput, randomStorage } from './inputs.ts'
import type { RandomSource } from './random-source.ts'

/** A graph with its inputs. */
export interface RandomGraph {
  readonly inputs: readonly Input[]
  readonly results: readonly Node[]
}

const smooth: readonly UnaryFunction[] = ['tanh', 'sin', 'cos', 'erf', 'negate', 'abs']
const combining: readonly BinaryFunction[] = ['add', 'subtract', 'multiply', 'maximum', 'minimum']

const unary = (fn: UnaryFunction, x: Node): Node => makeNode({ name: 'unary', fn }, [x])
const binary = (fn: BinaryFunction, a: Node, b: Node): Node => makeNode({ name: 'binary', fn }, [a, b])
const reshape = (x: Node, shape: readonly number[]): Node => makeNode({ name: 'reshape', shape }, [x])
const constant = (value: number, like: Node): Node => makeNode({ name: 'fill', value, shape: like.shape, dtype: like.dtype }, [])
const sizesOf = (x: Node): number[] => x.shape.map(Number)
const countOf = (x: Node): number => sizesOf(x).reduce((a, b) => a * b, 1)

/** Grows a graph of about `steps` operations from a few inputs of `dtype`. */
export function randomGraph(dtype: DType, steps: number, random: RandomSource): RandomGraph {
  const inputs: Input[] = []
  const input = (shape: readonly number[]): Node => {
    const made = randomInput(dtype, shape, 'tame', random)
    inputs.push(made)
    return made.node
  }
  const sizes = [random.pick([1, 2, 3, 5, 8]), random.pick([1, 4, 7, 16, 17, 33]), random.pick([1, 3, 16, 31, 64, 65])]
  const base = sizes.slice(random.integer(0, 2))
  const values: Node[] = [input(base), input(base)]
  const partnerOf = (x: Node): Node => {
    const same = values.filter((v) => v !== x && v.shape.length === x.shape.length && v.shape.every((d, i) => d === x.shape[i]))
    return same.length > 0 && random.chance(0.7) ? random.pick(same) : broadcastInput(sizesOf(x), input, random)
  }
  for (let step = 0; step < steps; step++) {
    const x = random.chance(0.6) ? (values.at(-1) ?? random.pick(values)) : random.pick(values)
    const next = grow(x, random, partnerOf, input, (made) => inputs.push(made))
    if (countOf(next) > 0 && countOf(next) <= 20_000) values.push(next)
  }
  const last = values.at(-1)
  const others = random.shuffle(values.slice(2, -1)).slice(0, random.integer(0, 3))
  return { inputs, results: last === undefined ? others : [last, ...others] }
}

/** An input that is broadcast to `shape` along some axes. */
function broadcastInput(shape: readonly number[], input: (shape: readonly number[]) => Node, random: RandomSource): Node {
  const small = shape.map((n) => (random.chance(0.4) ? 1 : n))
  return makeNode({ name: 'expand', shape }, [input(small)])
}

function grow(
  x: Node,
  random: RandomSource,
  partnerOf: (x: Node) => Node,
  input: (shape: readonly number[]) => Node,
  register: (input: Input) => void,
): Node {
  const shape = sizesOf(x)
  const axes = shape.map((_, axis) => axis)
  const axis = random.integer(0, Math.max(0, shape.length - 1))
  const kind = random.pick([
    'unary',
    'unary',
    'binary',
    'binary',
    'binary',
    'where',
    'reduce',
    'softmax',
    'moved',
    'moved',
    'dot',
    'gather',
    'sum',
    'exp',
  ] as const)
  switch (kind) {
    case 'unary':
      return unary(random.pick(smooth), x)
    case 'exp':
      return unary('exp', unary('tanh', x))
    case 'binary': {
      const fn = random.pick(combining)
      const combined = binary(fn, x, partnerOf(x))
      return fn === 'maximum' || fn === 'minimum' ? combined : unary('tanh', combined)
    }
    case 'where': {
      // The condition is exact: a comparison of an input.
      const condition = input(shape)
      return makeNode({ name: 'where' }, [makeNode({ name: 'compare', fn: 'less' }, [condition, constant(0.25, condition)]), x, partnerOf(x)])
    }
    case 'reduce': {
      const reduced = axes.filter(() => random.chance(0.5))
      if (reduced.length === 0) return unary('sin', x)
      const result = makeNode({ name: 'reduce', fn: random.pick(['max', 'min'] as const), axes: reduced }, [x])
      return restored(result, shape, reduced, random)
    }
    case 'sum': {
      const reduced = axes.filter(() => random.chance(0.5))
      if (reduced.length === 0) return unary('cos', x)
      const count = reduced.reduce((n, a) => n * (shape[a] ?? 1), 1)
      const total = makeNode({ name: 'reduce', fn: 'sum', axes: reduced }, [x])
      return restored(binary('multiply', total, constant(1 / Math.max(1, count), total)), shape, reduced, random)
    }
    case 'softmax': {
      if (shape.length === 0) return unary('tanh', x)
      const along = (fn: 'max' | 'sum', y: Node) => {
        const kept = shape.map((n, i) => (i === axis ? 1 : n))
        return makeNode({ name: 'expand', shape }, [reshape(makeNode({ name: 'reduce', fn, axes: [axis] }, [y]), kept)])
      }
      const weights = unary('exp', binary('subtract', x, along('max', x)))
      return binary('divide', weights, along('sum', weights))
    }
    case 'moved':
      return moved(x, random)
    case 'dot': {
      const depth = shape.at(-1) ?? 1
      const weight = input([depth, random.pick([1, 5, 16, 33])])
      if (shape.length === 0) return unary('erf', x)
      const product = makeNode({ name: 'dot', lhsBatch: [], rhsBatch: [], lhsContract: [shape.length - 1], rhsContract: [0] }, [x, weight])
      return unary('tanh', binary('multiply', product, constant(1 / Math.sqrt(depth), product)))
    }
    case 'gather': {
      if (shape.length === 0) return unary('negate', x)
      const count = random.integer(1, 9)
      const indices = givenInput(randomStorage('u8', count, 'tame', random), [count])
      register(indices)
      return makeNode({ name: 'gather', axis }, [x, indices.node])
    }
  }
}

/** The reduced value as it is, or broadcast back. */
function restored(x: Node, shape: readonly number[], reduced: readonly number[], random: RandomSource): Node {
  if (random.chance(0.4)) return x
  const kept = shape.map((n, i) => (reduced.includes(i) ? 1 : n))
  return makeNode({ name: 'expand', shape }, [reshape(x, kept)])
}

function moved(x: Node, random: RandomSource): Node {
  const shape = sizesOf(x)
  const axes = shape.map((_, axis) => axis)
  switch (random.pick(['permute', 'reshape', 'pad', 'slice', 'flip', 'concat', 'split'] as const)) {
    case 'permute':
      return makeNode({ name: 'permute', axes: random.shuffle(axes) }, [x])
    case 'reshape':
      return reshape(x, shape.length > 1 && random.chance(0.5) ? [shape.slice(0, -1).reduce((a, b) => a * b, 1), shape.at(-1) ?? 1] : [countOf(x)])
    case 'split': {
      const last = shape.at(-1) ?? 1
      return shape.length > 0 && shape.length < 4 && last % 4 === 0 ? reshape(x, [...shape.slice(0, -1), last / 4, 4]) : unary('sin', x)
    }
    case 'pad': {
      const [low, high] = [axes.map(() => random.integer(0, 2)), axes.map(() => random.integer(0, 2))]
      return makeNode({ name: 'pad', low, high, interior: axes.map(() => random.pick([0, 0, 0, 1])), value: 0.5 }, [x])
    }
    case 'slice': {
      const starts = shape.map((n) => random.integer(0, Math.max(0, Math.min(2, n - 1))))
      const strides = shape.map(() => random.pick([1, 1, 2]))
      const sizes = shape.map((n, i) => Math.floor((n - (starts[i] ?? 0) - 1) / (strides[i] ?? 1)) + 1)
      return makeNode({ name: 'slice', starts, sizes, strides }, [x])
    }
    case 'flip':
      return makeNode({ name: 'flip', axes: axes.filter(() => random.chance(0.5)) }, [x])
    case 'concat':
      return shape.length === 0 ? x : makeNode({ name: 'concat', axis: random.pick(axes) }, [x, unary('negate', x)])
  }
}

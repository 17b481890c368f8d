// Functions in WGSL over the whole range of their arguments, against double precision.

import assert from 'node:assert/strict'
import type { DType } from '../../../src/core/index.ts'
import { erf } from '../../../src/core/erf.ts'
import { makeNode, type Node, parameterNode, type Storage } from '../../../src/core/graph.ts'
import type { BinaryFunction, UnaryFunction } from '../../../src/core/primitives.ts'
import { bigintBinary } from '../../../src/backends/reference/scalar-functions.ts'
import { createWebgpuDevice } from '../../../src/backends/webgpu/index.ts'
import { RandomSource } from '../../primitives/random-source.ts'
import { testOnGpu } from './with-adapter.ts'

const count = 4096
const device = createWebgpuDevice()

/** Results of a graph whose inputs are one-dimensional. */
function compute(inputs: readonly Storage[], build: (nodes: readonly Node[]) => readonly Node[]): Storage[] {
  const nodes = inputs.map(({ dtype, length }, i) => parameterNode(`x${i}`, { dtype, shape: [length] }))
  return [...device.compile({ inputs: nodes, results: build(nodes), donated: new Map() }).run(inputs, new Map())]
}

const stored = (dtype: DType, bytes: ArrayBuffer): Storage => ({ dtype, bytes, length: count })

/** Numbers of either sign whose exponents lie between two. */
function randomFloats(random: RandomSource, low: number, high: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: count },
    () => (random.chance(0.5) ? 1 : -1) * (1 + random.unit()) * 2 ** random.integer(low, Math.min(high, 127) - 1),
  )
}

/** The distance to the next number of single precision. */
const unitOf = (y: number) => 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(y)))) - 23)

function assertClose(name: string, received: Storage, expected: (i: number) => number, describe: (i: number) => string): void {
  const numbers = new Float32Array(received.bytes)
  for (let i = 0; i < count; i++) {
    const [x, y] = [numbers[i] ?? NaN, expected(i)]
    if (Object.is(x, Math.fround(y)) || (Number.isNaN(x) && Number.isNaN(y))) continue
    assert.ok(Math.abs(x - y) <= 4 * unitOf(y), `${name} of ${describe(i)}: received ${x}, expected ${y}`)
  }
}

const functions: Readonly<Partial<Record<UnaryFunction, (x: number) => number>>> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  erf,
}

for (const [title, low, high] of [
  ['near one', -12, 8],
  ['of every magnitude', -120, 127],
] as const) {
  testOnGpu(`functions of analysis are right to four units for arguments ${title}`, () => {
    const x = randomFloats(new RandomSource(3), low, high)
    const names = Object.keys(functions).filter((fn): fn is UnaryFunction => fn in functions)
    const results = compute([stored('f32', x.buffer)], ([node]) =>
      node === undefined ? [] : names.map((fn) => makeNode({ name: 'unary', fn }, [node])),
    )
    names.forEach((fn, k) => {
      const [exact, result] = [functions[fn], results[k]]
      if (exact === undefined || result === undefined) throw new RangeError(`expected a result of ${fn}`)
      assertClose(
        fn,
        result,
        (i) => exact(x[i] ?? 0),
        (i) => String(x[i]),
      )
    })
  })
}

/** The remainder with the sign of the divisor. */
function remainder(x: number, y: number): number {
  const rest = x % y
  if (rest === 0) return y < 0 ? -0 : 0
  return rest < 0 !== y < 0 ? rest + y : rest
}

testOnGpu('quotients, remainders and powers are right to four units, subnormal and infinite ones too', () => {
  const random = new RandomSource(5)
  const exact = { divide: (x: number, y: number) => x / y, remainder, power: (x: number, y: number) => x ** y }
  for (const [low, high, lowSecond, highSecond] of [
    [-8, 8, -8, 8],
    [-126, 127, -60, 60],
    [-1, 1, 8, 20],
  ] as const) {
    const [a, b] = [randomFloats(random, low, high), randomFloats(random, lowSecond, highSecond)]
    const positive = a.map(Math.abs)
    for (const fn of ['divide', 'remainder', 'power'] as const) {
      const first = fn === 'power' ? positive : a
      const [result] = compute([stored('f32', first.buffer), stored('f32', b.buffer)], (nodes) => [makeNode({ name: 'binary', fn }, nodes)])
      assert.ok(result !== undefined)
      assertClose(
        fn,
        result,
        (i) => exact[fn](first[i] ?? 0, b[i] ?? 0),
        (i) => `${first[i]} and ${b[i]}`,
      )
    }
  }
})

testOnGpu('64-bit integers are exact', () => {
  const random = new RandomSource(7)
  const word = () => BigInt(random.integer(0, 2 ** 32 - 1))
  const numbers = () => BigInt64Array.from({ length: count }, () => BigInt.asIntN(64, (word() << 32n) | word()) >> BigInt(random.integer(0, 62)))
  const [a, b] = [numbers(), numbers()]
  const names: readonly BinaryFunction[] = [
    'add',
    'subtract',
    'multiply',
    'divide',
    'remainder',
    'power',
    'maximum',
    'minimum',
    'shiftLeft',
    'shiftRight',
  ]
  const results = compute([stored('i64', a.buffer), stored('i64', b.buffer)], (nodes) => names.map((fn) => makeNode({ name: 'binary', fn }, nodes)))
  names.forEach((fn, k) => {
    const expected = a.map((x, i) => BigInt.asIntN(64, bigintBinary[fn](x, b[i] ?? 0n)))
    assert.deepEqual(new BigInt64Array(results[k]?.bytes ?? new ArrayBuffer(0)), expected, fn)
  })
})

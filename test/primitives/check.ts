// Runs cases on the device under test and on the reference, many cases in one program, and says which element is worst where they differ.

import { device, listDevices } from '../../src/index.ts'
import { currentDevice, type GraphFunction } from '../../src/compiler/index.ts'
import { byteSize, type DType, isFloat, numbersOf, type Storage, viewOf } from '../../src/core/index.ts'
import { type Node, topologicalOrder } from '../../src/core/graph.ts'
import fc from 'fast-check'
import { test } from 'node:test'
import type { Input } from './inputs.ts'
import { resultName } from './result-name.ts'
import { isRecording, noteError } from './worst-errors.ts'

/** How far results may be from the reference. */
export interface Tolerance {
  /** Errors are allowed up to this many units in the last place of the result's dtype… */
  readonly ulps: number | ((dtype: DType) => number)
  /** …of the expected number, or of this magnitude where it is larger (the size of what was added up). Default: the dtype's smallest normal. */
  readonly magnitude?: number
  /** −0 and 0 are different. Default false. */
  readonly signedZeros?: boolean
}

/** One graph with its inputs. */
export interface Case {
  readonly inputs: readonly Input[]
  readonly results: readonly Node[]
  readonly tolerance: Tolerance
}

const unit: Readonly<Partial<Record<DType, number>>> = { f64: 2 ** -52, f32: 2 ** -23, f16: 2 ** -10, bf16: 2 ** -7 }
const smallest: Readonly<Partial<Record<DType, number>>> = { f64: 2 ** -1022, f32: 2 ** -126, f16: 2 ** -14, bf16: 2 ** -126 }

/** How many times the usual number of cases: TENON_FUZZ, 1 where it is not set. */
export const fuzzFactor = Math.max(1, Number(process.env.TENON_FUZZ ?? 1) || 1)

interface Difference {
  readonly index: number
  readonly received: number | bigint
  readonly expected: number | bigint
  /** In units of what is allowed. */
  readonly size: number
}

interface Comparison {
  /** The worst element that is further off than allowed. */
  readonly worst: Difference | undefined
  /** The largest error of all, in units in the last place of floats, as it is for integers; `null` where it is not finite. */
  readonly error: number | null
}

function compare(received: Storage, expected: Storage, { ulps, magnitude = 0, signedZeros = false }: Tolerance): Comparison {
  const { dtype } = expected
  if (received.dtype !== dtype || received.length !== expected.length)
    return { worst: { index: 0, received: received.length, expected: expected.length, size: Infinity }, error: null }
  if (dtype === 'i64') return compareBigints(received, expected)
  const [a, b] = [numbersOf(received), numbersOf(expected)]
  const limit = isFloat(dtype) ? (typeof ulps === 'number' ? ulps : ulps(dtype)) : 0
  let worst: Difference | undefined
  let error = 0
  for (let index = 0; index < b.length; index++) {
    const [x, y] = [a[index] ?? NaN, b[index] ?? NaN]
    if (Object.is(x, y) || (x === y && !signedZeros)) continue
    const ulp = isFloat(dtype) ? (unit[dtype] ?? 0) * Math.max(Math.abs(y), magnitude, smallest[dtype] ?? 0) : 1
    const off = Math.abs(x - y) / ulp
    error = Math.max(error, Number.isFinite(off) ? off : Infinity)
    const size = Number.isFinite(off) && off > 0 && limit > 0 ? off / limit : Infinity
    if (size > 1 && (worst === undefined || size > worst.size)) worst = { index, received: x, expected: y, size }
  }
  return { worst, error: Number.isFinite(error) ? error : null }
}

function compareBigints(received: Storage, expected: Storage): Comparison {
  const a = viewOf('i64', received.bytes, 0, received.length)
  const b = viewOf('i64', expected.bytes, 0, expected.length)
  for (let index = 0; index < b.length; index++) {
    const [x, y] = [a[index], b[index]]
    if (x !== y) return { worst: { index, received: x ?? 0n, expected: y ?? 0n, size: Infinity }, error: null }
  }
  return { worst: undefined, error: 0 }
}

/** The graph behind some nodes, one line per node. */
export function showGraph(roots: readonly Node[]): string {
  const order = topologicalOrder(roots)
  const name = new Map(order.map((node, i) => [node, `%${i}`]))
  return order
    .map((node) => {
      const { name: op, ...rest } = node.op
      const attributes =
        Object.keys(rest).length === 0
          ? ''
          : ` ${JSON.stringify(rest, (key, value: unknown) => (key === 'body' || key.startsWith('when') ? '…' : value))}`
      const types = node.types.map((t) => `${t.dtype}[${t.shape.map(String).join()}]`).join(' ')
      return `  ${name.get(node)} ${types} = ${op}(${node.inputs.map((x) => name.get(x)).join(', ')})${attributes}`
    })
    .join('\n')
}

const showShape = (node: Node) => `${node.dtype} [${node.shape.map(String).join(', ')}]`

/** The worst element of a node's values that is further off than allowed, with the graph, as text. */
export function worstOf(node: Node, received: Storage, expected: Storage, tolerance: Tolerance): string | undefined {
  const { worst: off, error } = compare(received, expected, tolerance)
  if (isRecording) noteError({ ...resultName(node), error, elements: expected.length })
  if (off === undefined) return undefined
  const factor = Number.isFinite(off.size) ? ` (${off.size.toPrecision(3)} times the allowed error)` : ''
  return `element ${off.index} of ${showShape(node)}: received ${String(off.received)}, expected ${String(off.expected)}${factor}\n${showGraph([node])}`
}

/** Copies, so that no device sees what another wrote into an input. */
const copies = (inputs: readonly Input[]) =>
  inputs.map(({ storage }) => ({ ...storage, bytes: storage.bytes.slice(0, storage.length * byteSize(storage.dtype)) }))

/** A difference: which case, and what to print. */
interface Found {
  readonly at: number
  readonly text: string
}

/** A result of a case. */
interface Result {
  /** The case. */
  readonly at: number
  readonly node: Node
  readonly tolerance: Tolerance
}

const usesDoubles = ({ node }: Result): boolean => topologicalOrder([node]).some((x) => x.types.some((type) => type.dtype === 'f64'))

/**
 * What differs in programs that compute all these cases at once, as text; `undefined` where nothing does. What needs double precision has a
 * program of its own: a device without it has such programs computed by another, and the rest would not be tested.
 */
export function difference(cases: readonly Case[], dims: ReadonlyMap<string, number> = new Map()): Found | undefined {
  const inputs = cases.flatMap((c) => c.inputs)
  const results = cases.flatMap(({ results, tolerance }, at) => results.map((node): Result => ({ at, node, tolerance })))
  return (
    differenceIn(
      inputs,
      results.filter((result) => !usesDoubles(result)),
      dims,
    ) ?? differenceIn(inputs, results.filter(usesDoubles), dims)
  )
}

function differenceIn(given: readonly Input[], results: readonly Result[], dims: ReadonlyMap<string, number>): Found | undefined {
  if (results.length === 0) return undefined
  const nodes = results.map(({ node }) => node)
  const reached = new Set(topologicalOrder(nodes))
  const inputs = given.filter(({ node }) => reached.has(node))
  const graph: GraphFunction = { inputs: inputs.map((x) => x.node), results: nodes, donated: new Map() }
  const received = currentDevice().compile(graph).run(copies(inputs), dims)
  const expected = device('reference').compile(graph).run(copies(inputs), dims)
  for (const [i, { at, node, tolerance }] of results.entries()) {
    const [a, b] = [received[i], expected[i]]
    if (a === undefined || b === undefined) return { at, text: `expected a result for ${showShape(node)}, there is none` }
    const text = worstOf(node, a, b, tolerance)
    if (text !== undefined) return { at, text }
  }
  return undefined
}

/** Cases of one kind. A description is what fast-check draws and shrinks; a case is built from it. */
export interface Family<D> {
  /** As many cases are drawn from each. */
  readonly arbitraries: readonly fc.Arbitrary<D>[]
  readonly build: (description: D) => Case
  /** Cases from each arbitrary, TENON_FUZZ times as many when set. */
  readonly count: number
  /** Cases in one program, which may only fail together. Default 12. */
  readonly batch?: number
}

const seed = 20260217

/** A test that the device under test agrees with the reference on a family of cases. */
export function testAgreement<D>(title: string, { arbitraries, build, count, batch = 12 }: Family<D>): void {
  const name = listDevices().find((d) => d.isDefault)?.name ?? 'no device'
  test(`${title} (${name} against reference)`, () => {
    const drawn = arbitraries.flatMap((arbitrary, i) =>
      fc.sample(arbitrary, { numRuns: count * fuzzFactor, seed: seed + i }).map((description) => ({ arbitrary, description })),
    )
    for (let first = 0; first < drawn.length; first += batch) {
      const part = drawn.slice(first, first + batch)
      const found = guarded(() => difference(part.map(({ description }) => build(description))))
      if (found !== undefined) throw new Error(explained(found, part, build))
    }
  })
}

interface Drawn<D> {
  readonly arbitrary: fc.Arbitrary<D>
  readonly description: D
}

/** Which of the cases it is, alone if it fails alone. */
function explained<D>(found: Found, part: readonly Drawn<D>[], build: (description: D) => Case): string {
  for (const { arbitrary, description } of part) {
    const alone = guarded(() => difference([build(description)]))
    if (alone === undefined) continue
    return `${alone.text}\n  drawn as ${JSON.stringify(description)}\n${smaller(arbitrary, build)}`
  }
  return `only when computed together with other cases: ${found.text}\n  drawn as ${JSON.stringify(part[found.at]?.description)}`
}

/** An error of a device is a difference too. */
function guarded(body: () => Found | undefined): Found | undefined {
  try {
    return body()
  } catch (error) {
    return { at: 0, text: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

/** With TENON_SHRINK set: a smaller case that fails, if fast-check finds one in a minute. */
function smaller<D>(arbitrary: fc.Arbitrary<D>, build: (description: D) => Case): string {
  if (process.env.TENON_SHRINK === undefined) return '  Set TENON_SHRINK=1 for a smaller case.'
  const agrees = (description: D): boolean => guarded(() => difference([build(description)])) === undefined
  const shrunk = fc.check(fc.property(arbitrary, agrees), { seed, numRuns: 1000, interruptAfterTimeLimit: 60_000 })
  const [description] = shrunk.counterexample ?? []
  if (description === undefined) return '  No smaller case was found.'
  return `  smaller: ${JSON.stringify(description)}\n${guarded(() => difference([build(description)]))?.text ?? ''}`
}

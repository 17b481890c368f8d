// Computes tensors outside of jit: the graph behind them becomes a program, and graphs of equal structure share one.

import { addDims } from '../core/dimension.ts'
import { viewOf } from '../core/dtype.ts'
import { ConfigError, DeviceError } from '../core/errors.ts'
import type { Evaluator } from '../core/evaluator.ts'
import { dataNode, liveStorage, makeNode, type Node, type Storage, topologicalOrder } from '../core/graph.ts'
import { storageOf } from '../core/ops/creation.ts'
import type { Executable } from './device.ts'
import { currentDevice } from './devices.ts'
import { opKey } from './op-key.ts'

/** Programs of one device by structure; the least recently used are let go. */
const programs = new WeakMap<object, Map<string, Executable>>()
const mostPrograms = 512

interface Prepared {
  readonly key: string
  readonly results: readonly Node[]
  readonly inputs: readonly Node[]
}

/** Constants that stay in the text of a program; others become inputs, so that a loop over values compiles once. */
const kept = new Set([0, 1, -1, 2, 0.5, Infinity, -Infinity])

/** The graph with its constants as inputs where they are likely to change, and a text that is equal for equal structures. */
function prepare(roots: readonly Node[]): Prepared {
  const order = topologicalOrder(roots)
  const replaced = new Map<Node, Node>()
  const position = new Map<Node, number>()
  const inputs: Node[] = []
  const parts: string[] = []
  const number = (node: Node, text: string) => {
    position.set(node, parts.length)
    parts.push(text)
  }
  const lift = (node: Node): Node => {
    const { op } = node
    if (op.name !== 'fill' || kept.has(op.value) || Number.isNaN(op.value) || op.shape.some((d) => typeof d !== 'number')) return node
    const scalar = dataNode(storageOf([op.value], op.dtype), [])
    inputs.push(scalar)
    number(scalar, `data ${op.dtype} `)
    if (op.shape.length === 0) return scalar
    const ones = makeNode({ name: 'reshape', shape: op.shape.map(() => 1) }, [scalar])
    number(ones, `ones ${op.shape.length} ${position.get(scalar)}`)
    const expanded = makeNode({ name: 'expand', shape: op.shape }, [ones])
    number(expanded, `expand ${op.shape.join()} ${position.get(ones)}`)
    return expanded
  }
  for (const node of order) {
    const { op } = node
    if (op.name === 'parameter') {
      throw new ConfigError(
        `tensor '${op.label}': expected a value that can be computed, got an argument of a function that is being traced. Return it from the function and read it outside.`,
      )
    }
    if (op.name === 'data') {
      inputs.push(node)
      number(node, `data ${node.dtype} ${node.shape.join()}`)
      continue
    }
    const own = lift(node)
    if (own !== node) {
      replaced.set(node, own)
      continue
    }
    const args = node.inputs.map((x) => replaced.get(x) ?? x)
    const same = args.every((x, i) => x === node.inputs[i])
    const next = same ? node : makeNode(op, args)
    if (!same) replaced.set(node, next)
    number(next, `${opKey(op)} ${args.map((x) => position.get(x)).join()}`)
  }
  const results = roots.map((x) => replaced.get(x) ?? x)
  return { key: `${parts.join(';')}>${results.map((x) => position.get(x)).join()}`, results, inputs }
}

function find(prepared: Prepared): { readonly device: ReturnType<typeof currentDevice>; readonly known: Executable | undefined } {
  const device = currentDevice()
  const known = programs.get(device)?.get(prepared.key)
  if (known !== undefined) {
    const table = programs.get(device)
    table?.delete(prepared.key)
    table?.set(prepared.key, known)
  }
  return { device, known }
}

function remember(device: object, key: string, executable: Executable): Executable {
  const table = programs.get(device) ?? new Map<string, Executable>()
  programs.set(device, table)
  table.set(key, executable)
  const oldest = table.size > mostPrograms ? table.keys().next().value : undefined
  if (oldest !== undefined) table.delete(oldest)
  return executable
}

const storagesOf = (inputs: readonly Node[]): Storage[] =>
  inputs.map((x) => {
    if (x.storage === undefined) throw new DeviceError('tensor: expected the numbers of an input, there are none. Compute it first.')
    return liveStorage(x.storage)
  })

const noDims: ReadonlyMap<string, number> = new Map()
const noDonations: ReadonlyMap<number, number> = new Map()

/** Answers without a program: values that exist, and constants. */
function immediate(nodes: readonly Node[]): readonly Storage[] | undefined {
  const out: Storage[] = []
  for (const node of nodes) {
    if (node.storage !== undefined) out.push(liveStorage(node.storage))
    else if (node.op.name === 'fill') out.push(filled(node.op.value, node))
    else return undefined
  }
  return out
}

function filled(value: number, node: Node): Storage {
  const length = node.shape.reduce<number>((n, d) => {
    if (typeof d !== 'number')
      throw new ConfigError(`tensor: expected a shape known now, got a size '${String(addDims(d, 0))}' bound at run time. Use it inside jit.`)
    return n * d
  }, 1)
  const one = storageOf([value], node.dtype)
  const bytes = new ArrayBuffer(one.bytes.byteLength * length)
  // New buffers are zero: a large one is not touched before it is used.
  if (Object.is(value, 0)) return { dtype: node.dtype, bytes, length }
  const view = viewOf(node.dtype, bytes)
  const source = viewOf(node.dtype, one.bytes)
  if (view instanceof BigInt64Array) view.fill(source instanceof BigInt64Array ? (source[0] ?? 0n) : 0n)
  else if (!(source instanceof BigInt64Array)) view.fill(source[0] ?? 0)
  return { dtype: node.dtype, bytes, length }
}

/** The evaluator that computes on the current device. */
export const deviceEvaluator: Evaluator = {
  evaluate(nodes) {
    const now = immediate(nodes)
    if (now !== undefined) return now
    const prepared = prepare(nodes)
    const { device, known } = find(prepared)
    const executable =
      known ?? remember(device, prepared.key, device.compile({ inputs: prepared.inputs, results: prepared.results, donated: noDonations }))
    return executable.run(storagesOf(prepared.inputs), noDims)
  },
  async evaluateAsync(nodes) {
    const now = immediate(nodes)
    if (now !== undefined) return now
    const prepared = prepare(nodes)
    const { device, known } = find(prepared)
    const graph = { inputs: prepared.inputs, results: prepared.results, donated: noDonations }
    const executable = known ?? remember(device, prepared.key, await (device.compileAsync?.(graph) ?? device.compile(graph)))
    return executable.runAsync(storagesOf(prepared.inputs), noDims)
  },
}

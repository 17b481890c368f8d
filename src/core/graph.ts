// The lazy graph: immutable nodes that describe values. Nothing here computes numbers.

import type { Dims } from './dimension.ts'
import type { DType } from './dtype.ts'
import { DeviceError } from './errors.ts'
import type { Op } from './primitives.ts'
import { inferTypes } from './shapes.ts'

/** What is known of a value before it is computed. */
export interface TensorType {
  readonly dtype: DType
  readonly shape: Dims
}

/** Numbers that exist: a JavaScript-owned buffer, so that the engine's garbage collector counts and frees it, or memory of a device. */
export interface Storage {
  readonly dtype: DType
  /** The elements. A device may bring them here when they are first read; a DeviceError where it cannot do so at once: see `load`. */
  readonly bytes: ArrayBuffer
  /** Brings the elements to where `bytes` answers at once; absent where it always does. */
  readonly load?: () => Promise<void>
  /** Elements, not bytes; the buffer may be larger. */
  readonly length: number
  /** True once the buffer was donated to a compiled function: the numbers are gone. */
  donated?: boolean
  /** True where the buffer is filled anew between runs, as a stage for batches is: a device must not keep a copy of it. */
  readonly isRewritten?: boolean
}

/** The storage, or an error where its buffer was donated. */
export function liveStorage(storage: Storage): Storage {
  if (storage.donated !== true) return storage
  throw new DeviceError(
    'tensor: expected numbers, but the buffer was donated to a compiled function. Use what it returned, or do not donate that argument.',
  )
}

/** One value (or tuple of values) in the graph. `inputs` only point to older nodes, so the graph has no cycles. */
export interface Node {
  readonly id: number
  readonly op: Op
  readonly inputs: readonly Node[]
  readonly dtype: DType
  readonly shape: Dims
  /** More than one for tuple-valued primitives; `dtype` and `shape` above are then the first's. */
  readonly types: readonly TensorType[]
  /** Set on `data` nodes only. */
  readonly storage: Storage | undefined
}

let nextId = 0

/** Makes a node; its shape rule checks the inputs and throws a ShapeError or DTypeError that names both sides. */
export function makeNode(op: Op, inputs: readonly Node[] = []): Node {
  const types = inferTypes(op, inputs)
  const first = types[0]
  if (first === undefined) throw new RangeError(`${op.name}: a primitive has at least one result`)
  return { id: nextId++, op, inputs, dtype: first.dtype, shape: first.shape, types, storage: undefined }
}

/** A value whose numbers exist. */
export function dataNode(storage: Storage, shape: Dims): Node {
  const type = { dtype: storage.dtype, shape }
  return { id: nextId++, op: { name: 'data' }, inputs: [], ...type, types: [type], storage }
}

/** A value that is bound when the program runs. */
export function parameterNode(label: string, type: TensorType): Node {
  return { id: nextId++, op: { name: 'parameter', label }, inputs: [], ...type, types: [type], storage: undefined }
}

/** The `index`-th value of a tuple-valued node. */
export function elementOf(tuple: Node, index: number): Node {
  return makeNode({ name: 'element', index }, [tuple])
}

/** Nodes that `roots` need, inputs before users. Iterative: graphs are deeper than the JavaScript stack. */
export function topologicalOrder(roots: readonly Node[]): Node[] {
  const order: Node[] = []
  const done = new Set<Node>()
  const stack: { node: Node; next: number }[] = []
  for (const root of roots) {
    if (done.has(root)) continue
    done.add(root)
    stack.push({ node: root, next: 0 })
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.node.inputs[top.next++]
      if (input === undefined) {
        order.push(top.node)
        stack.pop()
      } else if (!done.has(input)) {
        done.add(input)
        stack.push({ node: input, next: 0 })
      }
    }
  }
  return order
}

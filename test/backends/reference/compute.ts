// Computes nodes on the reference device directly, so that its tests depend on nothing above it.

import { createReferenceDevice } from '../../../src/backends/reference/device.ts'
import { dataNode, elementOf, makeNode, type Node } from '../../../src/core/graph.ts'
import { numbersOf, type DType, storageOf } from '../../../src/core/index.ts'
import type { Op } from '../../../src/core/primitives.ts'

const device = createReferenceDevice()

/** A data node of these numbers; `shape` defaults to one axis. */
export function data(values: ArrayLike<number | bigint | boolean>, shape: readonly number[] = [values.length], dtype: DType = 'f64'): Node {
  return dataNode(storageOf(values, dtype), shape)
}

/** The numbers of a node, computed by the reference device. */
export function numbers(node: Node, dims: ReadonlyMap<string, number> = new Map()): number[] {
  const [storage] = device.compile({ inputs: [], results: [node], donated: new Map() }).run([], dims)
  return storage === undefined ? [] : Array.from(numbersOf(storage))
}

/** The numbers of a primitive's first result. */
export function compute(op: Op, ...inputs: readonly Node[]): number[] {
  return numbers(makeNode(op, inputs))
}

/** The numbers of each result of a tuple-valued primitive. */
export function computeTuple(op: Op, ...inputs: readonly Node[]): number[][] {
  const node = makeNode(op, inputs)
  return node.types.map((_, index) => numbers(elementOf(node, index)))
}

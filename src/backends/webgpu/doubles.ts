// Programs with f64 values, which WGSL does not have: another device computes them.

import type { Executable, GraphFunction } from '../../compiler/device.ts'
import { type Node, type Storage, topologicalOrder } from '../../core/graph.ts'
import type { Subgraph } from '../../core/primitives.ts'

/** Whether any value of a graph, or of the bodies in it, is f64. */
export function hasDoubles(graph: Pick<GraphFunction, 'inputs' | 'results'>): boolean {
  const roots = [...graph.inputs, ...graph.results]
  return topologicalOrder(roots).some((node) => node.types.some((type) => type.dtype === 'f64') || bodiesOf(node).some((body) => isDouble(body)))
}

const isDouble = ({ parameters, results }: Subgraph): boolean => hasDoubles({ inputs: parameters, results })

function bodiesOf({ op }: Node): readonly Subgraph[] {
  switch (op.name) {
    case 'scan':
    case 'call':
      return [op.body]
    case 'cond':
      return [op.whenTrue, op.whenFalse]
    case 'while':
      return [op.condition, op.body]
    default:
      return []
  }
}

/** A program of another device whose inputs may lie on the GPU. */
export class DoublesExecutable implements Executable {
  private readonly executable: Executable

  constructor(executable: Executable) {
    this.executable = executable
  }

  run(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Storage[] {
    return this.executable.run(inputs, dims)
  }

  async runAsync(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Promise<Storage[]> {
    await Promise.all(inputs.map((storage) => storage.load?.()))
    return this.executable.runAsync(inputs, dims)
  }
}

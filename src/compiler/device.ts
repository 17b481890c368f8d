// What a backend offers to the floors above: compile a graph, run it.

import type { Node, Storage } from '../core/graph.ts'
import type { Explanation } from './explain.ts'

/** A function as a graph, ready to be compiled. */
export interface GraphFunction {
  /** `parameter` and `data` nodes, in the order of the run-time inputs. */
  readonly inputs: readonly Node[]
  readonly results: readonly Node[]
  /** Inputs whose buffer the program may take for a result: input index → result index. */
  readonly donated: ReadonlyMap<number, number>
}

/** A compiled function. The buffers of donated inputs must not be used by the caller afterwards. */
export interface Executable {
  run(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Storage[]
  /** As `run`, without blocking the event loop where the device can. */
  runAsync(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Promise<Storage[]>
}

export interface Device {
  readonly name: string
  compile(graph: GraphFunction): Executable
  compileAsync?(graph: GraphFunction): Promise<Executable>
  /** What the program of a graph does, without running it. */
  explain?(graph: GraphFunction): Explanation
}

// The hook through which tensors get their numbers: core only describes, the compiler's floor installs what computes.

import { DeviceError } from './errors.ts'
import type { Node, Storage } from './graph.ts'

/** Computes values of the graph. */
export interface Evaluator {
  /** One storage per node, computed before it returns. */
  evaluate(nodes: readonly Node[]): readonly Storage[]
  /** The same, off the event loop when it takes long. */
  evaluateAsync(nodes: readonly Node[]): Promise<readonly Storage[]>
}

let installed: Evaluator | undefined

/** Installs what computes tensors; the last one installed is used. */
export function setEvaluator(evaluator: Evaluator): void {
  installed = evaluator
}

/** The installed evaluator. */
export function currentEvaluator(): Evaluator {
  if (installed === undefined) {
    throw new DeviceError('tensor: expected a device that computes, got none. Import from tenon, or call setEvaluator.')
  }
  return installed
}

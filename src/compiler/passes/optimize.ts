// The stages between a traced graph and fusion, in order.

import { decompose } from './decompose.ts'
import type { GraphFunction } from '../device.ts'
import { turnLoopOperands } from './loop-operands.ts'
import { mergeLoops } from './merge-loops.ts'
import { orientProducts } from './orient-products.ts'
import { masksFromRectified } from './rectifier-masks.ts'
import { simplify } from './simplify.ts'

/**
 * The same function in the form that fuses best. Bodies of loops and branches are optimized where they are compiled. Without `fusesAttention`
 * all attention becomes primitives, for devices that have no kernel for it.
 */
export function optimize(graph: GraphFunction, fusesAttention = true): GraphFunction {
  const simple = mergeLoops(simplify(graph))
  const plain = decompose(simple, fusesAttention)
  return turnLoopOperands(orientProducts(masksFromRectified(plain === simple ? simple : simplify(plain))))
}

// The stages between a traced graph and fusion, in order.

import { decompose } from './decompose.ts'
import type { GraphFunction } from './device.ts'
import { orientProducts } from './orient-products.ts'
import { masksFromRectified } from './rectifier-masks.ts'
import { simplify } from './simplify.ts'

/** The same function in the form that fuses best. Bodies of loops and branches are optimized where they are compiled. */
export function optimize(graph: GraphFunction): GraphFunction {
  const simple = simplify(graph)
  const plain = decompose(simple)
  return orientProducts(masksFromRectified(plain === simple ? simple : simplify(plain)))
}

// An operation as text: equal texts mean equal operations. What common subexpressions and cached programs are found by.

import type { Op } from '../core/primitives.ts'

/** A number as text that keeps −0, NaN and ±∞ apart. */
const exact = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

const bodyIds = new WeakMap<Op, number>()
let nextBody = 0

/** Functions inside an operation (bodies of loops, rules of gradients) count as equal only where the operation is the same object. */
function identity(op: Op): number {
  const old = bodyIds.get(op)
  if (old !== undefined) return old
  bodyIds.set(op, nextBody)
  return nextBody++
}

/** The key of an operation without its inputs. */
export function opKey(op: Op): string {
  switch (op.name) {
    case 'unary':
    case 'binary':
    case 'compare':
      return op.fn
    case 'fill':
      return `fill ${exact(op.value)} ${op.dtype} ${op.shape.join()}`
    case 'pad':
      return `pad ${op.low.join()} ${op.high.join()} ${op.interior.join()} ${exact(op.value)}`
    case 'reshape':
    case 'expand':
      return `${op.name} ${op.shape.join()}`
    case 'permute':
      return `permute ${op.axes.join()}`
    case 'cast':
      return `cast ${op.dtype}`
    case 'where':
    case 'stopGradient':
      return op.name
    case 'element':
      return `element ${op.index}`
    case 'reduce':
      return `${op.fn} over ${op.axes.join()}`
    case 'dot':
      return `dot ${op.lhsBatch.join()};${op.rhsBatch.join()} over ${op.lhsContract.join()};${op.rhsContract.join()}`
    case 'iota':
      return `iota ${op.axis} ${op.dtype} ${op.shape.join()}`
    case 'slice':
      return `slice ${op.starts.join()} ${op.sizes.join()} ${op.strides.join()}`
    case 'scan':
    case 'cond':
    case 'while':
    case 'call':
      return `${op.name}#${identity(op)}`
    default:
      // Sizes bound at run time are written as their formula.
      return JSON.stringify(op, (_, value: unknown) => (typeof value === 'object' && value !== null && 'terms' in value ? String(value) : value))
  }
}

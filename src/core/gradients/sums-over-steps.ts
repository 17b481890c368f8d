// Sums over the steps of a loop as one operation after it: Σₜ aₜᵀ·bₜ is one product of the stacked a and b, which contracts over time, too.

import { multiplyDims } from '../dimension.ts'
import { nodesBetween } from '../dependence.ts'
import { makeNode, type Node } from '../graph.ts'
import { add, reshapeNode } from '../node-algebra.ts'

/** A sum over all steps of a value of each step. */
export interface StepSum {
  /** The values of each step that it needs from all of them, stacked along a new axis 0. */
  readonly stacked: readonly Node[]
  /** The sum, from the stacked values. */
  readonly after: (stackedOf: (node: Node) => Node) => Node
}

/** The sum over steps of `x`, where it is made of products and sums; undefined where it has to be accumulated. `varying`: what differs from step to step. */
export function sumOverSteps(x: Node, varying: ReadonlySet<Node>): StepSum | undefined {
  const differs = new Set(nodesBetween(varying, [x]))
  const sumOf = (node: Node): StepSum | undefined => {
    const { op, inputs } = node
    const [a, b] = inputs
    if (!differs.has(node) || varying.has(node)) return undefined
    switch (op.name) {
      case 'dot': {
        if (a === undefined || b === undefined || !differs.has(a) || !differs.has(b)) return undefined
        const later = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1)
        const over = {
          lhsBatch: later(op.lhsBatch),
          rhsBatch: later(op.rhsBatch),
          lhsContract: [0, ...later(op.lhsContract)],
          rhsContract: [0, ...later(op.rhsContract)],
        }
        return { stacked: [a, b], after: (of) => makeNode({ name: 'dot', ...over }, [of(a), of(b)]) }
      }
      case 'convFilterGradient': {
        if (a === undefined || b === undefined || !differs.has(a) || !differs.has(b)) return undefined
        return { stacked: [a, b], after: (of) => makeNode(op, [withTimeInBatch(of(a)), withTimeInBatch(of(b))]) }
      }
      case 'reduce': {
        if (op.fn !== 'sum' || a === undefined || !differs.has(a)) return undefined
        const axes = [0, ...op.axes.map((axis) => axis + 1)]
        return { stacked: [a], after: (of) => makeNode({ name: 'reduce', fn: 'sum', axes }, [of(a)]) }
      }
      case 'binary': {
        if (op.fn !== 'add' || a === undefined || b === undefined) return undefined
        const [left, right] = [sumOf(a), sumOf(b)]
        if (left === undefined || right === undefined) return undefined
        return { stacked: [...left.stacked, ...right.stacked], after: (of) => add(left.after(of), right.after(of)) }
      }
      case 'permute':
      case 'reshape':
      case 'slice':
      case 'concat':
      case 'pad': {
        // Zeros may be added to a sum; other values would have to be added as often as there are steps.
        if (op.name === 'pad' && op.value !== 0) return undefined
        const parts = inputs.map(sumOf)
        const whole = parts.filter((part) => part !== undefined)
        if (whole.length < parts.length) return undefined
        return {
          stacked: whole.flatMap(({ stacked }) => stacked),
          after: (of) =>
            makeNode(
              op,
              whole.map(({ after }) => after(of)),
            ),
        }
      }
      default:
        return undefined
    }
  }
  return sumOf(x)
}

/** `[time, batch, …]` as `[time · batch, …]`. */
function withTimeInBatch(x: Node): Node {
  const [time = 1, batch = 1, ...rest] = x.shape
  return reshapeNode(x, [multiplyDims(time, batch), ...rest])
}

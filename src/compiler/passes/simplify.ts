// Simplification: calls are replaced by their bodies, equal values become one, and identities of arithmetic and movement are used.
// Every rule keeps the value to the bit, −0, NaN and ±∞ included.

import { type Dims, elementCount, sameDims } from '../../core/dimension.ts'
import { isFloat } from '../../core/dtype.ts'
import { makeNode, type Node, topologicalOrder } from '../../core/graph.ts'
import type { Op, Subgraph } from '../../core/primitives.ts'
import type { GraphFunction } from '../device.ts'
import { opKey } from '../op-key.ts'

type OpOf<N extends Op['name']> = Extract<Op, { name: N }>
type Rules = {
  readonly [N in Op['name']]?: readonly {
    readonly name: string
    readonly apply: (op: OpOf<N>, inputs: readonly Node[], self: Simplifier) => Node | undefined
  }[]
}

/** The same function in fewer and simpler nodes. Inputs stay the same nodes, results keep their order. */
export function simplify(graph: GraphFunction): GraphFunction {
  const simplifier = new Simplifier()
  for (const input of graph.inputs) simplifier.keep(input)
  return { ...graph, results: simplifier.all(graph.results) }
}

class Simplifier {
  private readonly known = new Map<string, Node>()
  /** What calls return, by the node that stands for them in a body. */
  private readonly callResults = new Map<Node, readonly Node[]>()
  private readonly done = new Map<Node, Node>()
  /** Differs in each recomputed body, so that its values are not taken from the first computation. */
  private scope = ''
  private scopes = 0

  keep(node: Node): void {
    this.done.set(node, node)
  }

  all(roots: readonly Node[]): Node[] {
    for (const node of topologicalOrder(roots)) {
      if (!this.done.has(node)) this.done.set(node, this.rewrite(node))
    }
    return roots.map((root) => this.done.get(root) ?? root)
  }

  private rewrite(node: Node): Node {
    const { op } = node
    if (op.name === 'parameter' || op.name === 'data') return node
    const [first] = node.inputs
    if (op.name === 'element' && first !== undefined) {
      const results = this.callResults.get(first)
      const result = results?.[op.index]
      if (result !== undefined) return result
    }
    const inputs = node.inputs.map((x) => this.done.get(x) ?? x)
    if (op.name === 'call') {
      const results = this.inline(op, inputs)
      this.callResults.set(node, results)
      return results[0] ?? node
    }
    if (op.name === 'scan' || op.name === 'cond' || op.name === 'while') return makeNode(simplifiedBodies(op), inputs)
    return this.make(op, inputs)
  }

  /** A node for `op`: what a rule gives, an equal one that exists, or a new one. */
  make(op: Op, inputs: readonly Node[]): Node {
    const simpler = applyRules(op, inputs, this)
    if (simpler !== undefined) return simpler
    const key = `${this.scope}${opKey(op)}|${inputs.map((x) => x.id).join()}`
    const old = this.known.get(key)
    if (old !== undefined) return old
    const made = makeNode(op, inputs)
    this.known.set(key, made)
    return made
  }

  private inline(op: OpOf<'call'>, inputs: readonly Node[]): readonly Node[] {
    const outer = this.scope
    if (op.gradient.kind === 'recompute') this.scope = `${this.scopes++}/`
    // Bodies may be called many times: their nodes are rewritten anew for each call.
    const saved = new Map<Node, Node | undefined>()
    const order = topologicalOrder(op.body.results)
    for (const node of order) saved.set(node, this.done.get(node))
    for (const node of order) if (node.op.name !== 'data') this.done.delete(node)
    op.body.parameters.forEach((p, i) => {
      const input = inputs[i]
      if (input !== undefined) this.done.set(p, input)
    })
    const results = this.all(op.body.results)
    for (const [node, old] of saved) {
      if (old === undefined) this.done.delete(node)
      else this.done.set(node, old)
    }
    this.scope = outer
    return results
  }
}

/** The op with its bodies simplified, each on its own. */
function simplifiedBodies(op: OpOf<'scan'> | OpOf<'cond'> | OpOf<'while'>): Op {
  const body = (b: Subgraph): Subgraph => ({
    parameters: b.parameters,
    results: simplify({ inputs: b.parameters, results: b.results, donated: new Map() }).results,
  })
  switch (op.name) {
    case 'scan':
      return { ...op, body: body(op.body) }
    case 'cond':
      return { ...op, whenTrue: body(op.whenTrue), whenFalse: body(op.whenFalse) }
    case 'while':
      return { ...op, condition: body(op.condition), body: body(op.body) }
  }
}

function applyRules(op: Op, inputs: readonly Node[], self: Simplifier): Node | undefined {
  return applyTo(op.name, op, inputs, self)
}

function applyTo<N extends Op['name']>(name: N, op: OpOf<N>, inputs: readonly Node[], self: Simplifier): Node | undefined {
  for (const rule of rules[name] ?? []) {
    const result = rule.apply(op, inputs, self)
    if (result !== undefined) return result
  }
  return undefined
}

/** The value of a node whose elements are all one known number. */
function constantOf(node: Node | undefined): number | undefined {
  return node?.op.name === 'fill' ? node.op.value : undefined
}

const fillLike = (value: number, node: { readonly shape: Dims; readonly dtype: Node['dtype'] }, self: Simplifier): Node =>
  self.make({ name: 'fill', value, shape: node.shape, dtype: node.dtype }, [])

const foldable: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
}

/** Whether every float dtype holds it exactly. */
const isSmallInteger = (value: number): boolean => Number.isInteger(value) && Math.abs(value) <= 256

/** Whether these axes follow each other, in order, in a shape; those of size 1 do not count. */
function areAdjacent(shape: Dims, axes: readonly number[]): boolean {
  const real = (list: readonly number[]) => list.filter((a) => shape[a] !== 1)
  const inOrder = real([...shape.keys()])
  const [first, ...others] = real(axes)
  if (first === undefined) return true
  const start = inOrder.indexOf(first)
  return others.every((a, i) => inOrder[start + 1 + i] === a)
}

/** An operand of a `dot` whose free axes, and whose contracted axes, can each be walked as one axis: moved where they cannot. */
function asMatrices(x: Node, batch: readonly number[], contract: readonly number[], self: Simplifier): { readonly x: Node; readonly moved: boolean } {
  const free = [...x.shape.keys()].filter((a) => !batch.includes(a) && !contract.includes(a))
  if (areAdjacent(x.shape, free) && areAdjacent(x.shape, contract)) return { x, moved: false }
  return { x: self.make({ name: 'permute', axes: [...batch, ...free, ...contract] }, [x]), moved: true }
}

const identityOf = (x: Node | undefined): Node | undefined => x

/** A movement of a constant is the constant in another shape. */
const ofConstant = {
  name: 'movement of a constant',
  apply: (op: Op, [x]: readonly Node[], self: Simplifier): Node | undefined => {
    const value = constantOf(x)
    if (x === undefined || value === undefined) return undefined
    const shape = makeNode(op, [x]).shape
    return fillLike(value, { shape, dtype: x.dtype }, self)
  },
}

const rules: Rules = {
  stopGradient: [{ name: 'the value itself', apply: (_, [x]) => identityOf(x) }],
  cast: [
    { name: 'to its own dtype', apply: (op, [x]) => (x?.dtype === op.dtype ? x : undefined) },
    {
      name: 'of a constant',
      apply: (op, [x], self) => {
        const value = constantOf(x)
        if (x === undefined || value === undefined || !isFloat(x.dtype) || !isFloat(op.dtype)) return undefined
        // A constant that its own dtype does not hold exactly is rounded before it is cast.
        if (x.dtype !== 'f64' && !(x.dtype === 'f32' && Object.is(Math.fround(value), value)) && !isSmallInteger(value)) return undefined
        return op.dtype === 'f64' || op.dtype === 'f32' ? fillLike(value, { shape: x.shape, dtype: op.dtype }, self) : undefined
      },
    },
  ],
  unary: [
    {
      name: 'negate twice',
      apply: (op, [x]) => (op.fn === 'negate' && x?.op.name === 'unary' && x.op.fn === 'negate' ? x.inputs[0] : undefined),
    },
    {
      name: 'negate a constant',
      apply: (op, [x], self) => {
        const value = constantOf(x)
        return op.fn === 'negate' && x !== undefined && value !== undefined && isFloat(x.dtype) ? fillLike(-value, x, self) : undefined
      },
    },
  ],
  binary: [
    {
      name: 'of two constants',
      apply: (op, [a, b], self) => {
        const [x, y, fold] = [constantOf(a), constantOf(b), foldable[op.fn]]
        if (a === undefined || x === undefined || y === undefined || fold === undefined) return undefined
        if (a.dtype === 'f32') return fillLike(Math.fround(fold(Math.fround(x), Math.fround(y))), a, self)
        return a.dtype === 'f64' ? fillLike(fold(x, y), a, self) : undefined
      },
    },
    {
      name: 'times one',
      apply: (op, [a, b]) => (op.fn === 'multiply' && constantOf(b) === 1 ? a : op.fn === 'multiply' && constantOf(a) === 1 ? b : undefined),
    },
    { name: 'by one', apply: (op, [a, b]) => (op.fn === 'divide' && constantOf(b) === 1 ? a : undefined) },
    { name: 'minus zero', apply: (op, [a, b]) => (op.fn === 'subtract' && Object.is(constantOf(b), 0) ? a : undefined) },
    {
      name: 'plus zero, integers',
      apply: (op, [a, b]) =>
        op.fn === 'add' && a !== undefined && !isFloat(a.dtype) ? (constantOf(b) === 0 ? a : constantOf(a) === 0 ? b : undefined) : undefined,
    },
    {
      name: 'times minus one',
      apply: (op, [a, b], self) =>
        op.fn === 'multiply' && a !== undefined && constantOf(b) === -1 && isFloat(a.dtype)
          ? self.make({ name: 'unary', fn: 'negate' }, [a])
          : undefined,
    },
    {
      name: 'plus a negative',
      apply: (op, [a, b], self) => {
        if (op.fn !== 'add' || a === undefined || b?.op.name !== 'unary' || b.op.fn !== 'negate') return undefined
        const [inner] = b.inputs
        return inner === undefined ? undefined : self.make({ name: 'binary', fn: 'subtract' }, [a, inner])
      },
    },
  ],
  where: [
    {
      name: 'one branch only',
      apply: (_, [condition, a, b]) => {
        const value = constantOf(condition)
        return value === undefined ? (a === b ? a : undefined) : value !== 0 ? a : b
      },
    },
  ],
  reshape: [
    ofConstant,
    { name: 'to its own shape', apply: (op, [x]) => (x !== undefined && sameDims(x.shape, op.shape) ? x : undefined) },
    {
      name: 'of a reshape',
      apply: (op, [x], self) => (x?.op.name === 'reshape' && x.inputs[0] !== undefined ? self.make(op, [x.inputs[0]]) : undefined),
    },
  ],
  permute: [
    ofConstant,
    { name: 'in order', apply: (op, [x]) => (op.axes.every((a, i) => a === i) ? x : undefined) },
    {
      name: 'of a permute',
      apply: (op, [x], self) => {
        if (x?.op.name !== 'permute' || x.inputs[0] === undefined) return undefined
        const { axes } = x.op
        return self.make({ name: 'permute', axes: op.axes.map((a) => axes[a] ?? a) }, [x.inputs[0]])
      },
    },
  ],
  expand: [
    ofConstant,
    { name: 'to its own shape', apply: (op, [x]) => (x !== undefined && sameDims(x.shape, op.shape) ? x : undefined) },
    {
      name: 'of an expand',
      apply: (op, [x], self) => (x?.op.name === 'expand' && x.inputs[0] !== undefined ? self.make(op, [x.inputs[0]]) : undefined),
    },
  ],
  slice: [
    ofConstant,
    {
      name: 'of everything',
      apply: (op, [x]) =>
        x !== undefined && sameDims(x.shape, op.sizes) && op.starts.every((s) => s === 0) && op.strides.every((s) => s === 1) ? x : undefined,
    },
  ],
  flip: [ofConstant, { name: 'of no axis', apply: (op, [x]) => (op.axes.length === 0 ? x : undefined) }],
  pad: [
    {
      name: 'by nothing',
      apply: (op, [x]) => (op.low.every((n) => n === 0) && op.high.every((n) => n === 0) && op.interior.every((n) => n === 0) ? x : undefined),
    },
  ],
  dot: [
    {
      name: 'axes in the order of matrices',
      apply: (op, [a, b], self) => {
        if (a === undefined || b === undefined) return undefined
        const [left, right] = [asMatrices(a, op.lhsBatch, op.lhsContract, self), asMatrices(b, op.rhsBatch, op.rhsContract, self)]
        if (!left.moved && !right.moved) return undefined
        const first = op.lhsBatch.map((_, i) => i)
        const last = (x: Node) => op.lhsContract.map((_, i) => x.shape.length - op.lhsContract.length + i)
        const lhs = left.moved ? { lhsBatch: first, lhsContract: last(a) } : { lhsBatch: op.lhsBatch, lhsContract: op.lhsContract }
        const rhs = right.moved ? { rhsBatch: first, rhsContract: last(b) } : { rhsBatch: op.rhsBatch, rhsContract: op.rhsContract }
        return self.make({ name: 'dot', ...lhs, ...rhs }, [left.x, right.x])
      },
    },
  ],
  concat: [{ name: 'of one', apply: (_, inputs) => (inputs.length === 1 ? inputs[0] : undefined) }],
  reduce: [
    { name: 'over no axis', apply: (op, [x]) => (op.axes.length === 0 ? x : undefined) },
    {
      name: 'over axes of size one',
      apply: (op, [x], self) => {
        if (x === undefined || !op.axes.every((a) => x.shape[a] === 1)) return undefined
        return self.make({ name: 'reshape', shape: x.shape.filter((_, i) => !op.axes.includes(i)) }, [x])
      },
    },
    {
      name: 'sum of a constant',
      apply: (op, [x], self) => {
        const value = constantOf(x)
        if (x === undefined || value === undefined || op.fn !== 'sum' || x.dtype !== 'f32') return undefined
        const count = elementCount(op.axes.map((a) => x.shape[a] ?? 1))
        // Sums that single precision holds exactly, as the sum of the elements would.
        if (typeof count !== 'number' || !Number.isInteger(value * count) || Math.abs(value * count) > 2 ** 24 || !Number.isInteger(value))
          return undefined
        return fillLike(value * count, { shape: x.shape.filter((_, i) => !op.axes.includes(i)), dtype: x.dtype }, self)
      },
    },
  ],
}

// Fusion: decides which values are stored and gathers their computations into kernels. Elementwise chains join the
// contraction or the row sweep that produces what they read; reductions over the last axes share one sweep with their consumers.

import { type Dims, elementCount, maxDim, sameDim, sameDims } from '../core/dimension.ts'
import type { Node } from '../core/graph.ts'
import { elementOf, topologicalOrder } from '../core/graph.ts'
import { runThrough, type Steps } from './in-steps.ts'
import { type Axis, axis, axisIndex, type Index, linearIndex, pointAt, sameIndex, zeroIndex } from './loop-ir/index-expression.ts'
import type { Expression, Kernel, MatrixView, Statement, StoreTo } from './loop-ir/loop-ir.ts'
import { isInline, isMovement, isSource, Lowering } from './loop-ir/lower.ts'
import { dotAxes, matrixView, stridedInputs, stridedView } from './loop-ir/operand-views.ts'
import { reductionsFirst } from './loop-ir/statement-order.ts'
import { everyLoad } from './loop-ir/walk-expression.ts'

/** A value read by many is stored once computing it again costs more than this many operations. */
const recomputeLimit = 10

/** A value repeated along leading axes is stored once computing it at each of these places costs more than this many operations. */
const spreadLimit = 4

const contractions = new Set(['dot', 'conv', 'convInputGradient', 'convFilterGradient', 'reduceWindow', 'windowScatter', 'windowPick'])

/** A kernel under construction. */
interface Group {
  readonly kind: 'rows' | 'columns' | 'matmul' | 'convolution' | 'window' | 'whole'
  readonly members: Node[]
  readonly deps: Set<Group>
  /** One loop variable per axis of the domain. */
  readonly axes: readonly Axis[]
  readonly shape: Dims
  /** rows: how many leading axes are outer, once a reduction has fixed it. */
  split: number | undefined
}

/** Gathers what `roots` need into kernels, in an order in which they can run. `donated` pairs a parameter with the root that replaces it. */
export function fuse(roots: readonly Node[], donated: ReadonlyMap<Node, Node> = new Map()): Kernel[] {
  return runThrough(fuseInSteps(roots, donated))
}

/** {@link fuse}, pausing now and then. */
export function fuseInSteps(roots: readonly Node[], donated: ReadonlyMap<Node, Node> = new Map()): Steps<Kernel[]> {
  return new Fusion(roots, donated).kernels()
}

class Fusion {
  private readonly order: readonly Node[]
  private readonly roots: ReadonlySet<Node>
  private readonly donated: ReadonlyMap<Node, Node>
  private readonly storedNodes = new Set<Node>()
  private readonly groupOf = new Map<Node, Group>()
  private readonly groups: Group[] = []
  private readonly isStored = (node: Node): boolean => isSource(node) || this.storedNodes.has(node)

  constructor(roots: readonly Node[], donated: ReadonlyMap<Node, Node>) {
    this.order = topologicalOrder(roots)
    this.roots = new Set(roots)
    this.donated = donated
  }

  *kernels(): Steps<Kernel[]> {
    this.chooseStored()
    yield
    for (const node of this.order) {
      if (!this.storedNodes.has(node) || node.op.name === 'element') continue
      this.place(node)
      yield
    }
    const kernels: Kernel[] = []
    for (const group of this.inOrder()) {
      kernels.push(this.build(group))
      yield
    }
    return kernels
  }

  /** Fills `storedNodes`: results, everything that needs a kernel of its own, and what is dear to compute twice. */
  private chooseStored(): void {
    const users = new Map<Node, number>()
    for (const node of this.order) {
      for (const input of new Set(node.inputs)) users.set(input, (users.get(input) ?? 0) + 1)
    }
    const cost = new Map<Node, number>()
    for (const node of this.order) {
      if (isSource(node)) {
        cost.set(node, 1)
        continue
      }
      if (node.op.name === 'expand') this.storeSpread(node, cost)
      const own = node.op.name === 'unary' && transcendental.has(node.op.fn) ? 6 : node.op.name === 'randomBits' ? 20 : 1
      const total = node.inputs.reduce((sum, input) => sum + (cost.get(input) ?? 1), isMovement(node) ? 0 : own)
      const dear = total > recomputeLimit && (users.get(node) ?? 0) > 1 && !isMovement(node)
      if (!isInline(node) || this.roots.has(node) || dear || total > 400) this.storedNodes.add(node)
      cost.set(node, this.storedNodes.has(node) ? 1 : Math.min(total, 1000))
      if (node.op.name === 'dot') this.storeOperands(node)
      else if (!isInline(node) && node.op.name !== 'reduce' && node.op.name !== 'argReduce') {
        node.inputs.forEach((input, i) => {
          if (i < stridedInputs(node)) this.storeStrided(input)
          else this.store(input)
        })
      }
    }
  }

  /** Stores what is dear and repeated along leading axes: it differs along the innermost loop, so that nothing takes it out of the loops. */
  private storeSpread(expanded: Node, cost: Map<Node, number>): void {
    const [input] = expanded.inputs
    if (input === undefined || (input.shape.at(-1) ?? 1) === 1) return
    if (maxDim(elementCount(expanded.shape)) < 8 * maxDim(elementCount(input.shape))) return
    const base = unmoved(input)
    if (this.isStored(base) || (cost.get(base) ?? 1) <= spreadLimit) return
    this.storedNodes.add(base)
    for (const node of [base, input]) cost.set(node, 1)
  }

  /** Makes a value a strided view of a stored one. */
  private storeStrided(node: Node): void {
    if (stridedView(node, this.isStored) !== undefined) return
    this.store(unmoved(node))
    if (stridedView(node, this.isStored) === undefined) this.store(node)
  }

  private store(node: Node): void {
    if (!isSource(node)) this.storedNodes.add(node)
  }

  /** Makes both operands of a `dot` strided views of stored values, storing what is not. */
  private storeOperands(node: Node): void {
    for (const [i, input] of node.inputs.entries()) {
      if (this.operand(node, i) !== undefined) continue
      this.store(unmoved(input))
      if (this.operand(node, i) === undefined) this.store(input)
    }
  }

  private operand(node: Node, side: number, batch: readonly Axis[] = dotAxes(node).batch.map((d) => axis(d))): MatrixView | undefined {
    return matrixView(node, side, batch, this.isStored)
  }

  private place(node: Node): void {
    const candidate = this.joinable(node)
    if (candidate !== undefined) {
      candidate.group.members.push(node)
      for (const dep of candidate.deps) if (dep !== candidate.group) candidate.group.deps.add(dep)
      if (candidate.split !== undefined) candidate.group.split = candidate.split
      this.groupOf.set(node, candidate.group)
      return
    }
    const group = this.newGroup(node)
    this.groups.push(group)
    this.groupOf.set(node, group)
  }

  private newGroup(node: Node): Group {
    const deps = this.dependencies(node)
    const { op } = node
    const base = { members: [node], deps, split: undefined }
    if (op.name === 'dot') {
      const roles = dotAxes(node)
      const axes = [...roles.batch.map((d) => axis(d)), axis(roles.m), axis(roles.n)]
      return { ...base, kind: 'matmul', axes, shape: [...roles.batch, roles.m, roles.n] }
    }
    if (contractions.has(op.name)) {
      const channels = node.shape.at(-1) ?? 1
      const shape = [elementCount(node.shape.slice(0, -1)), channels]
      return { ...base, kind: op.name.startsWith('conv') ? 'convolution' : 'window', axes: shape.map((d) => axis(d)), shape }
    }
    if (op.name === 'reduce' || op.name === 'argReduce') {
      const shape = node.inputs[0]?.shape ?? []
      const reduced = op.name === 'reduce' ? op.axes : [op.axis]
      const kept = shape.length - reduced.length
      if (reduced.every((a) => a >= kept)) return { ...base, kind: 'rows', axes: shape.map((d) => axis(d)), shape, split: kept }
      if (!reduced.includes(shape.length - 1) && op.name === 'reduce') return { ...base, kind: 'columns', axes: shape.map((d) => axis(d)), shape }
      const order = [...shape.keys()].filter((a) => !reduced.includes(a)).concat(reduced)
      const axes = order.map((a) => axis(shape[a] ?? 1))
      return { ...base, kind: 'rows', axes, shape: order.map((a) => shape[a] ?? 1), split: kept }
    }
    if (isInline(node)) return { ...base, kind: 'rows', axes: node.shape.map((d) => axis(d)), shape: node.shape }
    return { ...base, kind: 'whole', axes: [], shape: [] }
  }

  /** The groups whose values a node's definition reads. */
  private dependencies(node: Node): Set<Group> {
    const deps = new Set<Group>()
    const seen = new Set<Node>()
    const visit = (n: Node) => {
      for (const input of n.inputs) {
        if (seen.has(input)) continue
        seen.add(input)
        const group = this.groupOf.get(input.op.name === 'element' ? (input.inputs[0] ?? input) : input)
        if (group !== undefined) deps.add(group)
        else if (!isSource(input)) visit(input)
      }
    }
    visit(node)
    return deps
  }

  private reaches(from: Group, target: Group): boolean {
    const seen = new Set<Group>([from])
    const stack = [from]
    for (let group = stack.pop(); group !== undefined; group = stack.pop()) {
      if (group === target) return true
      for (const dep of group.deps) {
        if (seen.has(dep)) continue
        seen.add(dep)
        stack.push(dep)
      }
    }
    return false
  }

  /** A producer's group that this node may join: same points, and nothing else it reads comes after that group. */
  private joinable(node: Node): { group: Group; deps: Set<Group>; split: number | undefined } | undefined {
    const reduce = node.op.name === 'reduce' || node.op.name === 'argReduce'
    if (!isInline(node) && !reduce) return undefined
    const deps = this.dependencies(node)
    const candidates = [...deps].sort((a, b) => this.groups.indexOf(b) - this.groups.indexOf(a))
    for (const group of candidates) {
      if (group.kind === 'whole' || group.kind === 'columns') continue
      if (reduce && group.kind !== 'rows') continue
      const fit = this.fits(node, group)
      if (fit === undefined) continue
      if ([...deps].some((dep) => dep !== group && this.reaches(dep, group))) continue
      return { group, deps, split: fit.split }
    }
    return undefined
  }

  private fits(node: Node, group: Group): { split: number | undefined } | undefined {
    const { op } = node
    let split = group.split
    let point: Index[]
    const all = group.axes.map(axisIndex)
    if (op.name === 'reduce' || op.name === 'argReduce') {
      const shape = node.inputs[0]?.shape ?? []
      const reduced = op.name === 'reduce' ? op.axes : [op.axis]
      const kept = shape.length - reduced.length
      if (!reduced.every((a) => a >= kept) || !sameDims(shape, group.shape)) return undefined
      if (split !== undefined && split !== kept) return undefined
      split = kept
      // An elementwise group that becomes a row sweep must have written full rows only.
      if (group.split === undefined && group.members.some((m) => !sameDims(m.shape, group.shape))) return undefined
      point = all
    } else if (group.kind === 'rows' && group.split !== undefined && sameDims(node.shape, group.shape.slice(0, group.split))) {
      point = all.slice(0, group.split)
    } else if (sameDim(elementCount(node.shape), elementCount(group.shape))) {
      if (group.kind === 'rows' && !sameDims(node.shape, group.shape)) return undefined
      point = sameDims(node.shape, group.shape) ? all : pointAt(linearIndex(all, group.shape), node.shape)
    } else return undefined
    const lowering = new Lowering(this.isStored)
    const expression =
      op.name === 'reduce' || op.name === 'argReduce' ? this.operandOfReduce(node, point, lowering) : lowering.definitionAt(node, point)
    const legal = everyLoad(expression, (from, index) => {
      if (this.groupOf.get(from) !== group) return true
      return sameIndex(index, this.positionOf(from, group, split))
    })
    return legal ? { split } : undefined
  }

  private operandOfReduce(node: Node, point: readonly Index[], lowering: Lowering): Expression {
    const input = node.inputs[0]
    return input === undefined ? { kind: 'constant', value: 0, dtype: node.dtype } : lowering.valueAt(input, point)
  }

  /** Where a member's element of the current point is stored. */
  private positionOf(member: Node, group: Group, split: number | undefined): Index {
    const all = group.axes.map(axisIndex)
    if (group.kind === 'rows') {
      const outer = split ?? group.axes.length
      const perRow =
        isReduce(member) || (split !== undefined && sameDims(member.shape, group.shape.slice(0, outer)) && !sameDims(member.shape, group.shape))
      return perRow ? linearIndex(all.slice(0, outer), group.shape.slice(0, outer)) : linearIndex(all, group.shape)
    }
    return linearIndex(all, group.shape)
  }

  /** Groups so that every one comes after what it reads and, where possible, after the last reader of a parameter it replaces. */
  private inOrder(): Group[] {
    const readers = new Map<Node, Set<Group>>()
    for (const group of this.groups) {
      for (const member of group.members) this.noteParameters(member, group, readers)
    }
    for (const [parameter, result] of this.donated) {
      const writer = this.groupOf.get(result)
      if (writer === undefined) continue
      for (const reader of readers.get(parameter) ?? []) {
        if (reader !== writer && !this.reaches(reader, writer)) writer.deps.add(reader)
      }
    }
    const order: Group[] = []
    const done = new Set<Group>()
    const stack: { group: Group; deps: Group[] }[] = []
    for (const root of this.groups) {
      if (done.has(root)) continue
      done.add(root)
      stack.push({ group: root, deps: [...root.deps] })
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        const dep = top.deps.pop()
        if (dep === undefined) {
          order.push(top.group)
          stack.pop()
        } else if (!done.has(dep)) {
          done.add(dep)
          stack.push({ group: dep, deps: [...dep.deps] })
        }
      }
    }
    return order
  }

  private noteParameters(node: Node, group: Group, readers: Map<Node, Set<Group>>): void {
    const seen = new Set<Node>()
    const visit = (n: Node) => {
      for (const input of n.inputs) {
        if (seen.has(input)) continue
        seen.add(input)
        if (input.op.name === 'parameter') {
          const set = readers.get(input) ?? new Set()
          readers.set(input, set.add(group))
        } else if (!this.isStored(input)) visit(input)
      }
    }
    visit(node)
  }

  private build(group: Group): Kernel {
    const [node] = group.members
    if (node === undefined) throw new RangeError('compiler: a group has at least one member')
    switch (group.kind) {
      case 'rows':
        return this.buildRows(group)
      case 'columns':
        return this.buildColumns(group, node)
      case 'matmul': {
        const roles = dotAxes(node)
        const batch = group.axes.slice(0, -2)
        const [lhs, rhs] = [this.operand(node, 0, batch), this.operand(node, 1, batch)]
        const [m, n] = group.axes.slice(-2)
        if (lhs === undefined || rhs === undefined || m === undefined || n === undefined)
          throw new RangeError('compiler: a dot without strided operands')
        return { kind: 'matmul', node, batch, m, n, k: roles.k, lhs, rhs, epilogue: this.epilogue(group, node) }
      }
      case 'convolution':
      case 'window': {
        const [element, channel] = group.axes
        const [a, b] = node.inputs
        if (element === undefined || channel === undefined || a === undefined) throw new RangeError('compiler: malformed convolution')
        const epilogue = this.epilogue(group, node)
        const { op } = node
        if (op.name === 'conv' || op.name === 'convInputGradient' || op.name === 'convFilterGradient') {
          if (b === undefined) throw new RangeError('compiler: malformed convolution')
          return { kind: 'convolution', variant: op.name, node, geometry: op.geometry, a, b, element, channel, epilogue }
        }
        if (op.name === 'reduceWindow' || op.name === 'windowScatter' || op.name === 'windowPick') {
          return { kind: 'window', variant: op.name, fn: op.fn, node, geometry: op.geometry, inputs: node.inputs, element, channel, epilogue }
        }
        throw new RangeError(`compiler: ${op.name} is not a window`)
      }
      case 'whole': {
        const elements = this.order.filter((n) => n.op.name === 'element' && n.inputs[0] === node)
        const element = (index: number) => elements.find((n) => n.op.name === 'element' && n.op.index === index) ?? elementOf(node, index)
        const outputs = node.types.length > 1 ? node.types.map((_, index) => element(index)) : [node]
        const views = node.inputs.slice(0, stridedInputs(node)).map((input) => {
          const view = stridedView(input, this.isStored)
          if (view === undefined) throw new RangeError('compiler: an operand of attention is not a strided view')
          return view
        })
        return { kind: 'whole', node, inputs: node.inputs.map((input, i) => views[i]?.node ?? input), views, outputs }
      }
    }
  }

  /** What is stored as each element of a contraction is finished: the element itself if anyone else reads it, then the chain that follows. */
  private epilogue(group: Group, node: Node): StoreTo[] {
    const all = group.axes.map(axisIndex)
    const position = linearIndex(all, group.shape)
    const stores: StoreTo[] = []
    const lowering = new Lowering(this.isStored, new Set(group.members))
    for (const member of group.members) {
      const point = sameDims(member.shape, group.shape) ? all : pointAt(position, member.shape)
      const value: Expression = member === node ? { kind: 'local', node, dtype: node.dtype } : lowering.definitionAt(member, point)
      stores.push({ node: member, index: position, value })
    }
    return stores
  }

  private buildRows(group: Group): Kernel {
    const split = group.split ?? group.axes.length
    const outerPoint = group.axes.slice(0, split).map(axisIndex)
    const rowPosition = linearIndex(outerPoint, group.shape.slice(0, split))
    const inner = group.axes.slice(split)
    const locals = new Set(group.members.filter((m) => isReduce(m) || (group.split !== undefined && this.perRow(m, group))))
    const lowering = new Lowering(this.isStored, locals)
    const statements = group.members.map((member): Statement => {
      const { op } = member
      if (op.name === 'reduce' || op.name === 'argReduce') {
        const point = this.pointOfReduce(member, group)
        const fn = op.name === 'reduce' ? op.fn : op.fn === 'max' ? 'argmax' : 'argmin'
        return { kind: 'reduce', inner, fn, value: this.operandOfReduce(member, point, lowering), node: member, index: rowPosition }
      }
      if (group.split !== undefined && this.perRow(member, group)) {
        return { kind: 'map', inner: [], store: { node: member, index: rowPosition, value: lowering.definitionAt(member, outerPoint) } }
      }
      const point = group.axes.map(axisIndex)
      return { kind: 'map', inner, store: { node: member, index: linearIndex(point, group.shape), value: lowering.definitionAt(member, point) } }
    })
    return { kind: 'rows', outer: group.axes.slice(0, split), statements: reductionsFirst(statements) }
  }

  private perRow(member: Node, group: Group): boolean {
    const split = group.split ?? group.axes.length
    return sameDims(member.shape, group.shape.slice(0, split)) && !sameDims(member.shape, group.shape)
  }

  /** The loop point in the axis order of the reduced input. */
  private pointOfReduce(member: Node, group: Group): Index[] {
    const all = group.axes.map(axisIndex)
    const shape = member.inputs[0]?.shape ?? []
    const { op } = member
    const reduced = op.name === 'reduce' ? op.axes : op.name === 'argReduce' ? [op.axis] : []
    const order = [...shape.keys()].filter((a) => !reduced.includes(a)).concat(reduced)
    const point: Index[] = new Array<Index>(shape.length).fill(zeroIndex)
    order.forEach((a, i) => {
      point[a] = all[i] ?? zeroIndex
    })
    return point
  }

  private buildColumns(group: Group, node: Node): Kernel {
    const { op } = node
    if (op.name !== 'reduce') throw new RangeError('compiler: columns are reductions')
    const kept = group.axes.filter((_, i) => !op.axes.includes(i))
    const reduced = group.axes.filter((_, i) => op.axes.includes(i))
    const column = kept.at(-1)
    if (column === undefined) throw new RangeError('compiler: columns keep an axis')
    const lowering = new Lowering(this.isStored)
    const value = this.operandOfReduce(node, group.axes.map(axisIndex), lowering)
    const index = linearIndex(kept.map(axisIndex), node.shape)
    return { kind: 'columns', outer: kept.slice(0, -1), column, reduced, fn: op.fn, value, store: { node, index, value } }
  }
}

const transcendental = new Set(['exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tanh', 'erf'])

/** The value that this one shows in another order or shape. */
function unmoved(node: Node): Node {
  let base = node
  while (isMovement(base) && base.inputs.length === 1 && base.op.name !== 'pad') base = base.inputs[0] ?? base
  return base
}

function isReduce(node: Node): boolean {
  return node.op.name === 'reduce' || node.op.name === 'argReduce'
}

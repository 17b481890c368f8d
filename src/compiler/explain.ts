// What a program does, for people: its graph as lines, its kernels with their arithmetic and memory traffic, its memory plan.

import { elementCount, maxDim, showDims } from '../core/dimension.ts'
import { type Node, topologicalOrder } from '../core/graph.ts'
import type { GraphFunction } from './device.ts'
import { type Expression, type Kernel, outputsOf, type StoreTo } from './loop-ir/loop-ir.ts'
import { bytesOf, inputsOf, type MemoryPlan } from './memory-plan.ts'
import { opKey } from './op-key.ts'

/** One kernel of a program. Sizes bound at run time count with their maximum. */
export interface KernelExplanation {
  /** Kind, primitive and shape: `matmul dot [2048, 1536] k=384`. */
  readonly title: string
  /** What is computed, in order: `dot, add, tanh, multiply`. */
  readonly computes: readonly string[]
  /** Additions, multiplications and function calls; a multiply-add counts as two. */
  readonly flops: number
  readonly bytesRead: number
  readonly bytesWritten: number
  /** Its generated text, where the device has one. */
  readonly source: string | undefined
}

export interface MemoryExplanation {
  readonly inputBytes: number
  readonly outputBytes: number
  /** Results that are written over a donated input. */
  readonly inPlace: number
  /** Intermediate values and scratch of all kernels, after sharing. */
  readonly arenaBytes: number
  /** What they would take without sharing. */
  readonly unsharedBytes: number
  /** The largest intermediate values. */
  readonly largest: readonly { readonly value: string; readonly bytes: number }[]
}

export interface Explanation {
  readonly device: string
  readonly graph: readonly string[]
  readonly kernels: readonly KernelExplanation[]
  readonly memory: MemoryExplanation
}

/** The graph as one line per value: `%12 = add(%10, %11) f32 [32, 64]`. */
export function graphLines(graph: GraphFunction): string[] {
  const names = new Map<Node, string>()
  const lines: string[] = []
  for (const node of topologicalOrder(graph.results)) {
    const name = `%${names.size}`
    names.set(node, name)
    const { op } = node
    const what = op.name === 'parameter' ? op.label : op.name === 'data' ? 'constant' : opKey(op)
    const args = node.inputs.map((x) => names.get(x) ?? '?').join(', ')
    lines.push(`${name} = ${what}${node.inputs.length > 0 ? `(${args})` : ''} ${node.dtype} ${showDims(node.shape)}`)
  }
  graph.results.forEach((node, i) => {
    lines.push(`result ${i} = ${names.get(node) ?? '?'}`)
  })
  return lines
}

const countOf = (node: Node): number => maxDim(elementCount(node.shape))

/** Operations in an expression, shared parts once. */
function operationsIn(roots: readonly Expression[]): { readonly count: number; readonly names: string[] } {
  const seen = new Set<Expression>()
  const names: string[] = []
  const visit = (e: Expression): void => {
    if (seen.has(e)) return
    seen.add(e)
    switch (e.kind) {
      case 'unary':
        visit(e.x)
        names.push(e.fn)
        return
      case 'cast':
      case 'clamp':
        visit(e.x)
        return
      case 'binary':
      case 'compare':
        visit(e.a)
        visit(e.b)
        names.push(e.fn)
        return
      case 'where':
        visit(e.condition)
        visit(e.a)
        visit(e.b)
        names.push('where')
        return
      case 'guard':
        visit(e.value)
        visit(e.otherwise)
        return
      case 'randomBits':
        names.push('randomBits')
        return
      case 'constant':
      case 'load':
      case 'index':
      case 'local':
        return
    }
  }
  for (const root of roots) visit(root)
  return { count: names.length, names }
}

const extent = (axes: readonly { readonly extent: Parameters<typeof maxDim>[0] }[]): number => axes.reduce((n, a) => n * maxDim(a.extent), 1)

/** Title, arithmetic and traffic of a kernel. Reads count each value once, as if caches were perfect. */
export function explainKernel(kernel: Kernel, isKept: (node: Node) => boolean, source?: string): KernelExplanation {
  const own = new Set(outputsOf(kernel))
  const bytesRead = [...inputsOf(kernel)].filter((n) => !own.has(n)).reduce((sum, n) => sum + bytesOf(n), 0)
  const bytesWritten = [...own].filter(isKept).reduce((sum, n) => sum + bytesOf(n), 0)
  const make = (title: string, computes: readonly string[], flops: number): KernelExplanation => ({
    title,
    computes,
    flops,
    bytesRead,
    bytesWritten,
    source,
  })
  const epilogue = (node: Node, stores: readonly StoreTo[]) => {
    const { count, names } = operationsIn(stores.map((s) => s.value))
    return { flops: count * countOf(node), names }
  }
  switch (kernel.kind) {
    case 'rows': {
      const outer = extent(kernel.outer)
      const names: string[] = []
      let flops = 0
      for (const s of kernel.statements) {
        const { count, names: used } = operationsIn([s.kind === 'map' ? s.store.value : s.value])
        names.push(...used)
        if (s.kind === 'reduce') names.push(`reduce ${s.fn}`)
        flops += outer * extent(s.inner) * (count + (s.kind === 'reduce' ? 1 : 0))
      }
      const widest = kernel.statements.reduce<readonly number[]>((best, s) => {
        const shape = [...kernel.outer, ...s.inner].map((a) => maxDim(a.extent))
        return shape.length > best.length ? shape : best
      }, [])
      return make(`rows [${widest.join(', ')}]`, names, flops)
    }
    case 'columns': {
      const { count, names } = operationsIn([kernel.value])
      const shape = [...kernel.reduced, ...kernel.outer, kernel.column]
      return make(`columns [${shape.map((a) => maxDim(a.extent)).join(', ')}]`, [...names, `reduce ${kernel.fn}`], extent(shape) * (count + 1))
    }
    case 'matmul': {
      const [m, n, k] = [maxDim(kernel.m.extent), maxDim(kernel.n.extent), maxDim(kernel.k)]
      const batch = extent(kernel.batch)
      const after = epilogue(kernel.node, kernel.epilogue)
      const title = `matmul ${batch === 1 ? '' : `${batch} × `}[${m}, ${k}] · [${k}, ${n}]`
      return make(title, ['dot', ...after.names], 2 * batch * m * n * k + after.flops)
    }
    case 'convolution': {
      const after = epilogue(kernel.node, kernel.epilogue)
      return make(`${kernel.variant} ${showDims(kernel.node.shape)}`, [kernel.variant, ...after.names], convolutionFlops(kernel) + after.flops)
    }
    case 'window': {
      const window = kernel.geometry.window.reduce((a, b) => a * b, 1)
      const after = epilogue(kernel.node, kernel.epilogue)
      const points = kernel.variant === 'reduceWindow' ? countOf(kernel.node) : Math.min(...kernel.inputs.map(countOf))
      return make(`${kernel.variant} ${showDims(kernel.node.shape)}`, [kernel.variant, ...after.names], points * window + after.flops)
    }
    case 'whole':
      return make(`${kernel.node.op.name} ${showDims(kernel.node.shape)}`, [kernel.node.op.name], wholeFlops(kernel.node))
  }
}

function convolutionFlops(kernel: Extract<Kernel, { kind: 'convolution' }>): number {
  const { variant, node, a, b } = kernel
  // Every variant multiplies each output position with the filter once.
  const output = variant === 'conv' ? node : variant === 'convInputGradient' ? a : b
  const filter = variant === 'convFilterGradient' ? node : b
  const filters = maxDim(filter.shape.at(-1) ?? 1)
  return 2 * countOf(output) * (countOf(filter) / Math.max(1, filters))
}

function wholeFlops(node: Node): number {
  const [query, key] = node.inputs
  const { op } = node
  if ((op.name === 'attention' || op.name === 'attentionGradient') && query !== undefined && key !== undefined) {
    // Two products forward, five backward; a causal mask halves them.
    const products = op.name === 'attention' ? 2 : 5
    return (products * 2 * countOf(query) * maxDim(key.shape[1] ?? 1)) / (op.causal ? 2 : 1)
  }
  return countOf(node)
}

/** The memory plan in figures. */
export function explainMemory(graph: GraphFunction, kernels: readonly Kernel[], plan: MemoryPlan): MemoryExplanation {
  const inArena = kernels.flatMap(outputsOf).filter((n) => plan.places.get(n)?.kind === 'arena')
  const largest = [...new Set(inArena)]
    .map((n) => ({ value: `${n.op.name} ${n.dtype} ${showDims(n.shape)}`, bytes: bytesOf(n) }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 8)
  return {
    inputBytes: graph.inputs.reduce((sum, n) => sum + bytesOf(n), 0),
    outputBytes: graph.results.filter((_, i) => !plan.inPlace.has(i)).reduce((sum, n) => sum + bytesOf(n), 0),
    inPlace: plan.inPlace.size,
    arenaBytes: plan.arenaBytes,
    unsharedBytes: [...new Set(inArena)].reduce((sum, n) => sum + bytesOf(n), 0),
    largest,
  }
}

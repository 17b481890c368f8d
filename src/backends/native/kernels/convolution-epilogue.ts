// What happens to the finished elements of a convolution or window: the chain of stores that fusion hung behind it, as C text.
import type { Node } from '../../../core/graph.ts'
import type { Axis } from '../../../compiler/loop-ir/index-expression.ts'
import type { StoreTo } from '../../../compiler/loop-ir/loop-ir.ts'
import { computedType, ExpressionText, type KernelNames, storedText, storedType } from '../render-expression.ts'
import { DeviceError } from '../../../core/errors.ts'
import { indent } from '../render-loops.ts'

/** The part of a convolution or window kernel that its epilogue is made of. */
export interface FinishedElements {
  readonly node: Node
  readonly element: Axis
  readonly channel: Axis
  readonly epilogue: readonly StoreTo[]
}

/** How many epilogues a text holds so far: keeps the names of their locals apart. */
export interface LocalCounter {
  next: number
}

/**
 * A loop over channels `from` ≤ `channel` < `to` of one element (C texts) that evaluates every store and writes those that are kept.
 * `value` is the C text of the finished value at the loop variable `channel`, already of its computed type.
 */
export function epilogueLoop(
  kernel: FinishedElements,
  isKept: (node: Node) => boolean,
  names: KernelNames,
  counter: LocalCounter,
  position: { readonly element: string; readonly from: string; readonly to: string },
  value: string,
): string[] {
  const { node, element, channel, epilogue } = kernel
  names.nameAxis(element, position.element)
  names.nameAxis(channel, 'channel')
  const finished = `t${counter.next++}`
  const locals = new Map<Node, string>([[node, finished]])
  const text = new ExpressionText(names, locals, counter)
  const before: string[] = []
  const body: string[] = [`const ${computedType[node.dtype]} ${finished} = ${value};`]
  const scopes = [
    { lines: before, axes: new Set([element.id]) },
    { lines: body, axes: new Set([channel.id]) },
  ]
  for (const store of epilogue) {
    const rendered = text.render(store.value, scopes)
    locals.set(store.node, rendered)
    text.remember(store.node, rendered)
    if (!isKept(store.node)) continue
    const index = text.render({ kind: 'index', index: store.index, dtype: 'i64' }, scopes)
    body.push(`b${names.buffer(store.node)}[${index}] = ${storedText(rendered, store.node.dtype)};`)
  }
  return [...before, '#pragma omp simd', `for (int64_t channel = ${position.from}; channel < ${position.to}; channel++) {`, ...indent(body), '}']
}

/** Nodes that the kernel writes. */
export function writtenBy(kernel: FinishedElements, isKept: (node: Node) => boolean): Set<Node> {
  return new Set(kernel.epilogue.map((s) => s.node).filter(isKept))
}

/** C's type for sums over elements of a dtype: integers wrap. */
export function sumType(node: Node): string {
  const type = computedType[node.dtype]
  return type === 'float' || type === 'double' ? type : 'uint64_t'
}

/** The element at a C lvalue of the node's stored type, as its computed type. */
export function loadText(node: Node, element: string): string {
  if (node.dtype === 'bf16') return `tn_bf16_to_f32(${element})`
  if (node.dtype === 'f16') return `tn_f16_to_f32(${element})`
  return element
}

/** A factor of a product, in the type of its sum: {@link sumType}. */
export function factorText(node: Node, element: string): string {
  return sumType(node) === 'uint64_t' ? `(uint64_t)${element}` : loadText(node, element)
}

/** The finished value from a sum of {@link sumType}. */
export function fromSum(node: Node, sum: string): string {
  if (node.dtype === 'bool') return `(${sum} != 0)`
  return sumType(node) === 'uint64_t' ? `(${storedType[node.dtype]})${sum}` : sum
}

/** The position in `names` of an input that the kernel must have. */
export function inputBuffer(names: KernelNames, node: Node | undefined, where: string): number {
  if (node === undefined) throw new DeviceError(`native ${where}: expected one more input than the node has.`)
  return names.buffer(node)
}

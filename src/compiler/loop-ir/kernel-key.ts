// The structure of a kernel as text: equal for kernels that differ only in which values they work on, such as those of equal layers. What is
// generated for one serves them all.

import type { Dim } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'
import type { Axis, Index } from './index-expression.ts'
import type { Expression, Kernel, StoreTo } from './loop-ir.ts'
import { opKey } from '../op-key.ts'

/** A kernel's structure, and its values in the order in which the text mentions them. */
export interface KernelKey {
  readonly key: string
  readonly values: readonly Node[]
}

/** The key of a kernel of which only the values that `isKept` are stored. */
export function kernelKey(kernel: Kernel, isKept: (node: Node) => boolean): KernelKey {
  const writer = new KeyWriter(isKept)
  writer.kernel(kernel)
  return { key: writer.parts.join(' '), values: writer.values }
}

class KeyWriter {
  readonly parts: string[] = []
  readonly values: Node[] = []
  private readonly isKept: (node: Node) => boolean
  private readonly valueNumbers = new Map<Node, number>()
  private readonly axisNumbers = new Map<number, number>()
  private readonly expressionNumbers = new Map<Expression, number>()

  constructor(isKept: (node: Node) => boolean) {
    this.isKept = isKept
  }

  kernel(kernel: Kernel): void {
    this.parts.push(kernel.kind)
    switch (kernel.kind) {
      case 'rows':
        this.axes(kernel.outer)
        for (const s of kernel.statements) {
          this.parts.push(s.kind)
          this.axes(s.inner)
          if (s.kind === 'map') this.store(s.store)
          else {
            this.parts.push(s.fn, this.value(s.node))
            this.index(s.index)
            this.expression(s.value)
          }
        }
        return
      case 'columns':
        this.axes([...kernel.outer, kernel.column, ...kernel.reduced])
        this.parts.push(kernel.fn, String(kernel.outer.length))
        this.expression(kernel.value)
        this.store(kernel.store)
        return
      case 'matmul':
        this.axes([...kernel.batch, kernel.m, kernel.n])
        this.parts.push(this.value(kernel.node), this.size(kernel.k))
        for (const view of [kernel.lhs, kernel.rhs]) {
          this.parts.push(this.value(view.node), this.size(view.rowStride), this.size(view.columnStride))
          this.index(view.offset)
        }
        this.stores(kernel.epilogue)
        return
      case 'convolution':
        this.parts.push(kernel.variant, JSON.stringify(kernel.geometry), this.value(kernel.node), this.value(kernel.a), this.value(kernel.b))
        this.axes([kernel.element, kernel.channel])
        this.stores(kernel.epilogue)
        return
      case 'window':
        this.parts.push(kernel.variant, kernel.fn, JSON.stringify(kernel.geometry), this.value(kernel.node))
        this.parts.push(...kernel.inputs.map((n) => this.value(n)))
        this.axes([kernel.element, kernel.channel])
        this.stores(kernel.epilogue)
        return
      case 'whole':
        this.parts.push(opKey(kernel.node.op))
        this.parts.push(...kernel.node.inputs.map((n) => n.shape.join()))
        this.parts.push(...kernel.inputs.map((n) => this.value(n)), '>', ...kernel.outputs.map((n) => this.value(n)))
        for (const view of kernel.views) this.parts.push(this.value(view.node), this.size(view.offset), view.strides.join())
        return
    }
  }

  private value(node: Node): string {
    const old = this.valueNumbers.get(node)
    if (old !== undefined) return `v${old}`
    const number = this.values.push(node) - 1
    this.valueNumbers.set(node, number)
    return `v${number}:${node.dtype}[${node.shape.join()}]${this.isKept(node) ? '' : '~'}`
  }

  private size(d: Dim): string {
    return typeof d === 'number' ? String(d) : `<${d.key}|${d.terms.flatMap((t) => t.variables.map((v) => v.max)).join()}>`
  }

  private axis(a: Axis): string {
    const old = this.axisNumbers.get(a.id)
    if (old !== undefined) return `x${old}`
    this.axisNumbers.set(a.id, this.axisNumbers.size)
    return `x${this.axisNumbers.size - 1}:${this.size(a.extent)}`
  }

  private axes(list: readonly Axis[]): void {
    this.parts.push('(', ...list.map((a) => this.axis(a)), ')')
  }

  private stores(list: readonly StoreTo[]): void {
    for (const s of list) this.store(s)
  }

  private store(s: StoreTo): void {
    this.parts.push('=', this.value(s.node))
    this.index(s.index)
    this.expression(s.value)
  }

  private index(i: Index): void {
    this.parts.push('[', this.size(i.constant))
    for (const { coefficient, atom } of i.terms) {
      this.parts.push(this.size(coefficient))
      switch (atom.kind) {
        case 'axis':
          this.parts.push(this.axis(atom.axis))
          break
        case 'divide':
        case 'modulo':
          this.parts.push(atom.kind, this.size(atom.by))
          this.index(atom.of)
          break
        case 'value':
          this.expression(atom.value)
          break
      }
    }
    this.parts.push(']')
  }

  private expression(e: Expression): void {
    const old = this.expressionNumbers.get(e)
    if (old !== undefined) {
      this.parts.push(`e${old}`)
      return
    }
    this.expressionNumbers.set(e, this.expressionNumbers.size)
    this.parts.push(e.kind, e.dtype)
    switch (e.kind) {
      case 'constant':
        this.parts.push(Object.is(e.value, -0) ? '-0' : String(e.value))
        return
      case 'load':
        this.parts.push(this.value(e.from))
        this.index(e.index)
        return
      case 'index':
        this.index(e.index)
        return
      case 'unary':
        this.parts.push(e.fn)
        this.expression(e.x)
        return
      case 'binary':
      case 'compare':
        this.parts.push(e.fn)
        this.expression(e.a)
        this.expression(e.b)
        return
      case 'where':
        this.expression(e.condition)
        this.expression(e.a)
        this.expression(e.b)
        return
      case 'cast':
        this.expression(e.x)
        return
      case 'clamp':
        this.parts.push(this.size(e.low), this.size(e.high))
        this.expression(e.x)
        return
      case 'guard':
        for (const b of e.bounds) {
          this.parts.push(this.size(b.size), String(b.step))
          this.index(b.index)
        }
        this.expression(e.value)
        this.expression(e.otherwise)
        return
      case 'randomBits':
        this.expression(e.key0)
        this.expression(e.key1)
        this.index(e.counter)
        return
      case 'local':
        this.parts.push(this.value(e.node))
        return
    }
  }
}

// One kernel as functions of the module, a phase each: its work is a count of items, of which a call computes a range. Whoever runs the kernel
// hands ranges to threads; a phase begins when the one before it has ended.
//
// A phase's parameters are the address of its arguments (addresses of the kernel's buffers, then of its scratch memory), the range, and the
// address of memory that belongs to the thread. Results may not depend on how items are grouped into ranges, nor on their order.

import type { Dim } from '../../core/dimension.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import type { Axis } from '../../compiler/loop-ir/index-expression.ts'
import { append, type Code } from './encoder.ts'
import { addressBytes } from './control-block.ts'
import { Evaluator, type Scope } from './evaluator.ts'
import { add, type FunctionBuilder, i32, type Local, mul, op, type Value } from './function-builder.ts'
import { phaseType } from './indirect-types.ts'
import type { ModuleBuilder } from './module-builder.ts'
import { present } from './present.ts'

/** How the work of a phase may be cut: ranges start at multiples of `grain`. Both follow from sizes alone. */
export interface Cut {
  readonly items: Dim
  /** Items that are worth a task of their own. */
  readonly grain: number
}

/** A phase: its function and its cut. */
export interface Phase extends Cut {
  readonly fn: FunctionBuilder
}

/** The items a call computes: `from` ≤ item < `to`. */
export interface ItemRange {
  readonly from: Value
  readonly to: Value
}

/** The phase that is being stated. */
interface Stated {
  readonly fn: FunctionBuilder
  readonly prologue: Code
  readonly buffers: Map<Node, Local>
  readonly dims: Map<string, Value>
  /** Bytes of the thread's memory that are taken. */
  threadBytes: number
}

const undivided: Cut = { items: 1, grain: 1 }

const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64

export class KernelFunction {
  readonly module: ModuleBuilder
  readonly buffers: readonly Node[]
  /** Whether a value must be written to memory. */
  readonly isKept: (node: Node) => boolean
  readonly phases: Phase[] = []
  /** Bytes of scratch memory that all phases and threads share, for the largest sizes. */
  scratchBytes = 0
  /** Bytes of memory that each thread needs for itself while it computes a range. */
  threadBytes = 0
  private stated: Stated | undefined

  constructor(module: ModuleBuilder, buffers: readonly Node[], isKept: (node: Node) => boolean) {
    this.module = module
    this.buffers = buffers
    this.isKept = isKept
  }

  /** The function of the phase that is being stated. */
  get fn(): FunctionBuilder {
    return this.current.fn
  }

  private get current(): Stated {
    return present(this.stated, 'a phase that is being stated')
  }

  /** The address of a value. */
  buffer(node: Node): Local {
    const { fn, prologue, buffers } = this.current
    const known = buffers.get(node)
    if (known !== undefined) return known
    const at = this.buffers.indexOf(node)
    if (at < 0) throw new DeviceError(`wasm: expected a buffer for a value of ${node.op.name}, the kernel has none. Report this graph.`)
    const local = fn.into(prologue, () => fn.variable(this.module.loadAddress(fn.parameter(0), addressBytes * at)))
    buffers.set(node, local)
    return local
  }

  /** The address of `bytes` (a multiple of 16) of scratch memory that all threads share. */
  scratch(bytes: number): Value {
    return this.scratchAt(this.reserve(bytes))
  }

  /** Sets scratch memory aside that several phases use, by {@link scratchAt}. */
  reserve(bytes: number): number {
    const at = this.scratchBytes
    this.scratchBytes += aligned(bytes)
    return at
  }

  /** The address of scratch memory that was set aside. */
  scratchAt(reserved: number): Value {
    const { fn, prologue } = this.current
    return fn.into(prologue, () => fn.let(add(this.module.loadAddress(fn.parameter(0), addressBytes * this.buffers.length), reserved)))
  }

  /** The address of `bytes` (a multiple of 16) that belong to the thread for the time of a call. */
  threadScratch(bytes: number): Value {
    const { current } = this
    const { fn, prologue, threadBytes: at } = current
    current.threadBytes += aligned(bytes)
    this.threadBytes = Math.max(this.threadBytes, current.threadBytes)
    return fn.into(prologue, () => fn.let(add(fn.parameter(3), at)))
  }

  /** A size: a constant, or computed once from the variables. */
  dim(d: Dim): Value {
    if (typeof d === 'number') return i32(d)
    const { fn, prologue, dims } = this.current
    const old = dims.get(d.key)
    if (old !== undefined) return old
    const value = fn.into(prologue, () => {
      const terms = d.terms.map((t) => t.variables.reduce((product, v) => mul(this.module.dimension(v), product), i32(t.coefficient)))
      return fn.let(terms.reduce((sum, t) => add(sum, t)))
    })
    dims.set(d.key, value)
    return value
  }

  /** States a phase that is one task. */
  build(own: readonly Node[], body: (evaluator: Evaluator) => void): void {
    this.phase(own, undivided, body)
  }

  /** States a phase whose work is cut as `cut` says; `body` states a range of it. `own` are the values that it writes. */
  phase(own: readonly Node[], cut: Cut, body: (evaluator: Evaluator, range: ItemRange) => void): void {
    const fn = this.module.function(phaseType.parameters(this.module.address))
    const stated: Stated = { fn, prologue: [], buffers: new Map(), dims: new Map(), threadBytes: 0 }
    const main: Code = []
    const top: Scope = { code: main, axes: new Set() }
    this.stated = stated
    fn.into(main, () => body(new Evaluator(this, top, own), { from: fn.parameter(1), to: fn.parameter(2) }))
    this.stated = undefined
    append(fn.body, stated.prologue)
    append(fn.body, main)
    this.phases.push({ fn, ...cut })
  }

  /** Loops over axes, outermost first, around `body`. */
  nest(evaluator: Evaluator, axes: readonly Axis[], body: () => void): void {
    const [first, ...rest] = axes
    if (first === undefined) {
      body()
      return
    }
    const end = this.dim(first.extent)
    const local = this.fn.newLocal('i32')
    const code = evaluator.within(first, local, false, () => this.nest(evaluator, rest, body))
    this.fn.set(local, i32(0))
    this.fn.emitLoop(local, end, 1, code)
  }

  /** Loops over a range of the points of `axes` (the last one fastest), around `body`; without axes there is one point. */
  nestRange(evaluator: Evaluator, axes: readonly Axis[], range: ItemRange, body: () => void): void {
    const { fn } = this
    const [only, second] = axes
    const item = fn.newLocal('i32')
    const code =
      only !== undefined && second === undefined
        ? evaluator.within(only, item, false, body)
        : evaluator.within(undefined, undefined, false, () => this.bindPoint(evaluator, axes, item, body))
    fn.set(item, range.from)
    fn.emitLoop(item, range.to, 1, code)
  }

  /** Takes a position apart into those along `axes`, a level each, so that what depends on outer axes alone is still computed apart. */
  private bindPoint(evaluator: Evaluator, axes: readonly Axis[], position: Value, body: () => void): void {
    const { fn } = this
    const locals = axes.map(() => fn.newLocal('i32'))
    let rest = position
    for (const [i, a] of [...axes.entries()].reverse()) {
      const local = locals[i]
      if (local === undefined) continue
      const extent = this.dim(a.extent)
      fn.set(local, i === 0 ? rest : op('i32.rem_u', rest, extent))
      if (i > 0) rest = fn.let(op('i32.div_u', rest, extent))
    }
    const open = (i: number): void => {
      const [a, local] = [axes[i], locals[i]]
      if (a === undefined || local === undefined) body()
      else fn.emit(evaluator.within(a, local, false, () => open(i + 1)))
    }
    open(0)
  }
}

/** How the points of the innermost loop are walked: `vector` runs for every `width` points, `single` for those left over. */
export interface Walk {
  readonly axis: Axis
  /** First point and the one after the last; the whole axis where absent. */
  readonly from?: Value
  readonly to?: Value
  readonly width: number
  readonly vector: (() => void) | undefined
  readonly single: () => void
}

/** The innermost loop over an axis, or over a part of it. */
export function walk(kernel: KernelFunction, evaluator: Evaluator, { axis, from, to, width, vector, single }: Walk): void {
  const { fn } = kernel
  const end = to ?? kernel.dim(axis.extent)
  const x = fn.newLocal('i32')
  fn.set(x, from ?? i32(0))
  const length = from === undefined ? end.constant : undefined
  if (vector !== undefined && (length === undefined || length >= width)) {
    // The last point from which a whole vector follows.
    const last = fn.let(add(end, 1 - width))
    const code = evaluator.within(axis, x, true, vector)
    fn.emitLoop(x, last, width, code)
    if (length !== undefined && length % width === 0) return
  }
  const code = evaluator.within(axis, x, false, single)
  fn.emitLoop(x, end, 1, code)
}

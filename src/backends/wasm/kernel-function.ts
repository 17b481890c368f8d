// One kernel as a function of the module: its parameters are the addresses of its buffers and of its scratch memory.

import type { Dim } from '../../core/dimension.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import type { Axis } from '../../compiler/index-expression.ts'
import { append, type Code } from './encoder.ts'
import { Evaluator, type Scope } from './evaluator.ts'
import { add, type FunctionBuilder, i32, type Local, mul, type Value } from './function-builder.ts'
import type { ModuleBuilder } from './module-builder.ts'

export class KernelFunction {
  readonly module: ModuleBuilder
  readonly fn: FunctionBuilder
  readonly buffers: readonly Node[]
  /** Whether a value must be written to memory. */
  readonly isKept: (node: Node) => boolean
  /** Bytes of scratch memory, for the largest sizes. */
  scratchBytes = 0
  private readonly prologue: Code = []
  private readonly main: Code = []
  private readonly dims = new Map<string, Value>()

  constructor(module: ModuleBuilder, buffers: readonly Node[], isKept: (node: Node) => boolean) {
    this.module = module
    this.buffers = buffers
    this.isKept = isKept
    this.fn = module.function([...buffers.map(() => 'i32' as const), 'i32'])
  }

  /** The address of a value. */
  buffer(node: Node): Local {
    const at = this.buffers.indexOf(node)
    if (at < 0) throw new DeviceError(`wasm: expected a buffer for a value of ${node.op.name}, the kernel has none. Report this graph.`)
    return this.fn.parameter(at)
  }

  /** The address of `bytes` (a multiple of 16) of scratch memory. */
  scratch(bytes: number): Value {
    const at = this.scratchBytes
    this.scratchBytes += Math.ceil(bytes / 64) * 64
    return this.fn.into(this.prologue, () => this.fn.let(add(this.fn.parameter(this.buffers.length), at)))
  }

  /** A size: a constant, or computed once from the variables. */
  dim(d: Dim): Value {
    if (typeof d === 'number') return i32(d)
    const old = this.dims.get(d.key)
    if (old !== undefined) return old
    const value = this.fn.into(this.prologue, () => {
      const terms = d.terms.map((t) => t.variables.reduce((product, v) => mul(this.module.dimension(v), product), i32(t.coefficient)))
      return this.fn.let(terms.reduce((sum, t) => add(sum, t)))
    })
    this.dims.set(d.key, value)
    return value
  }

  /** States the kernel in `body`. */
  build(own: readonly Node[], body: (evaluator: Evaluator) => void): void {
    const top: Scope = { code: this.main, axes: new Set() }
    this.fn.into(this.main, () => body(new Evaluator(this, top, own)))
    append(this.fn.body, this.prologue)
    append(this.fn.body, this.main)
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

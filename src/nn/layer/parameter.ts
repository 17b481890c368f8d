// The cells that hold what a layer, an optimizer or a metric remembers.

import { type DType, ShapeError, showDims, type Tensor } from '../../core/index.ts'

/** A scalar that is added to the loss. */
export type Penalty = (x: Tensor) => Tensor
/** Where an update moves a value to: `max(x, 0)`, for example. */
export type Projection = (x: Tensor) => Tensor

/** What a {@link Parameter} can be told. */
export interface ParameterOptions {
  /** Whether training changes it by its gradient. Default true. */
  readonly trainable?: boolean
  /** A penalty that is added to the loss. */
  readonly regularizer?: Penalty | undefined
  /** Where an update moves the value to. */
  readonly constraint?: Projection | undefined
  /** The {@link nextMoment} at which the value was decided, of a cell that is made later; a state that was restored before does not replace it. */
  readonly decidedAt?: number | undefined
}

let moments = 0

/** Numbers that grow: what came first. */
export const nextMoment = (): number => ++moments

/**
 * A cell that holds a tensor. Training changes trainable ones by their gradient; others are changed by the formulas that own them (moving
 * averages, the state of a recurrent layer, the sums of a metric). A formula writes `value`; whoever compiles a step carries the new values out.
 */
export class Parameter {
  /** Within its layer: `kernel`. */
  readonly name: string
  readonly regularizer: Penalty | undefined
  readonly constraint: Projection | undefined
  readonly decidedAt: number | undefined
  trainable: boolean
  /** In the whole model, once that is trained: `encoder/query/kernel`. */
  path: string | undefined
  private held: Tensor

  constructor(name: string, value: Tensor, { trainable = true, regularizer, constraint, decidedAt }: ParameterOptions = {}) {
    this.decidedAt = decidedAt
    this.name = name
    this.held = value
    this.trainable = trainable
    this.regularizer = regularizer
    this.constraint = constraint
  }

  get value(): Tensor {
    observer?.(this, this.held)
    return this.held
  }

  set value(value: Tensor) {
    observer?.(this, this.held)
    this.held = value
  }

  get shape(): readonly number[] {
    return this.held.shape
  }

  get dtype(): DType {
    return this.held.dtype
  }

  /** Takes another value of the same shape. */
  assign(value: Tensor): void {
    const own = this.value.dims
    if (own.length !== value.dims.length || own.some((size, i) => String(size) !== String(value.dims[i]))) {
      throw new ShapeError(`${this.name}: expected a value of [${own.join(', ')}], got ${showDims(value.dims)}. Reshape it.`)
    }
    this.value = value
  }

  /** Adds to the value. */
  assignAdd(more: Tensor): void {
    this.assign(this.value.add(more))
  }

  /** Takes away from the value. */
  assignSub(less: Tensor): void {
    this.assign(this.value.subtract(less))
  }
}

/** Told of a cell and what it holds, before its value is read or changed. */
export type CellObserver = (cell: Parameter, held: Tensor) => void

let observer: CellObserver | undefined

/** Runs a formula and tells which cells it reads and writes, so that a program can be made of it that takes and gives their values. */
export function observingCells<R>(observe: CellObserver, formula: () => R): R {
  const outer = observer
  observer = observe
  try {
    return formula()
  } finally {
    observer = outer
  }
}

// What has to be kept so that a training that was interrupted goes on as if it had not been: every tensor that steps read and write, by name, and
// where in its epochs the training was. Callbacks save it and put it back.

import { FormatError, sameDims, showDims, type Tensor } from '../../core/index.ts'
import type { Parameter } from '../layer/parameter.ts'

/** Where the next step is. */
export interface TrainingPosition {
  /** From 0. */
  readonly epoch: number
  /** Of the epoch, from 0; the number of its steps where the epoch is done but for its end (validation, callbacks). */
  readonly step: number
}

/** The part of a {@link TrainingState} that is plain JSON. */
export interface TrainingProgress {
  /** Of this format. */
  readonly version: 1
  readonly position: TrainingPosition
  /** Batches seen since `compile`. */
  readonly iterations: number
  /** Batches that the figures of the present epoch stand for. */
  readonly epochIterations: number
  /** Epochs that are done, and their figures: what `History` holds. */
  readonly history: { readonly epoch: readonly number[]; readonly history: Readonly<Record<string, readonly number[]>> }
  /** The class of the optimizer that the state belongs to; another is refused. */
  readonly optimizer: string
  /** Whether the weights of the state are their moving averages, and stand where those were. */
  readonly hasAverages: boolean
}

/**
 * A training between two steps.
 *
 * Tensors are named `weights/<path of the parameter>`, `optimizer/<number>`, `metrics/<number>`, `loss/<number>`, `training/iteration`, `logs/<name>`
 * (figures so far), `cells/<name>` and `sums/<name>` (what else steps of one's own change; metrics among it); all have buffers of their own.
 */
export interface TrainingState {
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly progress: TrainingProgress
}

/** Cells that only tracing has shown, by their names in a state: their own, with a number where several have it; apart those of metrics (`sums/…`). */
export function foundNames(found: readonly Parameter[], sums: ReadonlySet<Parameter>): [name: string, cell: Parameter][] {
  return found.map((cell) => {
    const same = found.filter(({ name }) => name === cell.name)
    return [`${sums.has(cell) ? 'sums' : 'cells'}/${cell.name}#${same.indexOf(cell)}`, cell]
  })
}

/** A FormatError where a state is not one of these cells and this optimizer. */
export function checkState(where: string, optimizer: string, cells: ReadonlyMap<string, Parameter>, { tensors, progress }: TrainingState): void {
  if (progress.version !== 1)
    throw new FormatError(`${where}: expected a training state of version 1, got ${String(progress.version)}. Save it again.`)
  if (progress.optimizer !== optimizer) {
    throw new FormatError(
      `${where}: expected a training state of the optimizer ${optimizer}, got one of ${progress.optimizer}. Compile as when it was saved.`,
    )
  }
  for (const [name, { value }] of cells) {
    const saved = tensors.get(name)
    if (saved !== undefined && saved.dtype === value.dtype && sameDims(saved.dims, value.dims)) continue
    const received = saved === undefined ? 'none' : `${saved.dtype} ${showDims(saved.dims)}`
    throw new FormatError(
      `${where}: expected '${name}' of the training state as ${value.dtype} ${showDims(value.dims)}, got ${received}. Build and compile the model as when it was saved.`,
    )
  }
}

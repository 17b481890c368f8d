// predict: a model's results for samples, batch by batch.

import { jit } from '../compiler/index.ts'
import { byteSize, fromStorage, random, type Tensor, TrainingError } from '../core/index.ts'
import { Stage } from './batches.ts'
import { onlyTensor, withValues } from './forward.ts'
import { keySequence } from './keys.ts'
import { parametersOf, positive } from './layer.ts'
import type { AnyModel } from './model.ts'
import { runSteps } from './pace.ts'
import type { Parameter } from './parameter.ts'
import { dynamicBatch } from './training.ts'
import { rowsOf, type TrainingData } from './training-data.ts'

/** Options of `predict`. */
export interface PredictOptions {
  /** Samples per step. Default 32. */
  readonly batchSize?: number
}

/** The programs that compute a model's results. */
export class Prediction {
  private readonly model: AnyModel
  private readonly programs = new Map<number | undefined, ReturnType<Prediction['make']>>()

  constructor(model: AnyModel) {
    this.model = model
  }

  /** Results for all samples, `[samples, …]`. */
  async run(x: TrainingData, { batchSize = 32 }: PredictOptions): Promise<Tensor> {
    positive('predict', 'batchSize', batchSize)
    const rows = await rowsOf('predict', 'x', x)
    this.model.prepare('predict', rows.sampleShape)
    await this.model.settle()
    const values = this.cells().map((cell) => cell.value)
    const stage = new Stage(rows, batchSize)
    const parts: Tensor[] = []
    const capacityAt = (step: number): number | undefined => ((step + 1) * batchSize > rows.count ? batchSize : undefined)
    const batch = (step: number) => {
      const count = Math.min(batchSize, rows.count - step * batchSize)
      return { x: stage.take(undefined, step * batchSize, count), program: this.programFor(capacityAt(step)) }
    }
    await runSteps({
      count: Math.ceil(rows.count / batchSize),
      run: (step) => {
        const { x, program } = batch(step)
        parts.push(program(values, x))
      },
      runBeside: async (step) => {
        const { x, program } = batch(step)
        parts.push(await program.async(values, x))
      },
      isReady: (step) => this.programs.has(capacityAt(step)),
    })
    return await joined(parts)
  }

  /** The model's parameters; there are none before it is built. */
  private cells(): readonly Parameter[] {
    return parametersOf(this.model).map(({ parameter }) => parameter)
  }

  /** The program for batches of their own size, or of any size up to a capacity. */
  private programFor(capacity: number | undefined) {
    const program = this.programs.get(capacity) ?? this.make(capacity)
    this.programs.set(capacity, program)
    return program
  }

  private make(capacity: number | undefined) {
    const predict = (parameters: readonly Tensor[], x: Tensor): Tensor =>
      withValues(this.cells(), parameters, () =>
        onlyTensor(this.model.name, this.model.run(x, { training: false, nextKey: keySequence(random.key(this.model.seed)) })),
      )
    return jit(predict, { name: 'predict', ...dynamicBatch(capacity, [1]) })
  }
}

/** Results of batches as one tensor. */
async function joined(parts: readonly Tensor[]): Promise<Tensor> {
  const [first] = parts
  if (first === undefined) throw new TrainingError('predict: expected at least one sample, got none. Check how the data is read.')
  const { dtype } = first
  const storages = await Promise.all(parts.map((part) => part.storage()))
  const length = storages.reduce((sum, storage) => sum + storage.length, 0)
  const bytes = new Uint8Array(length * byteSize(dtype))
  let at = 0
  for (const storage of storages) {
    const size = storage.length * byteSize(dtype)
    bytes.set(new Uint8Array(storage.bytes, 0, size), at)
    at += size
  }
  const rows = parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0)
  return fromStorage({ dtype, bytes: bytes.buffer, length }, [rows, ...first.shape.slice(1)])
}

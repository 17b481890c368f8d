// predict: a model's results for samples, batch by batch.

import { byteSize, flattenTree, fromStorage, random, type Tensor, TrainingError, type Tree, unflattenTree } from '../../core/index.ts'
import { ArrayFeed } from '../feeding/array-feed.ts'
import { type BatchSource, isBatchSource } from '../feeding/batch-source.ts'
import type { Batch } from '../feeding/batches.ts'
import { CallbackHooks } from '../callbacks/callback-hooks.ts'
import type { Callback } from '../callbacks/callback.ts'
import { inContext } from '../layer/call-context.ts'
import { CellProgram } from '../steps/cell-program.ts'
import type { DataTree } from '../feeding/data-tree.ts'
import type { Feed } from '../feeding/feed.ts'
import { keySequence } from '../layer/keys.ts'
import { parametersOf } from '../layer/named-parameters.ts'
import { positive } from '../options/option-checks.ts'
import type { AnyModel } from '../model/model.ts'
import { batchOf, samplesOf } from '../feeding/model-data.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { runSteps } from '../steps/pace.ts'
import { Progress, type Verbosity } from '../progress/progress.ts'
import { SourceFeed } from '../feeding/source-feed.ts'
import { standardTerminal } from '../progress/terminal.ts'

/** Options of `predict`. */
export interface PredictOptions {
  /** Samples per step. Default 32. */
  readonly batchSize?: number
  /** Steps before it ends. Default: all of the data; needed for batches that never end. */
  readonly steps?: number
  /** 0 silent, 1 a bar, 2 a line. Default 0. */
  readonly verbose?: Verbosity
  readonly callbacks?: readonly Callback[]
  /** Stops before the next step when it is aborted; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal
}

const known = ['batchSize', 'steps', 'verbose', 'callbacks', 'signal']

/** The programs that compute a model's results. */
export class Prediction {
  private readonly model: AnyModel
  private readonly program: CellProgram<[x: Tree], Tree>

  constructor(model: AnyModel) {
    this.model = model
    const formula = (x: Tree): Tree => {
      const context = { training: false, nextKey: keySequence(random.key(model.seed)) }
      const step: { predictStep(x: Tree): Tree } = model
      return inContext(context, () => step.predictStep(x))
    }
    this.program = new CellProgram(formula, { name: 'predict', read: parametersOf(model).map(({ parameter }) => parameter), batched: [0] })
  }

  /** The results of one batch. */
  batch(batch: Batch): Promise<Tree> {
    return this.program.runAsync(batch.capacity, batch.x)
  }

  /** Results for all samples, `[samples, …]`. */
  async run(feed: Feed, options: PredictOptions): Promise<Tree> {
    const { model } = this
    const { callbacks = [], signal } = options
    const available = await feed.seek(0, 0)
    const { verbose = 0 } = options
    const hooks = new CallbackHooks(model, callbacks, { steps: feed.steps, verbose })
    const progress = new Progress(standardTerminal(), hooks.showsProgress ? 0 : verbose, feed.steps)
    const parts: Tree[] = []
    await hooks.each('onPredictBegin')
    const done = await runSteps({
      count: Math.min(available, options.steps ?? Number.POSITIVE_INFINITY),
      fetch: feed.fetch,
      run: (step) => {
        const { x, capacity } = feed.at(step)
        parts.push(this.program.run(capacity, x))
      },
      runBeside: async (step) => {
        parts.push(await this.batch(feed.at(step)))
      },
      isReady: (step) => this.program.isReady(feed.capacityAt(step)),
      before: hooks.before(['onPredictBatchBegin']),
      after: hooks.after(['onPredictBatchEnd'], () => Promise.resolve({})),
      stopped: () => signal?.aborted === true,
      onTurn: (done) => {
        if (progress.isDue) progress.draw(done, {})
      },
    })
    signal?.throwIfAborted()
    progress.end(done, {})
    await hooks.each('onPredictEnd', {})
    return joined(parts)
  }
}

/** A model's results; what `Model.predict` does. */
export async function predictModel(model: AnyModel, x: DataTree | BatchSource, options: PredictOptions, prediction: () => Prediction): Promise<Tree> {
  checkOptionNames('predict', options, known)
  const { batchSize = 32, steps } = options
  positive('predict', 'batchSize', batchSize)
  if (steps !== undefined) positive('predict', 'steps', steps)
  const read = (data: DataTree) => batchOf(model, { where: 'predict', x: data, y: undefined, sampleWeight: undefined, checked: false })
  const feed = isBatchSource(x)
    ? await SourceFeed.open(x, { where: 'predict', read })
    : new ArrayFeed(await samplesOf(model, { where: 'predict', x, y: undefined, sampleWeight: undefined }), { batchSize })
  model.prepareFor('predict', feed.example)
  await model.settle()
  return prediction().run(feed, options)
}

/** Results of batches as one tree. */
async function joined(parts: readonly Tree[]): Promise<Tree> {
  const [first] = parts
  if (first === undefined) throw new TrainingError('predict: expected at least one sample, got none. Check how the data is read.')
  const { structure, leaves } = flattenTree(first)
  const columns = leaves.map((_, i) => parts.flatMap((part) => flattenTree(part).leaves[i] ?? []))
  return unflattenTree(structure, await Promise.all(columns.map(joinedTensors)))
}

async function joinedTensors(parts: readonly Tensor[]): Promise<Tensor> {
  const [first] = parts
  if (first === undefined) throw new TrainingError('predict: expected the same results for every batch, got fewer. Check call.')
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

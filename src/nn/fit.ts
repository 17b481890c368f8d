// fit: epochs of compiled steps over shuffled batches, with validation, callbacks and a progress bar.

import { ConfigError, TrainingError } from '../core/index.ts'
import { Batches } from './batches.ts'
import type { Callback } from './callbacks/callback.ts'
import { checkTargets, sumOver } from './evaluate.ts'
import { History, validationFigures } from './history.ts'
import { positive } from './layer.ts'
import type { AnyModel } from './model.ts'
import { runSteps } from './pace.ts'
import { Progress, type Verbosity } from './progress.ts'
import { standardTerminal, type Terminal } from './terminal.ts'
import type { Figures } from './tracking.ts'
import type { Training } from './training.ts'
import { checkLengths, firstNonFiniteRow, type Rows, rowRange, rowsOf, type TrainingData } from './training-data.ts'

/** Options of `fit`. */
export interface FitOptions {
  /** Passes over the data, counted from `initialEpoch` 0. Default 1. */
  readonly epochs?: number
  /** Samples per step; the last step of an epoch takes what is left. Default 32. */
  readonly batchSize?: number
  /** Share of the data that is not trained on but validated with: the last samples, before shuffling. Default 0. */
  readonly validationSplit?: number
  /** Samples and targets to validate with after each epoch; used instead of `validationSplit`. */
  readonly validationData?: readonly [x: TrainingData, y: TrainingData]
  /** Another order in each epoch. Default true. */
  readonly shuffle?: boolean
  /** 0 silent, 1 a bar, 2 a line per epoch; 'auto' is a bar on a terminal and a line per epoch elsewhere. Default 'auto'. */
  readonly verbose?: Verbosity
  readonly callbacks?: readonly Callback[]
  /** Where to go on counting, for a training that is resumed. Default 0. */
  readonly initialEpoch?: number
  /** Of the shuffling. Default: the model's. */
  readonly seed?: number
  /** Where progress is shown. Default: standard output, or the console where there is none. */
  readonly terminal?: Terminal
}

interface DataSets {
  readonly x: Rows
  readonly y: Rows
  readonly validation: readonly [x: Rows, y: Rows] | undefined
}

/** Models that are being trained: two trainings at once would take each other's buffers. */
const inTraining = new WeakSet<AnyModel>()

/** Trains a model; what `Model.fit` does. */
export async function fitModel(model: AnyModel, x: TrainingData, y: TrainingData, options: FitOptions): Promise<History> {
  if (inTraining.has(model)) {
    throw new ConfigError(`fit: expected a model that is not being trained, '${model.name}' is. Await the first fit before the next.`)
  }
  inTraining.add(model)
  try {
    return await train(model, x, y, options)
  } finally {
    inTraining.delete(model)
  }
}

async function train(model: AnyModel, x: TrainingData, y: TrainingData, options: FitOptions): Promise<History> {
  const { epochs = 1, batchSize = 32, shuffle = true, verbose = 'auto', callbacks = [], initialEpoch = 0, seed = model.seed } = options
  positive('fit', 'epochs', epochs)
  positive('fit', 'batchSize', batchSize)
  const data = await dataSets(x, y, options)
  model.prepare('fit', data.x.sampleShape)
  const training = model.training('fit')
  checkTargets('fit', model, data.y)
  if (data.validation !== undefined) checkTargets('fit: validation', model, data.validation[1])
  await model.settle()

  const history = new History()
  const batches = new Batches(data.x, data.y, batchSize)
  const progress = new Progress(options.terminal ?? standardTerminal(), verbose, batches.steps)
  const watch = new FiniteWatch(model, training, [data.x, data.y], callbacks)
  const batchHooks = hooksOfBatches(model, training, callbacks)
  model.stopTraining = false
  for (const callback of callbacks) await callback.onTrainBegin?.(model)
  let figures: Record<string, number> = {}
  for (let epoch = initialEpoch; epoch < epochs && !model.stopTraining; epoch++) {
    for (const callback of callbacks) await callback.onEpochBegin?.(epoch, model)
    if (shuffle) batches.shuffle(seed, epoch)
    training.resetSums()
    progress.beginEpoch(epoch, epochs)
    const done = await runSteps({
      count: batches.steps,
      run: (step) => training.train(batches.at(step)),
      runBeside: (step) => training.trainAsync(batches.at(step)),
      isReady: (step) => training.isReady(batches.capacityAt(step)),
      ...batchHooks,
      onTurn: async (done) => {
        await watch.look(epoch)
        if (progress.isDue) progress.draw(done, await training.figures())
      },
      stopped: () => model.stopTraining,
    })
    await watch.look(epoch)
    figures = await training.figures()
    if (data.validation !== undefined) figures = { ...figures, ...validationFigures(await sumOver(model, ...data.validation, batchSize)) }
    progress.end(done, figures)
    history.record(epoch, figures)
    for (const callback of callbacks) await callback.onEpochEnd?.(epoch, figures, model)
  }
  training.finalizeWeights()
  for (const callback of callbacks) await callback.onTrainEnd?.(figures, model)
  return history
}

/** What to train on and what to validate with; Keras's split: the last samples, before shuffling. */
async function dataSets(x: TrainingData, y: TrainingData, { validationSplit = 0, validationData }: FitOptions): Promise<DataSets> {
  const [samples, targets] = [await rowsOf('fit', 'x', x), await rowsOf('fit', 'y', y)]
  checkLengths('fit', samples, targets)
  if (validationData !== undefined) {
    const [vx, vy] = [await rowsOf('fit', 'validation x', validationData[0]), await rowsOf('fit', 'validation y', validationData[1])]
    checkLengths('fit', vx, vy)
    return { x: samples, y: targets, validation: [vx, vy] }
  }
  if (!(validationSplit >= 0 && validationSplit < 1)) {
    throw new ConfigError(
      `fit: expected a validationSplit of at least 0 and below 1, got ${validationSplit}. Pass the share of the data to validate with.`,
    )
  }
  if (validationSplit === 0) return { x: samples, y: targets, validation: undefined }
  const { count } = samples
  const at = Math.floor(count * (1 - validationSplit))
  if (at === 0 || at === count) {
    throw new TrainingError(
      `fit: expected samples on both sides of a validationSplit of ${validationSplit}, got ${at} to train and ${count - at} to validate. Pass more data or validationData.`,
    )
  }
  return {
    x: rowRange(samples, 0, at),
    y: rowRange(targets, 0, at),
    validation: [rowRange(samples, at, count), rowRange(targets, at, count)],
  }
}

/** What callbacks want to know of batches; nothing where none asks, so that steps need not wait. */
function hooksOfBatches(model: AnyModel, training: Training, callbacks: readonly Callback[]) {
  const begins = callbacks.filter((callback) => callback.onBatchBegin !== undefined)
  const ends = callbacks.filter((callback) => callback.onBatchEnd !== undefined)
  return {
    before:
      begins.length === 0
        ? undefined
        : async (step: number) => {
            for (const callback of begins) await callback.onBatchBegin?.(step, model)
          },
    after:
      ends.length === 0
        ? undefined
        : async (step: number) => {
            const figures = await training.figures()
            for (const callback of ends) await callback.onBatchEnd?.(step, figures, model)
          },
  }
}

/** Notices a loss or metric that is not finite, once, whenever figures are read anyway. */
class FiniteWatch {
  private readonly model: AnyModel
  private readonly training: Training
  private readonly data: readonly Rows[]
  private readonly callbacks: readonly Callback[]
  private reported = false

  constructor(model: AnyModel, training: Training, data: readonly Rows[], callbacks: readonly Callback[]) {
    this.model = model
    this.training = training
    this.data = data
    this.callbacks = callbacks
  }

  async look(epoch: number): Promise<void> {
    if (this.reported) return
    const step = await this.training.firstNonFiniteStep()
    const figures = await this.training.figures()
    const metric = step === undefined ? Object.keys(figures).find((name) => !Number.isFinite(figures[name])) : 'loss'
    if (metric === undefined) return
    this.reported = true
    const report = { epoch, step, metric, message: await this.message(epoch, step, metric, figures) }
    console.warn(report.message)
    for (const callback of this.callbacks) await callback.onNonFinite?.(report, this.model)
  }

  private async message(epoch: number, step: number | undefined, metric: string, figures: Figures): Promise<string> {
    const when = step === undefined ? `in epoch ${epoch + 1}` : `first at step ${step + 1} of epoch ${epoch + 1}`
    const value = Number.isNaN(figures[metric]) ? 'NaN' : String(figures[metric])
    const damaged = this.data.flatMap((rows) => {
      const row = firstNonFiniteRow(rows)
      return row === undefined ? [] : [`Row ${row} of ${rows.what} has a NaN or an infinity: remove or replace it.`]
    })
    const rate = await this.training.fetchLearningRate()
    const cure = damaged[0] ?? `Lower the learning rate (now ${rate}), clip gradients (clipNorm), or scale the data; TerminateOnNaN stops training.`
    return `fit: expected a finite ${metric}, got ${value} ${when}. ${cure}`
  }
}

// fit: epochs of compiled steps over batches, with validation, callbacks and a progress bar.

import { ConfigError, TrainingError } from '../../core/index.ts'
import type { BatchSource } from '../feeding/batch-source.ts'
import { CallbackHooks } from '../callbacks/callback-hooks.ts'
import type { DataTree } from '../feeding/data-tree.ts'
import { testOver } from './evaluate.ts'
import type { Feed } from '../feeding/feed.ts'
import { FiniteWatch } from './finite-watch.ts'
import { fitData } from '../feeding/fit-data.ts'
import { checkFitOptions, type FitOptions, validatesAfter } from './fit-options.ts'
import { History, validationFigures } from '../callbacks/history.ts'
import type { AnyModel } from '../model/model.ts'
import { runSteps } from '../steps/pace.ts'
import { Progress } from '../progress/progress.ts'
import { standardTerminal } from '../progress/terminal.ts'
import type { Training } from './training.ts'

/** Models that are being trained: two trainings at once would take each other's buffers. */
const inTraining = new WeakSet<AnyModel>()

/** Trains a model; what `Model.fit` does. */
export async function fitModel(model: AnyModel, x: DataTree | BatchSource, y: DataTree | undefined, options: FitOptions): Promise<History> {
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

/** What the epochs of one training share. */
interface Run {
  readonly model: AnyModel
  readonly training: Training
  readonly feed: Feed
  readonly options: FitOptions
  readonly hooks: CallbackHooks
  readonly progress: Progress
  readonly watch: FiniteWatch
}

async function train(model: AnyModel, x: DataTree | BatchSource, y: DataTree | undefined, options: FitOptions): Promise<History> {
  checkFitOptions(options)
  const { verbose = 'auto', callbacks = [], signal } = options
  signal?.throwIfAborted()
  const { feed, validation } = await fitData(model, x, y, options)
  const training = model.training('fit')
  await model.settle()

  const terminal = options.terminal ?? standardTerminal()
  const { epochs = 1 } = options
  const hooks = new CallbackHooks(model, callbacks, { epochs, steps: feed.steps, verbose, terminal, validates: validation !== undefined })
  const progress = new Progress(terminal, hooks.showsProgress ? 0 : verbose, feed.steps)
  const run = { model, training, feed, options, hooks, progress, watch: new FiniteWatch(training, feed.samples, hooks) }
  const history = new History()
  model.stopTraining = false
  training.begin(history, { epoch: options.initialEpoch ?? 0, step: 0 })
  try {
    return await trainEpochs(run, history, validation)
  } finally {
    training.finish()
    await hooks.release()
  }
}

async function trainEpochs(run: Run, history: History, validation: Feed | undefined): Promise<History> {
  const { model, training, feed, options, hooks, progress } = run
  const { epochs = 1, validationFreq = 1, validationSteps, signal } = options
  await hooks.each('onTrainBegin')
  const start = training.position
  let figures: Record<string, number> = history.last()
  if (training.isResumed) {
    const epochsBefore = Array.from({ length: start.epoch - (options.initialEpoch ?? 0) }, (_, i) => (options.initialEpoch ?? 0) + i)
    await validation?.passOver?.(epochsBefore.filter((epoch) => validatesAfter(epoch, validationFreq)).length, validationSteps)
  }
  for (let { epoch } = start; epoch < epochs && !model.stopTraining; epoch++) {
    const resumed = epoch === start.epoch && training.isResumed
    const steps = await feed.seek(epoch, resumed ? start.step : 0, resumed ? (options.initialEpoch ?? 0) : undefined)
    if (steps === 0) {
      if (epoch === start.epoch) throw new TrainingError(`fit: expected batches for epoch ${epoch + 1}, got none. Pass data that can be read again.`)
      console.warn(
        `fit: expected batches for epoch ${epoch + 1}, got none: training ends here. Pass a function that returns new batches for each epoch.`,
      )
      break
    }
    const first = resumed ? start.step : 0
    if (first === 0) await hooks.each('onEpochBegin', epoch)
    const done = await trainEpoch(run, epoch, first, steps)
    figures = await training.figures()
    if (validation !== undefined && validatesAfter(epoch, validationFreq)) {
      const { figures: measured } = await training.keepingFigures(() => testOver(model, validation, { steps: validationSteps, hooks, signal }))
      figures = { ...figures, ...validationFigures(measured) }
    }
    figures = { ...figures, ...(await hooks.epochFigures(epoch)) }
    progress.end(done, figures)
    history.record(epoch, figures)
    training.position = { epoch: epoch + 1, step: 0 }
    await hooks.each('onEpochEnd', epoch, figures)
  }
  training.finalizeWeights()
  await hooks.each('onTrainEnd', figures)
  return history
}

/** The steps of an epoch, from one of them on; the number of the last one. */
async function trainEpoch(
  { model, training, feed, options, hooks, progress, watch }: Run,
  epoch: number,
  first: number,
  steps: number,
): Promise<number> {
  const { epochs = 1, signal } = options
  if (first === 0) training.resetMetrics()
  progress.beginEpoch(epoch, epochs)
  const atStep = (step: number): void => {
    training.position = { epoch, step }
  }
  const after = hooks.after(['onTrainBatchEnd', 'onBatchEnd'], () => training.figures())
  const done = await runSteps({
    count: steps,
    first,
    fetch: feed.fetch,
    run: (step) => training.train(feed.at(step)),
    runBeside: (step) => training.trainAsync(feed.at(step)),
    isReady: (step) => training.isReady(feed.capacityAt(step)),
    before: hooks.before(['onTrainBatchBegin', 'onBatchBegin']),
    after:
      after &&
      (async (step) => {
        atStep(step + 1)
        await after(step)
      }),
    onTurn: async (count) => {
      atStep(count)
      await watch.look(epoch)
      if (progress.isDue) progress.draw(count, await training.figures())
    },
    stopped: () => model.stopTraining || signal?.aborted === true,
  })
  atStep(done)
  signal?.throwIfAborted()
  if (done < steps && Number.isFinite(steps) && !model.stopTraining) {
    console.warn(`fit: expected ${steps} steps in epoch ${epoch + 1}, got ${done}: the data ended. Pass more batches, or fewer stepsPerEpoch.`)
  }
  await watch.look(epoch)
  return done
}

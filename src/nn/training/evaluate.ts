// evaluate: loss and metrics over a data set, without training.

import { ArrayFeed } from '../feeding/array-feed.ts'
import { type BatchSource, isBatchSource } from '../feeding/batch-source.ts'
import { CallbackHooks } from '../callbacks/callback-hooks.ts'
import type { Callback } from '../callbacks/callback.ts'
import type { DataTree } from '../feeding/data-tree.ts'
import type { Feed } from '../feeding/feed.ts'
import { positive } from '../options/option-checks.ts'
import type { AnyModel } from '../model/model.ts'
import { batchOf, checkTargets, samplesOf } from '../feeding/model-data.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { runSteps } from '../steps/pace.ts'
import { Progress, type Verbosity } from '../progress/progress.ts'
import { SourceFeed } from '../feeding/source-feed.ts'
import { standardTerminal } from '../progress/terminal.ts'
import type { Figures } from './training.ts'

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** Samples per step. Default 32. */
  readonly batchSize?: number
  /** What samples count for: `[samples]`, or `[samples, time]` for each step; for several outputs a list or a record by name. */
  readonly sampleWeight?: DataTree
  /** Steps before it ends. Default: all of the data; needed for batches that never end. */
  readonly steps?: number
  /** 0 silent, 1 a bar, 2 a line; 'auto' is a bar on a terminal and silent elsewhere. Default 'auto'. */
  readonly verbose?: Verbosity
  readonly callbacks?: readonly Callback[]
  /** Stops before the next step when it is aborted; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal
}

/** The names of {@link EvaluateOptions}. */
export const evaluateOptionNames: readonly string[] = ['batchSize', 'sampleWeight', 'steps', 'verbose', 'callbacks', 'signal']

/** Loss and metrics of a model; what `Model.evaluate` does. */
export async function evaluateModel(model: AnyModel, x: DataTree | BatchSource, y: DataTree | undefined, options: EvaluateOptions): Promise<Figures> {
  checkOptionNames('evaluate', options, evaluateOptionNames)
  const { batchSize = 32, sampleWeight, steps, verbose = 'auto', callbacks = [], signal } = options
  positive('evaluate', 'batchSize', batchSize)
  if (steps !== undefined) positive('evaluate', 'steps', steps)
  const where = 'evaluate'
  const feed = isBatchSource(x)
    ? await SourceFeed.open(x, { where, read: (bx, by, bw) => batchOf(model, { where, x: bx, y: by, sampleWeight: bw }) })
    : new ArrayFeed(await samplesOf(model, { where, x, y, sampleWeight }), { batchSize })
  model.prepareFor(where, feed.example)
  await model.settle()
  if (feed.samples !== undefined) checkTargets(where, model, feed.samples.y)
  const terminal = standardTerminal()
  const shown = verbose === 'auto' && !terminal.interactive ? 0 : verbose
  const hooks = new CallbackHooks(model, callbacks, { steps: steps ?? feed.steps, verbose: shown, terminal })
  const progress = new Progress(terminal, hooks.showsProgress ? 0 : shown, steps ?? feed.steps)
  const run = await testOver(model, feed, { steps, hooks, progress, signal })
  progress.end(run.steps, run.figures)
  return { loss: Number.NaN, ...run.figures }
}

/** What {@link testOver} is told. */
export interface TestOptions {
  readonly steps: number | undefined
  readonly hooks: CallbackHooks
  readonly progress?: Progress
  readonly signal?: AbortSignal | undefined
}

/** Loss and metrics over a feed, and the steps that it took. */
export async function testOver(
  model: AnyModel,
  feed: Feed,
  { steps, hooks, progress, signal }: TestOptions,
): Promise<{ readonly figures: Record<string, number>; readonly steps: number }> {
  const training = model.training('evaluate')
  const available = await feed.seek(0, 0)
  training.resetMetrics()
  await hooks.each('onTestBegin')
  const done = await runSteps({
    count: Math.min(available, steps ?? Number.POSITIVE_INFINITY),
    fetch: feed.fetch,
    run: (step) => training.test(feed.at(step)),
    runBeside: (step) => training.testAsync(feed.at(step)),
    isReady: (step) => training.isTestReady(feed.capacityAt(step)),
    before: hooks.before(['onTestBatchBegin']),
    after: hooks.after(['onTestBatchEnd'], () => training.figures()),
    onTurn: async (count) => {
      if (progress?.isDue === true) progress.draw(count, await training.figures())
    },
    stopped: () => signal?.aborted === true,
  })
  signal?.throwIfAborted()
  const figures = await training.figures()
  await hooks.each('onTestEnd', figures)
  return { figures, steps: done }
}

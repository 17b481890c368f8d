// evaluate: loss and metrics over a data set, without training.

import { Batches } from './batches.ts'
import { positive } from './layer.ts'
import type { AnyModel } from './model.ts'
import { runSteps } from './pace.ts'
import { Progress, type Verbosity } from './progress.ts'
import { standardTerminal } from './terminal.ts'
import type { Figures } from './tracking.ts'
import { checkLengths, type Rows, rowsOf, type TrainingData } from './training-data.ts'
import { checkLabels } from './label-checks.ts'

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** Samples per step. Default 32. */
  readonly batchSize?: number
  /** 0 silent, 1 a bar, 2 a line; 'auto' is a bar on a terminal and silent elsewhere. Default 'auto'. */
  readonly verbose?: Verbosity
}

/** Loss and metrics of a model; what `Model.evaluate` does. */
export async function evaluateModel(model: AnyModel, x: TrainingData, y: TrainingData, options: EvaluateOptions): Promise<Figures> {
  const [samples, targets] = [await rowsOf('evaluate', 'x', x), await rowsOf('evaluate', 'y', y)]
  checkLengths('evaluate', samples, targets)
  model.prepare('evaluate', samples.sampleShape)
  await model.settle()
  checkTargets('evaluate', model, targets)
  const terminal = standardTerminal()
  const { batchSize = 32, verbose = 'auto' } = options
  positive('evaluate', 'batchSize', batchSize)
  const progress = new Progress(terminal, verbose === 'auto' && !terminal.interactive ? 0 : verbose, Math.ceil(samples.count / batchSize))
  const figures = await sumOver(model, samples, targets, batchSize, progress)
  progress.end(Math.ceil(samples.count / batchSize), figures)
  return figures
}

/** Labels that fit the model's loss and result, or an error. */
export function checkTargets(where: string, model: AnyModel, targets: Rows): void {
  const { loss } = model.training(where).compiled
  checkLabels({ where, loss, output: model.outputDims ?? [], layer: model.layers.at(-1)?.name ?? model.name }, targets)
}

/** Loss and metrics over rows. */
export async function sumOver(model: AnyModel, x: Rows, y: Rows, batchSize: number, progress?: Progress): Promise<Figures> {
  const sums = model.training('evaluate').evaluation()
  const batches = new Batches(x, y, batchSize)
  await runSteps({
    count: batches.steps,
    run: (step) => sums.add(batches.at(step)),
    runBeside: (step) => sums.addAsync(batches.at(step)),
    isReady: (step) => sums.isReady(batches.capacityAt(step)),
    onTurn: async (done) => {
      if (progress?.isDue === true) progress.draw(done, await sums.figures())
    },
  })
  return sums.figures()
}

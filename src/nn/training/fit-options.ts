// The options of fit and their checks.

import { ConfigError } from '../../core/index.ts'
import type { BatchSource } from '../feeding/batch-source.ts'
import type { Callback } from '../callbacks/callback.ts'
import { type ClassWeight, checkClassWeight } from '../feeding/class-weights.ts'
import type { DataTree } from '../feeding/data-tree.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin, positive } from '../options/option-checks.ts'
import type { Verbosity } from '../progress/progress.ts'
import type { Terminal } from '../progress/terminal.ts'

/** Samples, targets and weights to validate with. */
export type ValidationData = readonly [x: DataTree, y?: DataTree | undefined, sampleWeight?: DataTree | undefined]

/** Options of `fit`. */
export interface FitOptions {
  /** Passes over the data, counted from `initialEpoch` 0. Default 1. */
  readonly epochs?: number
  /** Samples per step; the last step of an epoch takes what is left. Default 32. */
  readonly batchSize?: number
  /** What samples count for: `[samples]`, or `[samples, time]` for each step; for several outputs a list or a record by name. */
  readonly sampleWeight?: DataTree
  /** What samples of a class count for, by the class's number; multiplied by sample weights. Not for validation. */
  readonly classWeight?: ClassWeight
  /** Share of the data that is not trained on but validated with: the last samples, before shuffling. Default 0. */
  readonly validationSplit?: number
  /** Samples, targets and weights to validate with, or batches of them; used instead of `validationSplit`. */
  readonly validationData?: ValidationData | BatchSource
  /** Samples per step of a validation. Default: as `batchSize`. */
  readonly validationBatchSize?: number
  /** Steps of a validation. Default: all of its data; needed for batches that never end. */
  readonly validationSteps?: number
  /** Validates after every so many epochs, or after those of a list, counted from 1. Default 1. */
  readonly validationFreq?: number | readonly number[]
  /** Another order in each epoch. Batches of one's own are not shuffled. Default true. */
  readonly shuffle?: boolean
  /** Steps of an epoch; the next one goes on where it ends. Default: one pass over the data; needed for batches that never end. */
  readonly stepsPerEpoch?: number
  /** 0 silent, 1 a bar, 2 a line per epoch; 'auto' is a bar on a terminal and a line per epoch elsewhere. Default 'auto'. */
  readonly verbose?: Verbosity
  readonly callbacks?: readonly Callback[]
  /** Where to go on counting, for a training that is resumed. Default 0. */
  readonly initialEpoch?: number
  /** Of the shuffling. Default: the model's. */
  readonly seed?: number
  /** Stops before the next step when it is aborted; the promise is rejected with the signal's reason. The model stays as it is then. */
  readonly signal?: AbortSignal
  /** Where progress is shown. Default: standard output, or the console where there is none. */
  readonly terminal?: Terminal
}

/** The names of {@link FitOptions}. */
export const fitOptionNames: readonly string[] = [
  'epochs',
  'batchSize',
  'sampleWeight',
  'classWeight',
  'validationSplit',
  'validationData',
  'validationBatchSize',
  'validationSteps',
  'validationFreq',
  'shuffle',
  'stepsPerEpoch',
  'verbose',
  'callbacks',
  'initialEpoch',
  'seed',
  'signal',
  'terminal',
]

/** A ConfigError where an option is not known or makes no sense. */
export function checkFitOptions(options: FitOptions): void {
  checkOptionNames('fit', options, fitOptionNames)
  const { epochs, batchSize, stepsPerEpoch, validationBatchSize, validationSteps, validationFreq } = options
  const counts = { epochs, batchSize, stepsPerEpoch, validationBatchSize, validationSteps, validationFreq }
  for (const [what, value] of Object.entries(counts)) {
    if (typeof value === 'number') positive('fit', what, value)
    else for (const one of value ?? []) positive('fit', what, one)
  }
  if (options.initialEpoch !== undefined) numberWithin('fit', 'initialEpoch', options.initialEpoch, { min: 0, whole: true })
  if (options.classWeight !== undefined) checkClassWeight('fit', options.classWeight)
  const { validationSplit = 0 } = options
  if (!(validationSplit >= 0 && validationSplit < 1)) {
    throw new ConfigError(
      `fit: expected a validationSplit of at least 0 and below 1, got ${validationSplit}. Pass the share of the data to validate with.`,
    )
  }
}

/** Whether there is a validation after an epoch (from 0). */
export function validatesAfter(epoch: number, freq: number | readonly number[]): boolean {
  return typeof freq === 'number' ? (epoch + 1) % freq === 0 : freq.includes(epoch + 1)
}

// The options that every optimizer has, and their checks.

import { ConfigError } from '../../core/index.ts'
import { flag, lookedUp, numberWithin, optionalNumber } from '../options/option-checks.ts'
import type { Config, ConfigValue, SerializedInput } from '../saving/serialized.ts'
import { serialize } from '../saving/serialized.ts'
import { checkClipping, type Clipping } from './clipping.ts'
import { LearningRateSchedule, type Schedule } from './schedules/learning-rate-schedule.ts'
import { get as resolveSchedule } from './schedules/registry.ts'

/** Options of every optimizer. At most one kind of clipping. `null` is the same as leaving an option out. */
export interface OptimizerOptions extends Clipping {
  /** A number, a schedule (a function of the steps done), or a schedule's config. */
  readonly learningRate?: number | Schedule | SerializedInput
  /** Before every update, weights shrink by this share of the learning rate: w −= lr·decay·w. Default: no decay. */
  readonly weightDecay?: number | null
  /** Decays only parameters of two axes and more, so not biases and norms. Default false. */
  readonly decayMatricesOnly?: boolean
  /** Whether to keep an exponential moving average of every weight. Default false. */
  readonly useEma?: boolean
  /** The average's share that stays at each step. Default 0.99. */
  readonly emaMomentum?: number
  /** Weights take the value of their averages every so many updates. Default: only when training ends. */
  readonly emaOverwriteFrequency?: number | null
  /** What the loss is multiplied by, and gradients divided by, so that small ones of f16 are not 0. Default: nothing. */
  readonly lossScaleFactor?: number | null
  /** Batches whose mean gradient makes one update. Schedules count batches. Default 1. */
  readonly gradientAccumulationSteps?: number | null
  /** Default: the class's name in lower case. */
  readonly name?: string | null
}

/** The names of {@link OptimizerOptions}. */
export const commonOptions: readonly (keyof OptimizerOptions)[] = [
  'learningRate',
  'weightDecay',
  'decayMatricesOnly',
  'useEma',
  'emaMomentum',
  'emaOverwriteFrequency',
  'lossScaleFactor',
  'gradientAccumulationSteps',
  'clipNorm',
  'globalClipNorm',
  'clipValue',
  'name',
]

/** {@link OptimizerOptions} that have been checked; undefined where nothing is wanted. */
export interface CheckedOptions {
  readonly learningRate: number | Schedule
  readonly weightDecay: number | undefined
  readonly decayMatricesOnly: boolean
  readonly useEma: boolean
  readonly emaMomentum: number
  readonly emaOverwriteFrequency: number | undefined
  readonly lossScaleFactor: number | undefined
  readonly gradientAccumulationSteps: number
  readonly clipping: Clipping
}

/** The options, or a ConfigError. */
export function checkOptions(where: string, defaultRate: number, options: OptimizerOptions): CheckedOptions {
  const { decayMatricesOnly = false, useEma = false, emaMomentum = 0.99 } = options
  const learningRate = options.learningRate ?? defaultRate
  return {
    learningRate:
      typeof learningRate === 'number' ? checkRate(where, learningRate) : lookedUp(where, 'learningRate', () => resolveSchedule(learningRate)),
    weightDecay: optionalNumber(where, 'weightDecay', options.weightDecay, { min: 0 }),
    decayMatricesOnly: flag(where, 'decayMatricesOnly', decayMatricesOnly),
    useEma: flag(where, 'useEma', useEma),
    emaMomentum: numberWithin(where, 'emaMomentum', emaMomentum, { min: 0, max: 1 }),
    emaOverwriteFrequency: optionalNumber(where, 'emaOverwriteFrequency', options.emaOverwriteFrequency, { min: 1, whole: true }),
    lossScaleFactor: optionalNumber(where, 'lossScaleFactor', options.lossScaleFactor, { above: 0 }),
    gradientAccumulationSteps: optionalNumber(where, 'gradientAccumulationSteps', options.gradientAccumulationSteps, { min: 1, whole: true }) ?? 1,
    clipping: checkClipping(where, options),
  }
}

/** Checked options as an optimizer's config. */
export function configOf(name: string, learningRate: number | Schedule, options: CheckedOptions): Config {
  const { clipNorm = null, globalClipNorm = null, clipValue = null } = options.clipping
  return {
    name,
    learningRate: rateConfig(name, learningRate),
    weightDecay: options.weightDecay ?? null,
    clipNorm,
    globalClipNorm,
    clipValue,
    useEma: options.useEma,
    emaMomentum: options.emaMomentum,
    emaOverwriteFrequency: options.emaOverwriteFrequency ?? null,
    lossScaleFactor: options.lossScaleFactor ?? null,
    gradientAccumulationSteps: options.gradientAccumulationSteps === 1 ? null : options.gradientAccumulationSteps,
    ...(options.decayMatricesOnly && { decayMatricesOnly: true }),
  }
}

function rateConfig(name: string, rate: number | Schedule): ConfigValue {
  if (typeof rate === 'number') return rate
  if (rate instanceof LearningRateSchedule) return serialize(rate)
  throw new ConfigError(`${name}: expected a learning rate that can be saved, got a plain function. Make it a LearningRateSchedule.`)
}

/** The rate, or a ConfigError: finite and at least 0. */
export function checkRate(where: string, rate: number): number {
  return numberWithin(where, 'learningRate', rate, { min: 0 })
}

// Schedules by config. `all.ts` makes them known: optimizers alone take schedules as they are, and need none by name.

import { ConfigError } from '../../../core/index.ts'
import { shown } from '../../options/option-checks.ts'
import { deserializeFrom, isSerialized, type Makers, type SerializedInput } from '../../saving/serialized.ts'
import type { LearningRateSchedule, Schedule } from './learning-rate-schedule.ts'

let makers: Makers<LearningRateSchedule> = {}

/** Makes schedules known by name. */
export function registerSchedules(further: Makers<LearningRateSchedule>): void {
  makers = further
}

/** A schedule from `{ className, config }`. */
export const deserialize = (serialized: SerializedInput): LearningRateSchedule => deserializeFrom('schedule', serialized, makers)

/** A schedule by config, or itself. */
export function get(identifier: Schedule | SerializedInput): Schedule {
  if (typeof identifier === 'function') return identifier
  if (isSerialized(identifier)) return deserialize(identifier)
  throw new ConfigError(`schedule: expected a function of the step or { className, config }, got ${shown(identifier)}. Pass a schedule.`)
}

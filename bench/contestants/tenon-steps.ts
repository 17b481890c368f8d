// The training steps of the `step`, `compile` and `memory` suites, as a user's loop would have them: one jitted function per step.

import { ConfigError } from '../../src/index.ts'
import type { Prepared, Work } from './serve.ts'

/** The step of a case. */
export function prepareStep(work: Work): Prepared {
  throw new ConfigError(`step: expected a known model, got '${String(work.get('model'))}'. Choose textbook, cnn or gpt.`)
}

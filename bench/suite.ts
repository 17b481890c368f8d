// What a suite of benchmarks is: it yields its figures one by one, so that each is seen when it is known.

import type { Field } from './contest.ts'
import type { Row } from './figures.ts'
import type { Machine } from './machine.ts'

export interface SuiteContext {
  readonly field: Field
  readonly machine: Machine
  /** Whether the user wants the case of this name. */
  readonly includes: (name: string) => boolean
  /** Whether GPU cases run on an adapter that computes on the processor. */
  readonly softwareGpu: boolean
}

export type Suite = (context: SuiteContext) => AsyncIterable<Row>

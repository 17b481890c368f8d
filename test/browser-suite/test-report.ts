// What a page tells the Node side about its tests.

import type { WorstError } from '../primitives/worst-errors.ts'

/** One test that has ended. */
export interface TestReport {
  readonly name: string
  /** What it failed with; absent where it passed. */
  readonly failure?: string
  /** Why it was not run. */
  readonly skipped?: string
}

/** A test has ended; all have, with the errors seen; or the file could not be run to its end. */
export type Message =
  | { readonly kind: 'test'; readonly test: TestReport }
  | { readonly kind: 'end'; readonly errors: readonly WorstError[] }
  | { readonly kind: 'broken'; readonly text: string }

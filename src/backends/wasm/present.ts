// What must be there: where it is missing, this backend is at fault.

import { DeviceError } from '../../core/errors.ts'

/** The value; a DeviceError that says `what` was expected where there is none. */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new DeviceError(`wasm: expected ${what}, there is none. Report this graph.`)
  return value
}

// Which devices a test computes on: TENON_DEVICE chooses one for a whole run of the tests.

import { listDevices, setDefaultDevice } from '../src/index.ts'

/** What TENON_DEVICE names; `undefined` where it is not set. */
export const chosenDevice: string | undefined = process.env.TENON_DEVICE || undefined

/** For tests of meaning rather than of a device: computes on the chosen one, or on the reference, which has nothing to compile. */
export function computeOnChosenDevice(): void {
  if (chosenDevice === undefined) setDefaultDevice('reference')
}

/** For tests that choose their device themselves: the chosen one alone, or all that can be used here. */
export function devicesToTest(): string[] {
  if (chosenDevice !== undefined) return [chosenDevice]
  return listDevices()
    .filter((entry) => entry.unavailable === undefined)
    .map((entry) => entry.name)
}

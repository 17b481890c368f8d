// A sum over an axis that is not there.

import { zeros } from '../../../src/core/index.ts'

// @ts-expect-error sum: axes [0, 2] are not all axes of [2, 3]
export const total = zeros([2, 3]).sum([0, 2])

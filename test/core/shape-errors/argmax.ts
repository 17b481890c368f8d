// A search along an axis that is not there.

import { argmax, zeros } from '../../../src/core/index.ts'

// @ts-expect-error argmax: axes 2 are not all axes of [2, 3]
export const best = argmax(zeros([2, 3]), 2)

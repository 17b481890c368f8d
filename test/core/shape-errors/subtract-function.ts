// A difference, in the functional face, of shapes that do not broadcast.

import { subtract, zeros } from '../../../src/core/index.ts'

// @ts-expect-error subtract: shapes [2, 3] and [4] do not broadcast
export const difference = subtract(zeros([2, 3]), zeros([4]))

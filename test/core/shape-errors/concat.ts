// Shapes that differ outside the axis along which they are joined.

import { concat, zeros } from '../../../src/core/index.ts'

// @ts-expect-error concat: shapes [2, 3] and [4, 5] differ outside axis 0
export const rows = concat([zeros([2, 3]), zeros([4, 5])])

// A matrix product whose batch sizes do not broadcast.

import { matmul, zeros } from '../../../src/core/index.ts'

// @ts-expect-error matmul: batch sizes do not broadcast: [3, 4, 5] × [2, 5, 6]
export const product = matmul(zeros([3, 4, 5]), zeros([2, 5, 6]))

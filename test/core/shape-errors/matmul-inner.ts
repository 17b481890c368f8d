// A matrix product whose inner sizes differ.

import { zeros } from '../../../src/core/index.ts'

// @ts-expect-error matmul: inner sizes differ: [32, 784] × [100, 10]
export const product = zeros([32, 784]).matmul(zeros([100, 10]))

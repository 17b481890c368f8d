// A result whose shape is not the one that was declared.

import { type Tensor, zeros } from '../../../src/core/index.ts'

// @ts-expect-error Type '128' is not assignable to type '64'
export const hidden: Tensor<readonly [32, 64]> = zeros([32, 784]).matmul(zeros([784, 128]))

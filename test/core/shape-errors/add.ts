// A sum of shapes that do not broadcast.

import { zeros } from '../../../src/core/index.ts'

// @ts-expect-error add: shapes [32, 784] and [100, 10] do not broadcast
export const sum = zeros([32, 784]).add(zeros([100, 10]))

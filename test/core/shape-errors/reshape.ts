// A shape with another number of elements.

import { zeros } from '../../../src/core/index.ts'

// @ts-expect-error reshape: [32, 784] and [32, 28, 27] hold different numbers of elements
export const images = zeros([32, 784]).reshape([32, 28, 27])

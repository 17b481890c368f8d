// A new axis beyond the last place.

import { zeros } from '../../../src/core/index.ts'

// @ts-expect-error expandDims: axis 4 is not a place in [2, 3]
export const expanded = zeros([2, 3]).expandDims(4)

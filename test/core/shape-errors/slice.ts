// A block that leaves its tensor.

import { zeros } from '../../../src/core/index.ts'

// @ts-expect-error slice: starts [8] and sizes [3] leave [10, 4]
export const block = zeros([10, 4]).slice([8], [3])

// A shape to which a tensor cannot be repeated.

import { zeros } from '../../../src/core/index.ts'

// @ts-expect-error broadcastTo: [2, 3] does not broadcast to [4, 3]
export const repeated = zeros([2, 3]).broadcastTo([4, 3])

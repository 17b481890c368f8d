// A filter for another number of channels.

import { conv, zeros } from '../../../src/core/index.ts'

// @ts-expect-error conv: input [1, 28, 28, 3] and filter [3, 3, 1, 32] do not fit
export const features = conv(zeros([1, 28, 28, 3]), zeros([3, 3, 1, 32]), { padding: 'same' })

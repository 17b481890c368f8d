// A -1 for which the other sizes leave a fraction.

import { reshape, zeros } from '../../../src/core/index.ts'

// @ts-expect-error reshape: [50257, 768] and [-1, 1000] hold different numbers of elements
export const rows = reshape(zeros([50257, 768]), [-1, 1000])

// An axis to remove whose size is not 1.

import { zeros } from '../../../src/core/index.ts'

// @ts-expect-error squeeze: axes 1 of [1, 3] are not all of size 1
export const squeezed = zeros([1, 3]).squeeze(1)

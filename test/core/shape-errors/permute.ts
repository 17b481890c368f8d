// An order that names an axis twice.

import { zeros } from '../../../src/core/index.ts'

// @ts-expect-error permute: [0, 2, 2] does not name every axis of [2, 3, 4] once
export const turned = zeros([2, 3, 4]).permute([0, 2, 2])

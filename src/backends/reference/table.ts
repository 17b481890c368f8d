// The interpreter's table: one rule per primitive. A primitive without a row does not compile.

import type { PrimitiveName } from '../../core/primitives.ts'
import { attention } from './attention.ts'
import { control } from './control.ts'
import { convolution } from './convolution.ts'
import { dot } from './dot.ts'
import { elementwise } from './elementwise.ts'
import { indexing } from './indexing.ts'
import { movement } from './movement.ts'
import { random } from './random.ts'
import { reductions } from './reductions.ts'
import type { Rules } from './rule.ts'
import { sorting } from './sorting.ts'
import { sources } from './sources.ts'
import { windows } from './windows.ts'

/** How every primitive's values are computed. */
export const rules: Rules<PrimitiveName> = {
  ...sources,
  ...elementwise,
  ...movement,
  ...reductions,
  ...dot,
  ...convolution,
  ...windows,
  ...indexing,
  ...sorting,
  ...random,
  ...control,
  ...attention,
}

// Shapes of layers' results in the type system.

import type { Shape } from '../core/index.ts'

/** A shape whose last size is another: `[number, 64]` becomes `[number, 10]`. */
export type WithLast<S extends Shape, Size extends number> = S extends readonly [...infer Lead extends Shape, number]
  ? readonly [...Lead, Size]
  : Shape

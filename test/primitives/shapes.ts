// Shapes of cases: sizes around every tile, size one, size zero.

import fc from 'fast-check'

/** Sizes where tiles, vectors and their remainders begin and end. */
const edges = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65]

/** A size from 0 to 70, often next to a multiple of 16 and sometimes 0. */
export const size: fc.Arbitrary<number> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...edges) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 70 }) },
  { weight: 1, arbitrary: fc.constant(0) },
)

/** A size that is not 0. */
export const positiveSize: fc.Arbitrary<number> = size.filter((n) => n > 0)

/** A small size, for high ranks. */
export const smallSize: fc.Arbitrary<number> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 17) },
)

/** Shapes of rank 0 to 4 with at most about five thousand elements. */
export const shape: fc.Arbitrary<number[]> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<number[]>([]) },
  { weight: 3, arbitrary: fc.tuple(fc.oneof(size, fc.constantFrom(255, 256, 257, 1000))) },
  { weight: 4, arbitrary: fc.tuple(size, size) },
  { weight: 3, arbitrary: fc.array(smallSize, { minLength: 3, maxLength: 4 }) },
)

/** Shapes of at least one axis. */
export const rankedShape: fc.Arbitrary<number[]> = shape.filter((s) => s.length > 0)

/** What the rest of a case is drawn from. */
export const seed: fc.Arbitrary<number> = fc.noShrink(fc.nat())

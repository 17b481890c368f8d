// The elementary functions of double precision that modules import: the engine's own, with C's special values where they differ.

import { erf } from '../../core/erf.ts'
import type { doubleFunctions } from './elementary-functions.ts'

/** x^y as C has it: 1 to any power is 1, and (−1)^±∞ too. */
function pow(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) return 1
  return x ** y
}

/** C's remainder. */
function fmod(x: number, y: number): number {
  return x % y
}

/** The functions by name. */
export const mathFunctions: Readonly<Record<(typeof doubleFunctions)[number], (x: number, y: number) => number>> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  erf,
  pow,
  fmod,
}

/** The same as the text of an object, for workers. Functions that are not the engine's own refer to nothing outside themselves but Math. */
export const mathSource = `{ ${Object.entries(mathFunctions)
  .map(([name, fn]) => `${name}: ${Reflect.get(Math, name) === fn ? `Math.${name}` : `(${String(fn)})`}`)
  .join(', ')} }`

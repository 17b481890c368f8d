// The bins that texts and whole numbers are hashed to.

import type { Tensor } from '../../../../core/index.ts'
import { farmHashOfNumbers, sipHashOfNumbers } from './decimal-digits.ts'
import { farmHash64 } from './farm-hash.ts'
import { keyOf } from './salt.ts'
import { sipHash64 } from './sip-hash.ts'
import { remainderOf } from './tensor-words.ts'

type SaltPair = readonly [number, number] | undefined

/** The bin of a text, from 0 to `bins` − 1: FarmHash64, with a salt SipHash-2-4. */
export const binOfText = (text: string, bins: number, salt: SaltPair): number =>
  Number((salt === undefined ? farmHash64(text) : sipHash64(text, keyOf(salt))) % BigInt(bins))

/** The bins of whole numbers (i32), by their decimal notation. */
export const binsOfNumbers = (x: Tensor, bins: number, salt: SaltPair): Tensor =>
  remainderOf(salt === undefined ? farmHashOfNumbers(x) : sipHashOfNumbers(x, keyOf(salt)), bins)

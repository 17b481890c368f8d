// Whole numbers as the letters of their decimal notation, and the hashes of those, inside compiled programs: Keras hashes numbers as texts.

import { binary, cast, compare, type Tensor, where } from '../../../../core/index.ts'
import { hashLong, hashMiddle, hashShort } from './farm-hash.ts'
import { type SipKey, sipHashBlocks } from './sip-hash.ts'
import { chosen, product, type TensorWord, tensorWords } from './tensor-words.ts'

/** '-2147483648' has the most letters. */
const most = 11
const [zeroLetter, minusLetter] = [48, 45]

interface Letters {
  /** Number of letters, 1 to 11 (u32). */
  readonly length: Tensor
  /** Codes of letters from the first (u32), 0 behind the last. */
  readonly fromFirst: readonly Tensor[]
  /** Codes of letters from the last back, 0 before the first. */
  readonly fromLast: readonly Tensor[]
}

function lettersOf(x: Tensor): Letters {
  const negative = compare('less', x, 0)
  const bits = cast(x, 'u32')
  // The size of the least i32 is no i32: it is made of the bits.
  const size: Tensor = where(negative, binary('add', binary('xor', bits, 2 ** 32 - 1), 1), bits)
  const digits: Tensor[] = []
  const present: Tensor[] = []
  for (let rest = size, i = 0; i < most - 1; i++) {
    const digit = binary('remainder', rest, 10)
    digits.push(digit)
    if (i > 0) present.push(cast(compare('greater', rest, 0), 'u32'))
    rest = quotientByTen(rest, digit)
  }
  const count = present.reduce((sum, one) => binary('add', sum, one), binary('add', binary('multiply', size, 0), 1))
  const length = binary('add', count, cast(negative, 'u32'))
  const fromLast = Array.from({ length: most }, (_, i) => {
    const digit = digits[i]
    const minus = where(binary('and', negative, compare('equal', count, i)), minusLetter, binary('multiply', size, 0))
    return digit === undefined ? minus : where(compare('greater', count, i), binary('add', digit, zeroLetter), minus)
  })
  const fromFirst = Array.from({ length: most }, (_, i) =>
    fromLast
      .slice(0, most - i)
      .reduce<Tensor>((letter, own, back) => where(compare('equal', length, back + i + 1), own, letter), binary('multiply', size, 0)),
  )
  return { length, fromFirst, fromLast }
}

/** (x − digit) / 10: half of it times the inverse of 5 modulo 2³², as 'divide' is of floats. */
const quotientByTen = (x: Tensor, digit: Tensor): Tensor =>
  product(binary('shiftRight', binary('subtract', x, digit), 1), binary('add', binary('multiply', x, 0), 0xcccccccd)).low

function wordOf(letters: readonly Tensor[]): TensorWord {
  const half = (from: number): Tensor =>
    letters
      .slice(from, from + 4)
      .map((letter, i) => (i === 0 ? letter : binary('shiftLeft', letter, 8 * i)))
      .reduce((all, letter) => binary('or', all, letter))
  const low = half(0)
  return { low, high: letters.length > 4 ? half(4) : binary('multiply', low, 0) }
}

/** FarmHash64 of the decimal notation of whole numbers (i32). */
export function farmHashOfNumbers(x: Tensor): TensorWord {
  const words = tensorWords(x)
  const { length, fromFirst, fromLast } = lettersOf(x)
  const first = (count: number): TensorWord => wordOf(fromFirst.slice(0, count))
  const last = (count: number): TensorWord => wordOf(fromLast.slice(0, count).toReversed())
  const size: TensorWord = { high: binary('multiply', length, 0), low: length }
  const [alone, second] = [first(1), { ...first(1), low: fromFirst[1] ?? length }]
  const middle = chosen(compare('greater', length, 1), second, alone)
  const short = hashShort(words, alone, middle, last(1), size)
  const long = hashLong(words, first(8), last(8), size)
  return chosen(compare('greater', length, 7), long, chosen(compare('greater', length, 3), hashMiddle(words, first(4), last(4), size), short))
}

/** SipHash of the decimal notation of whole numbers (i32). */
export function sipHashOfNumbers(x: Tensor, key: SipKey): TensorWord {
  const words = tensorWords(x)
  const { length, fromFirst } = lettersOf(x)
  const begin = wordOf(fromFirst.slice(0, 8))
  const end = wordOf([...fromFirst.slice(8), binary('multiply', length, 0)])
  const withLength = ({ high, low }: TensorWord): TensorWord => ({ high: binary('or', high, binary('shiftLeft', length, 24)), low })
  const one = sipHashBlocks(words, key, [withLength(begin)])
  const two = sipHashBlocks(words, key, [begin, withLength({ high: binary('multiply', length, 0), low: end.low })])
  return chosen(compare('greater', length, 7), two, one)
}

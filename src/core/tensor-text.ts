// A tensor as text for whoever prints it: dtype, shape and the first of its numbers.

const most = 32

/** `Tensor f32 [2, 2] [1, 2, 3, 4]`: after the head the numbers in row-major order with six digits; of more than 32 the first ones. */
export function withNumbers(head: string, numbers: ArrayLike<number>): string {
  const shown = Array.from({ length: Math.min(most, numbers.length) }, (_, i) => Number((numbers[i] ?? 0).toPrecision(6)))
  return `${head} [${shown.join(', ')}${numbers.length > most ? ', …' : ''}]`
}

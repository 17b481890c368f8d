// A small seeded generator: cases are drawn from one number, so that a failing one is repeated by its seed and shrinks by its shape.

/** Pseudo-random choices from a seed (the mixing function of SplitMix, Steele, Lea and Flood 2014, on 32 bits). */
export class RandomSource {
  private state: number

  constructor(seed: number) {
    this.state = seed | 0
  }

  /** A multiple of 2^-32 in [0, 1). */
  unit(): number {
    this.state = (this.state + 0x9e3779b9) | 0
    let z = this.state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.unit() < probability
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.integer(0, items.length - 1)]
    if (item === undefined) throw new RangeError('pick: expected at least one item')
    return item
  }

  /** The items in random order. */
  shuffle<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, key: this.unit() }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item)
  }
}

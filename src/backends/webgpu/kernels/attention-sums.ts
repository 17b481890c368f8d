// What attention adds up: rows of vectors, held by the invocations of a workgroup. Each holds four rows of one vector of dimensions, in several rounds
// where there are more of those than invocations.

import type { KernelNames } from '../render-expression.ts'
import { type Block, lineOf, vectorsOf } from './attention-blocks.ts'
import type { Vectors } from './attention-operands.ts'

const parts = ['x', 'y', 'z', 'w'] as const
const rows = [0, 1, 2, 3] as const

/** Where sums are written: to the positions `first` ≤ p < `limit` of a head, times a factor for each row. */
export interface Written {
  readonly to: Vectors
  readonly head: string
  readonly first: string
  readonly limit: string
  readonly factor: (row: string) => string
}

/** Sums of `block.size` rows of a head's dimensions. */
export class Sums {
  private readonly name: string
  private readonly block: Block
  private readonly headSize: number
  /** Groups of four rows of a vector, all invocations together. */
  private readonly count: number
  private readonly rounds: readonly number[]

  constructor(name: string, block: Block, headSize: number) {
    this.name = name
    this.block = block
    this.headSize = headSize
    this.count = (block.size / 4) * vectorsOf(headSize)
    this.rounds = Array.from({ length: Math.ceil(this.count / block.threads) }, (_, n) => n)
  }

  /** Declares the sums as zeros. */
  declaration(): string {
    return this.rounds.flatMap((round) => rows.map((k) => `  var ${this.sum(round, k)} = vec4f();`)).join('\n')
  }

  /** Multiplies every row by `factors[row]`. */
  scaled(factors: string): string {
    return this.everyRound((round) => rows.map((k) => `${this.sum(round, k)} *= ${factors}[r + ${k}];`))
  }

  /** Adds Σₛ weight(row, s) · tile[s] to every row. */
  accumulated(weight: (row: string, s: string) => string, tile: string): string {
    return this.everyRound((round) => [
      `for (var s = 0; s < ${this.block.size}; s++) {`,
      `  let v = ${tile}[s * ${lineOf(this.headSize)} + c];`,
      ...rows.map((k) => `  ${this.sum(round, k)} += ${weight(`(r + ${k})`, 's')} * v;`),
      '}',
    ])
  }

  written(names: KernelNames, { to, head, first, limit, factor }: Written): string {
    const rest = this.headSize % 4
    const stores = parts.map((part, d) => {
      const store = names.store(to.node, `at + ${d}`, `v.${part}`)
      return rest === 0 || d < rest ? store : `if (4 * c + ${d} < ${this.headSize}) { ${store} }`
    })
    return this.everyRound((round) =>
      rows.flatMap((k) => [
        `if (${first} + r + ${k} < ${limit}) {`,
        `  let at = ${to.start('batch', `${first} + r + ${k}`, head)} + 4 * c;`,
        `  let v = ${this.sum(round, k)} * ${factor(`r + ${k}`)};`,
        ...stores.map((store) => `  ${store}`),
        '}',
      ]),
    )
  }

  private sum(round: number, row: number): string {
    return `${this.name}${round}${row}`
  }

  /** Statements for each round, in which `r` is the first of the four rows and `c` the vector of dimensions. */
  private everyRound(statements: (round: number) => readonly string[]): string {
    const { threads } = this.block
    const vectors = vectorsOf(this.headSize)
    return this.rounds
      .map((round) => {
        const item = `(thread + ${round * threads})`
        const guard = (round + 1) * threads <= this.count ? '' : `if (${item} < ${this.count}) `
        return `    ${guard}{
      let r = ${item} / ${vectors} * 4;
      let c = ${item} % ${vectors};
${statements(round)
  .map((line) => `      ${line}`)
  .join('\n')}
    }`
      })
      .join('\n')
  }
}

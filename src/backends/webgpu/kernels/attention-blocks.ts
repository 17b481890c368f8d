// Attention in square blocks of queries and keys: the sizes, and the WGSL that its forward and backward passes share. A block of vectors lies in
// workgroup memory as [row, dimension], padded to four dimensions and by one vector, so that neighbouring rows fall into different banks.

import type { KernelNames } from '../render-expression.ts'
import type { Vectors } from './attention-operands.ts'

/** How a workgroup shares a block of `size` queries and `size` keys: each of its invocations computes `rows` × `columns` scores. */
export interface Block {
  readonly size: number
  readonly threads: number
  readonly rows: number
  readonly columns: number
}

const blocks: readonly Block[] = [
  { size: 32, threads: 128, rows: 2, columns: 4 },
  { size: 16, threads: 64, rows: 2, columns: 2 },
  { size: 8, threads: 32, rows: 1, columns: 2 },
  { size: 4, threads: 16, rows: 1, columns: 1 },
]

/** Vectors of four in a row of a block. */
export const vectorsOf = (headSize: number): number => Math.ceil(headSize / 4)

/** Vectors from one row to the next. */
export const lineOf = (headSize: number): number => vectorsOf(headSize) + 1

/** Numbers from one row of scores to the next. */
export const scoreLineOf = (block: Block): number => block.size + 1

/** Bytes of a workgroup that holds `tiles` blocks of vectors and `scores` blocks of scores. */
function workgroupBytes(block: Block, headSize: number, tiles: number, scores: number): number {
  return tiles * block.size * lineOf(headSize) * 16 + scores * block.size * scoreLineOf(block) * 4 + (block.threads + 3 * block.size) * 4
}

/**
 * The largest block that fits into `bytes` of workgroup memory and is not longer than `longest` (queries or keys, the fewer of them); `undefined`
 * where none fits.
 */
export function blockFor(pass: 'forward' | 'backward', headSize: number, bytes: number, longest: number): Block | undefined {
  const fitting = blocks.filter((b) => (pass === 'forward' ? workgroupBytes(b, headSize, 2, 1) : workgroupBytes(b, headSize, 4, 2)) <= bytes)
  return fitting.find((b) => b.size <= longest) ?? fitting.at(-1)
}

/** A block of vectors: those of positions `first` ≤ p < `limit` of a head, times a factor. */
export interface Fill {
  /** Name of the block. */
  readonly tile: string
  readonly from: Vectors
  readonly first: string
  readonly limit: string
  /** The head's text. */
  readonly head: string
  /** Absent: 1. */
  readonly factor?: string
}

/** Statements that fill a block, with zeros beyond the limit. */
export function fillText(names: KernelNames, block: Block, headSize: number, { tile, from, first, limit, head, factor }: Fill): string {
  const vectors = vectorsOf(headSize)
  const parts = [0, 1, 2, 3].map((k) => {
    const value = names.load(from.node, `at + ${k}`)
    return headSize % 4 === 0 ? value : `select(0f, ${value}, 4 * c + ${k} < ${headSize})`
  })
  return `for (var e = thread; e < ${block.size * vectors}; e += ${block.threads}) {
      let r = e / ${vectors};
      let c = e % ${vectors};
      var v = vec4f();
      if (${first} + r < ${limit}) {
        let at = ${from.start('batch', `${first} + r`, head)} + 4 * c;
        v = vec4f(${parts.join(', ')})${factor === undefined ? '' : ` * ${factor}`};
      }
      ${tile}[r * ${lineOf(headSize)} + c] = v;
    }`
}

/**
 * A loop over this invocation's scores of a block: dot products of rows of pairs of blocks, then `each` with the names of query `i` and key `j` in
 * the block and of the products.
 */
export function scoresText(
  block: Block,
  headSize: number,
  pairs: readonly { readonly name: string; readonly rows: string; readonly columns: string }[],
  each: string,
): string {
  const { size, rows, columns } = block
  const line = lineOf(headSize)
  const across = size / columns
  const cells = Array.from({ length: rows * columns }, (_, k) => ({
    r: Math.floor(k / columns),
    c: k % columns,
    id: `${Math.floor(k / columns)}${k % columns}`,
  }))
  const range = (count: number) => Array.from({ length: count }, (_, k) => k)
  const sums = pairs.flatMap(({ name }) => cells.map(({ id }) => `      var ${name}${id} = 0f;`))
  const products = pairs.flatMap(({ name, rows: rowTile, columns: columnTile }) => [
    ...range(rows).map((r) => `        let ${name}x${r} = ${rowTile}[(row0 + ${r}) * ${line} + c];`),
    ...range(columns).map((k) => `        let ${name}y${k} = ${columnTile}[(column0 + ${k}) * ${line} + c];`),
    ...cells.map(({ r, c, id }) => `        ${name}${id} += dot(${name}x${r}, ${name}y${c});`),
  ])
  const finish = cells.map(({ r, c, id }) => {
    const lets = pairs.map(({ name }) => `let ${name} = ${name}${id};`).join(' ')
    return `      { let i = row0 + ${r}; let j = column0 + ${c}; ${lets}\n${each}\n      }`
  })
  return `{
      let row0 = thread / ${across} * ${rows};
      let column0 = thread % ${across} * ${columns};
${sums.join('\n')}
      for (var c = 0; c < ${vectorsOf(headSize)}; c++) {
${products.join('\n')}
      }
${finish.join('\n')}
    }`
}

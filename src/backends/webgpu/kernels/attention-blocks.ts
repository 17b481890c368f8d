// Attention in square blocks of queries and keys: the sizes, and the WGSL that its forward and backward passes share. A block of vectors lies in
// workgroup memory as [row, dimension], padded to four dimensions and by one vector, so that neighbouring rows fall into different banks.

import { type Dim, type Dims, maxDim, staticDim } from '../../../core/dimension.ts'
import { DeviceError } from '../../../core/errors.ts'
import type { Node } from '../../../core/graph.ts'
import type { Kernel, StridedView } from '../../../compiler/loop-ir.ts'
import type { KernelNames } from '../render-expression.ts'

export type Whole = Extract<Kernel, { kind: 'whole' }>

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
  return tiles * block.size * lineOf(headSize) * 16 + scores * block.size * scoreLineOf(block) * 4 + (block.threads + 2 * block.size) * 4
}

/** The largest block that fits into `bytes`, or `undefined` where none does. `longest`: queries or keys, the fewer of them. */
export function blockFor(pass: 'forward' | 'backward', headSize: number, bytes: number, longest: number): Block | undefined {
  const fitting = blocks.filter((b) => (pass === 'forward' ? workgroupBytes(b, headSize, 2, 1) : workgroupBytes(b, headSize, 4, 2)) <= bytes)
  return fitting.find((b) => b.size <= longest) ?? fitting.at(-1)
}

/** The sizes of an attention, as texts where they may be symbolic. */
export interface AttentionSizes {
  readonly batch: Dim
  readonly time: Dim
  readonly keyTime: Dim
  readonly heads: number
  readonly kvHeads: number
  readonly headSize: number
}

export function attentionSizes({ node }: Whole): AttentionSizes {
  const [query, key] = node.inputs.map((x): Dims => x.shape)
  const at = (shape: Dims | undefined, i: number): Dim => shape?.[i] ?? 1
  return {
    batch: at(query, 0),
    time: at(query, 1),
    keyTime: at(key, 1),
    heads: staticDim(at(query, 2), 'attention'),
    kvHeads: staticDim(at(key, 2), 'attention'),
    headSize: staticDim(at(query, 3), 'attention'),
  }
}

/** Queries or keys, whichever are fewer at most. */
export function shorterSide({ time, keyTime }: AttentionSizes): number {
  return Math.min(maxDim(time), maxDim(keyTime))
}

export function nodeAt(nodes: readonly Node[], index: number): Node {
  const node = nodes[index]
  if (node === undefined) throw new DeviceError(`webgpu attention: expected an operand ${index}, the kernel has ${nodes.length}.`)
  return node
}

/** Vectors of one operand, found by batch, position and head. */
export interface Vectors {
  readonly node: Node
  /** The index of dimension 0; the arguments are texts. */
  readonly start: (batch: string, position: string, head: string) => string
}

/** Query, key or value where it lies. */
export function viewed(names: KernelNames, { views, inputs }: Whole, index: number): Vectors {
  const view: StridedView | undefined = views[index]
  if (view === undefined) throw new DeviceError(`webgpu attention: expected a view of operand ${index}, there is none.`)
  const [batchStride = 0, timeStride = 0, headStride = 0] = view.strides
  return {
    node: nodeAt(inputs, index),
    start: (batch, position, head) =>
      `${names.dim(view.offset)} + ${batch} * ${names.dim(batchStride)} + (${position}) * ${names.dim(timeStride)} + ${head} * ${names.dim(headStride)}`,
  }
}

/** Contiguous `[batch, time, heads, headSize]`. */
export function contiguous(names: KernelNames, node: Node): Vectors {
  const [, time = 1, heads = 1, size = 1] = node.shape
  return {
    node,
    start: (batch, position, head) => `((${batch} * ${names.dim(time)} + ${position}) * ${names.dim(heads)} + ${head}) * ${names.dim(size)}`,
  }
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

/** Sums of four rows by one vector of dimensions each, held by the invocations of a workgroup. */
export class Sums {
  private readonly name: string
  private readonly block: Block
  private readonly headSize: number
  private readonly rounds: readonly number[]

  constructor(name: string, block: Block, headSize: number) {
    this.name = name
    this.block = block
    this.headSize = headSize
    this.rounds = Array.from({ length: Math.ceil(this.count / block.threads) }, (_, n) => n)
  }

  private get count(): number {
    return (this.block.size / 4) * vectorsOf(this.headSize)
  }

  /** Declares the sums as zeros. */
  declaration(): string {
    return this.rounds.flatMap((n) => [0, 1, 2, 3].map((k) => `  var ${this.name}${n}${k} = vec4f();`)).join('\n')
  }

  /** `each(sum, row, n)` for the rows of every sum of this invocation; `n` tells rounds apart. The vector of dimensions is `c`. */
  private all(before: string, each: (sum: string, k: number) => string): string {
    const vectors = vectorsOf(this.headSize)
    return this.rounds
      .map((n) => {
        const guard = (n + 1) * this.block.threads <= this.count ? '' : `if (thread + ${n * this.block.threads} < ${this.count}) `
        const body = [0, 1, 2, 3].map((k) => `      ${each(`${this.name}${n}${k}`, k)}`)
        return `    ${guard}{
      let r = (thread + ${n * this.block.threads}) / ${vectors} * 4;
      let c = (thread + ${n * this.block.threads}) % ${vectors};
${[before.replaceAll('$', `${this.name}${n}`), ...body].filter((x) => x !== '').join('\n')}
    }`
      })
      .join('\n')
  }

  /** Multiplies every row by `factors[row]`. */
  scaled(factors: string): string {
    return this.all('', (sum, k) => `${sum} *= ${factors}[r + ${k}];`)
  }

  /** Adds Σₛ weight(row, s) · tile[s]. */
  accumulated(weight: (row: string, s: string) => string, tile: string): string {
    const adds = [0, 1, 2, 3].map((k) => `        $${k} += ${weight(`(r + ${k})`, 's')} * v;`).join('\n')
    const loop = `      for (var s = 0; s < ${this.block.size}; s++) {
        let v = ${tile}[s * ${lineOf(this.headSize)} + c];
${adds}
      }`
    return this.all(loop, () => '')
  }

  /** Writes rows `first` to `limit` of the sums, times `factor(row)`, to vectors. */
  written(names: KernelNames, to: Vectors, head: string, first: string, limit: string, factor: (row: string) => string): string {
    return this.all('', (sum, k) => {
      const row = `r + ${k}`
      const stores = ['x', 'y', 'z', 'w'].map((part, d) => {
        const store = names.store(to.node, `at + ${d}`, `v.${part}`)
        return this.headSize % 4 === 0 || d < this.headSize % 4 ? store : `if (4 * c + ${d} < ${this.headSize}) { ${store} }`
      })
      return `if (${first} + ${row} < ${limit}) { let at = ${to.start('batch', `${first} + ${row}`, head)} + 4 * c; let v = ${sum} * ${factor(row)}; ${stores.join(' ')} }`
    })
  }
}

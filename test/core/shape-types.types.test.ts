// The types of shapes: what the compiler must infer stands here as assignments and equalities that `tsc` checks over the whole project;
// what it must refuse stands in `shape-errors/`, one mistake a file, each compiled here and its message compared.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { add, argmax, concat, conv, type Dims, dimension, matmul, mean, slice, softmax, type Tensor, zeros } from '../../src/core/index.ts'
import type * as shapes from '../../src/core/shape-types.ts'
import type * as sizes from '../../src/core/size-types.ts'

/** Refused by the compiler, for want of an argument, where the types differ; at run time it does nothing. */
const same = <A, B>(..._difference: [A, B] extends [B, A] ? [] : [{ readonly expected: B; readonly got: A }]): void => {}

test('arithmetic: adds, subtracts, multiplies and divides sizes of any length', () => {
  same<sizes.Add<999, 1>, 1000>()
  same<sizes.Add<0, 0>, 0>()
  same<sizes.Add<number, 3>, number>()
  same<sizes.Subtract<1000, 1>, 999>()
  same<sizes.Subtract<5, 5>, 0>()
  same<sizes.Subtract<5, 12>, never>()
  same<sizes.Multiply<50257, 768>, 38597376>()
  same<sizes.Multiply<99999, 99999>, 9999800001>()
  same<sizes.Multiply<0, 768>, 0>()
  same<sizes.Divide<38597376, 768>, 50257>()
  same<sizes.Divide<10, 3>, never>()
  same<sizes.Divide<10, 0>, never>()
  same<sizes.FloorDivide<10, 3>, 3>()
  same<sizes.FloorDivide<2, 3>, 0>()
  same<shapes.Product<[2, 3, 4]>, 24>()
  same<shapes.Product<[]>, 1>()
})

test('rules: give literal shapes where sizes are known, and never where they do not fit', () => {
  same<shapes.Broadcast<[8, 1, 6, 1], [7, 1, 5]>, readonly [8, 7, 6, 5]>()
  same<shapes.MatMul<[3], [3]>, readonly []>()
  same<shapes.MatMul<[], [3]>, never>()
  same<shapes.Reshape<[50257, 768], readonly [768, 50258]>, never>()
  same<shapes.Permute<[2, 3, 4], [0, -1, 1]>, readonly [2, 4, 3]>()
  same<shapes.Reduce<[2, 3, 4], [0, -1], true>, readonly [1, 3, 1]>()
  same<shapes.Concat<[[2, 3], [2, 5]], -1>, readonly [2, 8]>()
  same<shapes.Slice<[10], [1], [-1], [2]>, readonly [5]>()
  same<shapes.Conv2d<[128, 28, 28, 1], [3, 3, 1, 32], 2, 'same'>, readonly [128, 14, 14, 32]>()
  same<shapes.Conv2d<[1, 2, 2, 1], [3, 3, 1, 8]>, never>()
})

test('rules: accept sizes and ranks that are not known, and keep what is', () => {
  same<shapes.Broadcast<[number, 5], [1, 5]>, readonly [number, 5]>()
  same<shapes.Broadcast<shapes.Shape, [3]>, shapes.Shape>()
  same<shapes.MatMul<[number, number], [784, 10]>, readonly [number, 10]>()
  same<shapes.Reshape<[number, 784], readonly [-1, 28, 28]>, readonly [number, 28, 28]>()
  same<shapes.Reshape<shapes.Shape, readonly [3, 4]>, readonly [3, 4]>()
  same<shapes.Reduce<shapes.Shape>, readonly []>()
  same<shapes.Reduce<[2, 3], number, true>, readonly [number, number]>()
  same<shapes.Reduce<[2, 3], number>, shapes.Shape>()
  same<shapes.Concat<[[number, 3], [2, 3]]>, readonly [number, 3]>()
  same<shapes.Slice<[number], [1], [3]>, readonly [3]>()
  same<shapes.Conv2d<[number, 224, 224, 3], [7, 7, 3, 64], [2, 2]>, readonly [number, 109, 109, 64]>()
  same<shapes.Squeeze<[number, 1]>, shapes.Shape>()
})

test('tensors: the sizes that the types promise are the sizes at run time', () => {
  const image = zeros([8, 28, 28, 1])
  const features: Tensor<readonly [8, 13, 13, 32]> = conv(image, zeros([3, 3, 1, 32]), { strides: 2 })
  const flat: Tensor<readonly [8, 5408]> = features.reshape([8, -1])
  const logits: Tensor<readonly [8, 10]> = softmax(flat.matmul(zeros([5408, 10])).add(zeros([10])))
  const turned: Tensor<readonly [4, 2, 3]> = zeros([2, 3, 4]).permute([-1, 0, 1])
  const swapped: Tensor<readonly [2, 4, 3]> = zeros([2, 3, 4]).transpose()
  const total: Tensor<readonly []> = turned.sum()
  const average: Tensor<readonly [2, 1, 4]> = mean(zeros([2, 3, 4]), 1, { keepDims: true })
  const best: Tensor<readonly [2]> = argmax(zeros([2, 3]))
  const joined: Tensor<readonly [7, 3]> = concat([zeros([2, 3]), zeros([5, 3])])
  const block: Tensor<readonly [3, 15]> = slice(zeros([10, 20]), [2, 5], [3])
  const column: Tensor<readonly [2, 1]> = zeros([2]).expandDims(-1)
  const row: Tensor<readonly [2]> = column.squeeze(-1)
  const heads: Tensor<readonly [8, 4, 16, 16]> = matmul(zeros([8, 4, 16, 64]), zeros([4, 64, 16]))
  const shifted: Tensor<readonly [2, 3]> = add(zeros([2, 3]), 1)
  assert.deepEqual(
    [features, flat, logits, turned, swapped, total, average, best, joined, block, column, row, heads, shifted].map((x: Tensor) => x.shape),
    [[8, 13, 13, 32], [8, 5408], [8, 10], [4, 2, 3], [2, 4, 3], [], [2, 1, 4], [2], [7, 3], [3, 15], [2, 1], [2], [8, 4, 16, 16], [2, 3]],
  )
})

test('tensors: shapes that nobody knows before the run still type-check', () => {
  const dims: Dims = [2, 3]
  const anything: Tensor = zeros(dims)
  const sizes: number[] = [3, 2]
  const batch: number = 4
  const results: readonly Tensor[] = [
    anything.add(zeros([2, 3])),
    anything.reshape(sizes),
    anything.matmul(zeros([3, 5])),
    anything.sum([0]),
    anything.permute([1, 0]),
    concat([anything, anything], 1),
  ]
  assert.deepEqual(
    results.map((x) => x.shape),
    [[2, 3], [3, 2], [2, 5], [3], [3, 2], [2, 6]],
  )
  const hidden: Tensor<readonly [number, 128]> = zeros([batch, 784]).matmul(zeros([784, 128]))
  const symbolic: Tensor<readonly [number, 128]> = zeros([dimension('batch', { max: 64 }), 784]).matmul(zeros([784, 128]))
  assert.equal(hidden.rank, symbolic.rank)
})

const folder = join(dirname(fileURLToPath(import.meta.url)), 'shape-errors')
const root = join(folder, '..', '..', '..')
const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
const mistakes = readdirSync(folder).filter((file) => file.endsWith('.ts'))
const suppression = /\/\/ @ts-expect-error (.+)$/m

/** What the compiler says about every file of the folder once nothing suppresses it, in one run. */
function compileMistakes(): string {
  const place = mkdtempSync(join(tmpdir(), 'tenon-shape-errors-'))
  try {
    for (const file of mistakes) {
      const text = readFileSync(join(folder, file), 'utf8')
      writeFileSync(join(place, file), text.replace(suppression, '').replace("'../../../src/", `'${root}/src/`))
    }
    const compilerOptions = { typeRoots: [join(root, 'node_modules', '@types')], noErrorTruncation: true, rewriteRelativeImportExtensions: false }
    const config = { extends: join(root, 'tsconfig.json'), compilerOptions, files: mistakes, include: [] }
    writeFileSync(join(place, 'package.json'), JSON.stringify({ type: 'module' }))
    writeFileSync(join(place, 'tsconfig.json'), JSON.stringify(config))
    const result = spawnSync(process.execPath, [compiler, '--noEmit', '--pretty', 'false', '-p', place], { encoding: 'utf8' })
    assert.equal(result.error, undefined)
    return result.stdout
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

test('mistakes: each is refused with a message that names both shapes', () => {
  // A message may run over several lines; those after the first are indented.
  const errors = compileMistakes()
    .split(/\n(?=\S)/)
    .filter((text) => text.includes('error TS'))
  for (const file of mistakes) {
    const expected = suppression.exec(readFileSync(join(folder, file), 'utf8'))?.[1]
    assert.ok(expected !== undefined, `${file}: expected a line '// @ts-expect-error MESSAGE', got none`)
    const said = errors.filter((text) => /([^/\\(]+)\(/.exec(text)?.[1] === file)
    assert.equal(said.length, 1, `${file}: expected one error, got ${said.length}: ${said.join('\n')}`)
    assert.ok(said[0]?.includes(expected), `${file}: expected '${expected}', got ${said[0] ?? ''}`)
  }
  assert.equal(errors.length, mistakes.length, errors.join('\n'))
})

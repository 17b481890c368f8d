import assert from 'node:assert/strict'
import test from 'node:test'
import { Parameter, tensor, type Tensor } from '../../../src/index.ts'
import { CellProgram } from '../../../src/nn/steps/cell-program.ts'

const numbers = (x: Tensor): readonly number[] => Array.from(new Float32Array(x.storageSync().bytes, 0, x.storageSync().length))

test('cell program: finds the cells that it reads and writes, and changes those', () => {
  const factor = new Parameter('factor', tensor([2]))
  const total = new Parameter('total', tensor([1]))
  const program = new CellProgram(
    (x: Tensor) => {
      total.value = total.value.add(x.multiply(factor.value))
      return total.value.negate()
    },
    { name: 'totals' },
  )
  assert.deepEqual(numbers(program.run(undefined, tensor([3]))), [-7])
  assert.deepEqual(numbers(program.run(undefined, tensor([1]))), [-9])
  assert.deepEqual(numbers(total.value), [9])
  factor.value = tensor([10])
  program.run(undefined, tensor([1]))
  assert.deepEqual(numbers(total.value), [19])
})

test('cell program: cells that are made in the first run start from their first values', async () => {
  let count: Parameter | undefined
  const program = new CellProgram(
    (x: Tensor) => {
      count ??= new Parameter('count', tensor([5]))
      count.value = count.value.add(x)
      return x
    },
    { name: 'late' },
  )
  await program.runAsync(undefined, tensor([1]))
  await program.runAsync(undefined, tensor([1]))
  assert.deepEqual(count === undefined ? [] : numbers(count.value), [7])
})

test('cell program: cells that are made anew in every run are refused', () => {
  const program = new CellProgram((x: Tensor) => new Parameter('fresh', x).value, { name: 'fresh' })
  assert.throws(() => program.run(undefined, tensor([1])), {
    message: /fresh: expected the same parameters every time it is traced, got new ones 5 times/,
  })
})

test('cell program: an error leaves the cells as they were', () => {
  const cell = new Parameter('cell', tensor([1]))
  const program = new CellProgram(
    (x: Tensor) => {
      cell.value = x
      throw new RangeError('no')
    },
    { name: 'fails' },
  )
  assert.throws(() => program.run(undefined, tensor([2])), RangeError)
  assert.deepEqual(numbers(cell.value), [1])
})

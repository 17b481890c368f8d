import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { iota, jit, placeholder, type Tensor, tensor } from '../../src/index.ts'

test('console.log shows a tensor with its first numbers', () => {
  assert.equal(inspect(tensor([1, 2.5, 1 / 3, -4], [2, 2])), 'Tensor f32 [2, 2] [1, 2.5, 0.333333, -4]')
  assert.match(inspect(iota([40])), /^Tensor \w+ \[40\] \[0, 1, .*, 31, …\]$/)
})

test('a tensor without numbers is shown without them', () => {
  assert.equal(inspect(placeholder('x', [3], 'f32')), 'Tensor f32 [3]')
  let seen = ''
  jit((x: Tensor) => {
    seen = inspect(x)
    return x
  })(tensor([1, 2]))
  assert.equal(seen, 'Tensor f32 [2]')
})

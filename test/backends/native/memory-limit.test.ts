// Programs that ask for more memory than there is are refused before they run.

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { nativeUnavailable } from '../../../src/backends/native/index.ts'
import { jit, setDefaultDevice, type Tensor, zeros } from '../../../src/index.ts'

const options = { skip: nativeUnavailable() ?? false }
afterEach(() => {
  delete process.env.TENON_MEMORY_LIMIT
  setDefaultDevice(undefined)
})

test('memory: a program beyond the limit is an error that says how much, for what, and the way out', options, () => {
  setDefaultDevice('native')
  process.env.TENON_MEMORY_LIMIT = '10'
  const outer = jit((x: Tensor): Tensor => x.matmul(x.transpose()).softmax().matmul(x))
  assert.throws(
    () => outer(zeros([2000, 8])),
    (error: Error) => {
      assert.match(error.message, /at most 10 MiB, this one needs \d+ MiB/)
      assert.match(error.message, /intermediate values \d+ MiB, the largest .*\[2000, 2000\] \(16 MiB\)/)
      assert.match(error.message, /smaller batch, checkpoint/)
      return true
    },
  )
  assert.equal(outer(zeros([20, 8])).size, 160)
})

test('memory: a limit that is no number is refused', options, () => {
  setDefaultDevice('native')
  process.env.TENON_MEMORY_LIMIT = 'much'
  assert.throws(() => jit((x: Tensor): Tensor => x.add(1))(zeros([3])), /TENON_MEMORY_LIMIT in MiB, a number above 0, got 'much'/)
})

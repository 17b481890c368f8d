import assert from 'node:assert/strict'
import test from 'node:test'
import { runSteps } from '../../src/nn/pace.ts'

/** Keeps the thread for some milliseconds. */
function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

test('pace: the first step runs beside the event loop, short ones after it on the thread', async () => {
  const ways: string[] = []
  const count = await runSteps({ count: 4, run: (i) => void ways.push(`run ${i}`), runBeside: async (i) => void ways.push(`beside ${i}`) })
  assert.equal(count, 4)
  assert.deepEqual(ways, ['beside 0', 'run 1', 'run 2', 'run 3'])
})

test('pace: long steps all run beside the event loop', async () => {
  const ways = new Set<string>()
  await runSteps({
    count: 3,
    run: () => void ways.add('run'),
    runBeside: async () => {
      busy(6)
      ways.add('beside')
    },
  })
  assert.deepEqual([...ways], ['beside'])
})

test('pace: among short steps the event loop gets its turns', async () => {
  let turns = 0
  let running = true
  const tick = (): void => {
    turns++
    if (running) setImmediate(tick)
  }
  setImmediate(tick)
  const seen: number[] = []
  await runSteps({ count: 40, run: () => busy(2), runBeside: async () => undefined, onTurn: (done) => void seen.push(done) })
  running = false
  assert.ok(turns >= 2, `${turns} turns`)
  assert.ok(seen.length >= 2, `told after steps ${seen.join(', ')}`)
})

test('pace: it stops when it is told to, and says how far it came', async () => {
  let done = 0
  const step = (): void => void done++
  assert.equal(await runSteps({ count: 9, run: step, runBeside: async () => step(), stopped: () => done === 3 }), 3)
})

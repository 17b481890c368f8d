import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { eventLoopTurn } from '../../../src/compiler/index.ts'
import { runSteps } from '../../../src/nn/steps/pace.ts'

/** A clock that only moves when it is told to. */
function clock(t: TestContext): { pass(milliseconds: number): void } {
  let now = 0
  t.mock.method(performance, 'now', () => now)
  return {
    pass: (milliseconds) => {
      now += milliseconds
    },
  }
}

test('pace: the first step runs beside the event loop, short ones after it on the thread', async (t) => {
  const { pass } = clock(t)
  const ways: string[] = []
  const run = (way: string) => (index: number) => {
    pass(index === 0 ? 900 : 1)
    ways.push(`${way} ${index}`)
  }
  const count = await runSteps({ count: 4, run: run('run'), runBeside: async (index) => run('beside')(index) })
  assert.equal(count, 4)
  assert.deepEqual(ways, ['beside 0', 'beside 1', 'run 2', 'run 3'])
})

test('pace: long steps all run beside the event loop', async (t) => {
  const { pass } = clock(t)
  const ways = new Set<string>()
  const run = (way: string) => () => {
    pass(6)
    ways.add(way)
  }
  await runSteps({ count: 3, run: run('run'), runBeside: async () => run('beside')() })
  assert.deepEqual([...ways], ['beside'])
})

test('pace: a step that must be compiled runs beside the event loop', async (t) => {
  clock(t)
  const ways: string[] = []
  await runSteps({
    count: 4,
    run: (index) => void ways.push(`run ${index}`),
    runBeside: async (index) => void ways.push(`beside ${index}`),
    isReady: (index) => index !== 2,
  })
  assert.deepEqual(ways, ['beside 0', 'run 1', 'beside 2', 'run 3'])
})

test('pace: among short steps the event loop gets a turn every 25 ms', async (t) => {
  const { pass } = clock(t)
  let turns = 0
  let running = true
  const counting = (async () => {
    for (; running; turns++) await eventLoopTurn()
  })()
  const seen: number[] = []
  await runSteps({ count: 40, run: () => pass(2), runBeside: async () => pass(2), onTurn: (done) => void seen.push(done) })
  running = false
  await counting
  assert.deepEqual(seen, [1, 14, 27, 40])
  assert.ok(turns >= 3, `${turns} turns`)
})

test('pace: it stops when it is told to, and says how far it came', async (t) => {
  clock(t)
  let done = 0
  const step = (): void => void done++
  assert.equal(await runSteps({ count: 9, run: step, runBeside: async () => step(), stopped: () => done === 3 }), 3)
})

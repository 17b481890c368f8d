// What a pool's worker runs, as text, so that it needs no file of its own: it works from sources, from a package and inside a bundle alike.
// It instantiates the modules it is sent and takes tasks; between them it looks for more for some tens of microseconds and then sleeps. A
// worker that waits for tasks hears no messages, so it goes back to its event loop when the control block says that there are some.

import { controlBytes } from './control-block.ts'
import { mathSource } from './double-functions.ts'

/** Looks at the signal before a worker sleeps. */
const spins = 8000

/** The text of a worker of Node, or of a page. */
export function workerSource(place: 'node' | 'web'): string {
  const port = place === 'node' ? `require('node:worker_threads').parentPort` : 'self'
  return `'use strict'
const port = ${port}
const math = ${mathSource}
const programs = new Map()
let memory, words, at, pointer, thread, patience, received = 0, state = '', since = 0
const load = (place) => Atomics.load(words, place)
const stalled = (done) => {
  if (load(at.failed)) throw new Error('a thread failed in a task')
  if (load(at.abort)) throw new Error('a thread ended in a task')
  const now = performance.now()
  const next = load(at.ticket) + ' ' + load(at.ticket + 1) + ' ' + done
  if (next !== state) [state, since] = [next, now]
  if (now - since > patience) throw new Error('no task was finished for ' + patience / 1000 + ' s')
}
const exportsOf = (number) => {
  const program = programs.get(number)
  if (program === undefined) return undefined
  program.instance ??= new WebAssembly.Instance(program.module, { env: { memory, stalled }, math })
  return program.instance.exports
}
const help = () => {
  const number = load(at.program)
  const found = exportsOf(number)
  if (found === undefined) return
  try {
    found.help(pointer, thread, number)
  } catch {
    Atomics.add(words, at.failed, 1)
    Atomics.add(words, at.done, 1)
    Atomics.notify(words, at.done)
  }
}
const work = () => {
  while (load(at.mail + thread) === received) {
    const seen = load(at.signal)
    help()
    let looks = 0
    while (looks < ${spins} && load(at.signal) === seen) looks++
    if (looks < ${spins}) continue
    Atomics.add(words, at.sleeping, 1)
    Atomics.wait(words, at.signal, seen)
    Atomics.sub(words, at.sleeping, 1)
  }
}
const receive = (message) => {
  switch (message.kind) {
    case 'start': {
      ;({ memory, pointer, thread, patience } = message)
      words = new Int32Array(memory.buffer, message.block, ${controlBytes / 4})
      at = Object.fromEntries(Object.entries(message.layout).map(([name, offset]) => [name, offset / 4]))
      port.postMessage({ kind: 'started' })
      break
    }
    case 'program':
      received++
      programs.set(message.program, { module: message.module, instance: undefined })
      break
    case 'forget':
      received++
      programs.delete(message.program)
      break
    case 'lead': {
      let error
      try {
        exportsOf(message.program).run(message.table, message.first)
      } catch (thrown) {
        error = String(thrown?.message ?? thrown)
      }
      port.postMessage({ kind: 'ran', error })
    }
  }
  if (thread > 0) work()
}
${place === 'node' ? `port.on('message', receive)` : 'port.onmessage = (event) => receive(event.data)'}
`
}

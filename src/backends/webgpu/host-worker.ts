// The host's own thread: a worker of Node or of a browser. It takes what the front sends, and writes answers where the front waits for them.

import type { Answer } from './commands.ts'
import { Host } from './host.ts'
import { writeAnswer } from './shared-answer.ts'
import { type FromHost, state, type ToHost, word } from './worker-messages.ts'

/** The front's side of this thread. */
interface Port {
  post(message: FromHost, transfer: readonly ArrayBuffer[]): void
  listen(take: (message: ToHost) => void): void
}

interface BrowserScope {
  postMessage(message: FromHost, transfer: readonly ArrayBuffer[]): void
  addEventListener(kind: 'message', take: (event: { readonly data: ToHost }) => void): void
  close(): void
}

function isBrowserScope(scope: object): scope is BrowserScope {
  return 'postMessage' in scope && 'addEventListener' in scope
}

const threads = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('worker_threads')

function openPort(): Port | undefined {
  const parent = threads?.parentPort
  if (parent !== undefined && parent !== null) {
    return { post: (message, transfer) => parent.postMessage(message, [...transfer]), listen: (take) => parent.on('message', take) }
  }
  const scope: object = globalThis
  if (!isBrowserScope(scope)) return undefined
  return {
    post: (message, transfer) => scope.postMessage(message, transfer),
    listen: (take) => scope.addEventListener('message', (event) => take(event.data)),
  }
}

function serve(control: Int32Array<SharedArrayBuffer>, missing: string): Host {
  const raise = (position: number): void => {
    Atomics.add(control, position, 1)
    Atomics.notify(control, position)
  }
  const die = (): void => {
    Atomics.store(control, word.state, state.dead)
    raise(word.answers)
    raise(word.finished)
  }
  if (threads !== undefined) process.on('exit', die)
  const host = new Host(
    {
      lost: () => raise(word.losses),
      finished: () => raise(word.finished),
      die: () => {
        if (threads !== undefined) process.exit(1)
        const scope: object = globalThis
        die()
        if (isBrowserScope(scope)) scope.close()
      },
    },
    missing,
  )
  Atomics.store(control, word.state, state.running)
  raise(word.answers)
  return host
}

const port = openPort()
if (port !== undefined) {
  let host: Host | undefined
  let control: Int32Array<SharedArrayBuffer> | undefined
  const respond = (id: number, into: SharedArrayBuffer | undefined, answer: Answer): void => {
    if (into === undefined || control === undefined) {
      const own: Answer = answer.kind === 'bytes' ? { kind: 'bytes', bytes: answer.bytes.slice() } : answer
      port.post({ id, answer: own }, own.kind === 'bytes' ? [own.bytes.buffer] : [])
      return
    }
    writeAnswer(into, answer)
    Atomics.add(control, word.answers, 1)
    Atomics.notify(control, word.answers)
  }
  port.listen((message) => {
    switch (message.kind) {
      case 'start':
        control = new Int32Array(message.control)
        host = serve(control, message.missing)
        return
      case 'command':
        host?.post(message.command)
        return
      case 'question':
        host?.ask(message.question, (answer) => respond(message.id, message.into, answer))
        return
    }
  })
}

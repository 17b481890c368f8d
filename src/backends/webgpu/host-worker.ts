// The host's own thread: a worker of Node or of a browser. It takes what the front sends, and writes answers where the front waits for them.

import type { Answer } from './commands.ts'
import { Host } from './host.ts'
import type { BindingLimits } from './memory-parts.ts'
import { askSparingly } from './outstanding.ts'
import { writeAnswer } from './shared-answer.ts'
import { type FromHost, state, type ToHost, word, writeReason } from './worker-messages.ts'

/** The front's side of this thread. */
interface Port {
  post(message: FromHost, transfer: readonly ArrayBuffer[]): void
  listen(take: (message: ToHost) => void): void
}

interface BrowserScope {
  postMessage(message: FromHost, transfer: readonly ArrayBuffer[]): void
  addEventListener(kind: 'message', take: (event: { readonly data: ToHost }) => void): void
  addEventListener(kind: 'error', take: (event: { readonly message: string }) => void): void
  addEventListener(kind: 'unhandledrejection', take: (event: { readonly reason: unknown }) => void): void
  close(): void
}

function isBrowserScope(value: object): value is BrowserScope {
  return 'postMessage' in value && 'addEventListener' in value
}

function asBrowserScope(value: object): BrowserScope | undefined {
  return isBrowserScope(value) ? value : undefined
}

/** The global object of a browser's worker; elsewhere absent. */
const scope: BrowserScope | undefined = asBrowserScope(globalThis)

const threads = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('worker_threads')

function openPort(): Port | undefined {
  const parent = threads?.parentPort
  if (parent !== undefined && parent !== null) {
    return { post: (message, transfer) => parent.postMessage(message, [...transfer]), listen: (take) => parent.on('message', take) }
  }
  if (scope === undefined) return undefined
  return {
    post: (message, transfer) => scope.postMessage(message, transfer),
    listen: (take) => scope.addEventListener('message', (event) => take(event.data)),
  }
}

function serve(control: Int32Array<SharedArrayBuffer>, missing: string, limits: Partial<BindingLimits>): Host {
  const raise = (position: number): void => {
    Atomics.add(control, position, 1)
    Atomics.notify(control, position)
  }
  const die = (): void => {
    Atomics.store(control, word.state, state.dead)
    raise(word.answers)
    raise(word.finished)
  }
  const fail = (error: unknown): void => {
    writeReason(control, error instanceof Error ? error.message : String(error))
    die()
    // A GPU that is let go in the midst of its work would take the whole process with it.
    void host.close().finally(() => end(1))
  }
  const provoke = (): never => {
    throw new Error('a failure that was asked for')
  }
  const host = new Host({ lost: () => raise(word.losses), finished: () => raise(word.finished), fail: provoke }, missing, limits)
  if (threads !== undefined) {
    askSparingly()
    process.on('exit', die)
    process.on('uncaughtException', fail)
    process.on('unhandledRejection', fail)
  } else {
    scope?.addEventListener('error', (event) => fail(event.message))
    scope?.addEventListener('unhandledrejection', (event) => fail(event.reason))
  }
  Atomics.store(control, word.state, state.running)
  raise(word.answers)
  return host
}

function end(code: number): void {
  if (threads !== undefined) process.exit(code)
  scope?.close()
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
        host = serve(control, message.missing, message.limits)
        return
      case 'stop':
        void host?.close().finally(() => end(0))
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

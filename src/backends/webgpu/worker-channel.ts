// A host in a thread of its own, so that this thread can wait for it. Where that thread ends, the next program starts another.

import { DeviceError } from '../../core/errors.ts'
import type { Channel } from './channel.ts'
import type { Answer, Command, Question } from './commands.ts'
import type { BindingLimits } from './memory-parts.ts'
import { answerRoom, readAnswer } from './shared-answer.ts'
import { controlBytes, type FromHost, readReason, state, type ToHost, word } from './worker-messages.ts'

/** A worker of Node or of a browser. */
interface HostThread {
  post(message: ToHost, transfer?: readonly ArrayBuffer[]): void
  /** Keeps the process alive, or no longer. */
  hold(isHeld: boolean): void
}

interface ThreadEvents {
  message(message: FromHost): void
  /** The process ends, and the thread was told: a GPU that is let go in the midst of its work complains. */
  stopping(): void
  ended(because: string): void
}

interface BrowserWorker {
  postMessage(message: ToHost, transfer: readonly ArrayBuffer[]): void
  addEventListener(kind: 'message', take: (event: { readonly data: FromHost }) => void): void
  addEventListener(kind: 'error', take: (event: { readonly message?: string }) => void): void
}

type BrowserWorkerClass = new (url: string | URL, options: { readonly type: 'module'; readonly name: string }) => BrowserWorker

const threads = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('worker_threads')

/** How a thread is stopped at the end of the process. */
interface Stop {
  tell(): void
  wait(): void
}

const stops = new Set<Stop>()

/** Deno lets go of the driver as a worker ends, after its last word; a process that ends in the midst of that crashes. In milliseconds. */
const lastBreath = 'Deno' in globalThis ? 100 : 0

function stopAll(): void {
  for (const stop of stops) stop.tell()
  for (const stop of stops) stop.wait()
  if (lastBreath > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lastBreath)
}

function startThread(url: string | URL, events: ThreadEvents): HostThread {
  if (threads !== undefined) {
    const worker = new threads.Worker(url)
    const stop: Stop = { tell: () => worker.postMessage({ kind: 'stop' }), wait: () => events.stopping() }
    if (stops.size === 0) process.on('exit', stopAll)
    stops.add(stop)
    worker.on('message', (message: FromHost) => events.message(message))
    worker.on('error', (error) => events.ended(error instanceof Error ? error.message : String(error)))
    worker.on('exit', () => {
      stops.delete(stop)
      if (stops.size === 0) process.off('exit', stopAll)
      events.ended('it ended')
    })
    worker.unref()
    return {
      post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
      hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
    }
  }
  // Not a literal: programs that know the DOM's types would get the type from there.
  const name: string = 'Worker'
  const Worker: BrowserWorkerClass | undefined = Reflect.get(globalThis, name)
  if (Worker === undefined)
    throw new DeviceError('webgpu: expected to start a worker, but this engine has none. Create the device with thread: false.')
  const worker = new Worker(url, { type: 'module', name: 'tenon webgpu' })
  worker.addEventListener('message', (event) => events.message(event.data))
  worker.addEventListener('error', (event) => events.ended(event.message ?? `it could not be started from ${String(url)}`))
  return { post: (message, transfer = []) => worker.postMessage(message, transfer), hold: () => undefined }
}

/** Whether this thread may block, and share memory with another. */
export function mayWait(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1)
    return true
  } catch {
    return false
  }
}

/** Runs that may wait for the GPU before this thread waits, too. */
const mostWaiting = 64
/** How long the thread may take to start. In a browser it starts only once its maker has returned to the event loop. */
const patience = threads === undefined ? 3000 : 60_000

/** How long the end of the process waits for the GPU, in milliseconds. */
const lastPatience = 60_000

function awaitEnd(control: Int32Array): void {
  const deadline = Date.now() + lastPatience
  for (;;) {
    // Read before the state is looked at: the thread changes the state first, then this word, and wakes who waits for it.
    const seen = Atomics.load(control, word.answers)
    const left = deadline - Date.now()
    if (Atomics.load(control, word.state) !== state.running || left <= 0) return
    Atomics.wait(control, word.answers, seen, left)
  }
}

interface Pending {
  resolve(answer: Answer): void
}

const endMessage = (because: string): string =>
  `webgpu: expected numbers in the memory of the GPU, but the thread that owned it is gone (${because}) and they were nowhere else. Compute them again, or restore a checkpoint; what you compute now starts a new thread.`

const startMessage = (url: string | URL, because: string): string =>
  `webgpu: expected the thread that owns the GPU to start from ${String(url).slice(0, 200)}, it did not: ${because}. Serve that module beside the bundle, or create the device with workerUrl, or with thread: false for asynchronous reads only.`

/** One thread with what it shares. */
interface Link {
  readonly thread: HostThread
  readonly control: Int32Array<SharedArrayBuffer>
  readonly pending: Map<number, Pending>
  runs: number
}

export class WorkerChannel implements Channel {
  readonly canWait = true
  private readonly url: string | URL
  private readonly limits: Partial<BindingLimits>
  private link: Link | undefined
  /** Losses of threads that ended. */
  private past = 0
  private questions = 0
  private lastEnd = 'it ended'
  private readonly mail = answerRoom(65536)

  /** `limits`: stricter ones than the adapter's. */
  constructor(url: string | URL, limits: Partial<BindingLimits> = {}) {
    this.url = url
    this.limits = limits
  }

  post(command: Command): void {
    const link = this.connect()
    link.thread.post({ kind: 'command', command }, command.kind === 'upload' ? [command.bytes] : [])
    if (command.kind === 'run') this.throttle(link)
  }

  ask(question: Question): Promise<Answer> {
    const link = this.connect()
    const id = this.questions++
    return new Promise((resolve) => {
      if (link.pending.size === 0) link.thread.hold(true)
      link.pending.set(id, { resolve })
      link.thread.post({ kind: 'question', question, id, into: undefined })
    })
  }

  askNow(question: Question): Answer {
    const link = this.connect()
    const { control } = link
    const bytes = question.kind === 'read' ? question.bytes : 0
    const into = bytes <= 65536 ? this.mail : answerRoom(bytes)
    this.awaitStart(link)
    const before = Atomics.load(control, word.answers)
    link.thread.post({ kind: 'question', question, id: this.questions++, into })
    while (Atomics.load(control, word.state) !== state.dead && Atomics.load(control, word.answers) === before) {
      Atomics.wait(control, word.answers, before)
    }
    if (Atomics.load(control, word.state) === state.dead) return { kind: 'error', message: endMessage(readReason(control) || this.lastEnd) }
    return readAnswer(into)
  }

  generation(): number {
    const { link } = this
    if (link === undefined) return this.past
    const isDead = Atomics.load(link.control, word.state) === state.dead
    return this.past + Atomics.load(link.control, word.losses) + (isDead ? 1 : 0)
  }

  private connect(): Link {
    const { link } = this
    if (link !== undefined && Atomics.load(link.control, word.state) !== state.dead) return link
    if (link !== undefined) this.retire(link, 'it ended')
    const control = new Int32Array(new SharedArrayBuffer(controlBytes))
    const pending = new Map<number, Pending>()
    const made: Link = {
      thread: startThread(this.url, {
        message: ({ id, answer }) => this.settle(made, id, answer),
        stopping: () => awaitEnd(control),
        ended: (because) => this.retire(made, because),
      }),
      control,
      pending,
      runs: 0,
    }
    made.thread.post({ kind: 'start', control: control.buffer, missing: endMessage(this.lastEnd), limits: this.limits })
    this.link = made
    return made
  }

  private settle(link: Link, id: number, answer: Answer): void {
    const pending = link.pending.get(id)
    link.pending.delete(id)
    if (link.pending.size === 0) link.thread.hold(false)
    pending?.resolve(answer)
  }

  /** Lets a thread go that has ended. */
  private retire(link: Link, because: string): void {
    const before = Atomics.exchange(link.control, word.state, state.dead)
    if (this.link === link) {
      this.past = this.generation()
      this.link = undefined
      this.lastEnd = readReason(link.control) || because
    }
    const message = before === state.starting ? startMessage(this.url, because) : endMessage(this.lastEnd)
    const error: Answer = { kind: 'error', message }
    for (const id of [...link.pending.keys()]) this.settle(link, id, error)
  }

  private awaitStart(link: Link): void {
    const { control } = link
    const deadline = Date.now() + patience
    while (Atomics.load(control, word.state) === state.starting) {
      const left = deadline - Date.now()
      if (left <= 0) {
        throw new DeviceError(
          threads === undefined
            ? 'webgpu: expected the thread that owns the GPU to run, it has not started: in a browser it starts only when its maker returns to the event loop. Await something, such as the first read, before you read at once.'
            : startMessage(this.url, `nothing was heard of it for ${patience / 1000} s`),
        )
      }
      Atomics.wait(control, word.answers, Atomics.load(control, word.answers), Math.min(left, 100))
    }
  }

  /** Waits where too many runs wait for the GPU, so that their memory is bounded. */
  private throttle(link: Link): void {
    link.runs++
    const { control } = link
    for (;;) {
      const finished = Atomics.load(control, word.finished)
      if (link.runs - finished <= mostWaiting || Atomics.load(control, word.state) !== state.running) return
      Atomics.wait(control, word.finished, finished, 1000)
    }
  }
}

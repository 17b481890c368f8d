// A thread of a pool: a worker of Node (also of Deno and Bun, which have the same interface) or of a page.

import { control } from './control-block.ts'
import type { WasmMemory, WasmModule } from './engine.ts'
import { workerSource } from './worker-source.ts'

/** What a worker is told. */
export type WorkerMessage =
  | {
      readonly kind: 'start'
      readonly memory: WasmMemory
      /** Address of the pool's control block, and the same as functions take it. */
      readonly block: number
      readonly pointer: number | bigint
      /** The thread's number; 0 leads whole programs. */
      readonly thread: number
      /** Milliseconds without a finished task after which others are given up. */
      readonly patience: number
      readonly layout: typeof control
    }
  | { readonly kind: 'program'; readonly program: number; readonly module: WasmModule }
  | { readonly kind: 'forget'; readonly program: number }
  /** Run a program from a segment on. */
  | { readonly kind: 'lead'; readonly program: number; readonly table: number | bigint; readonly first: number }

/** What a worker answers: that it has started, or that it has run a program; with an error where that failed. */
export type WorkerReply = { readonly kind: 'started' } | { readonly kind: 'ran'; readonly error: string | undefined }

export interface WorkerEvents {
  onReply(reply: WorkerReply): void
  /** The worker has come to an end, wanted or not. */
  onEnd(reason: string): void
}

export interface PoolWorker {
  post(message: WorkerMessage): void
  /** Whether the process is to stay for the worker's sake. */
  keepProcess(isNeeded: boolean): void
  /** Ends the worker; settled when it no longer runs. */
  terminate(): Promise<void>
}

interface WebWorker {
  onmessage: (event: { readonly data: WorkerReply }) => void
  onerror: (event: { readonly message?: string; preventDefault?(): void }) => void
  postMessage(message: WorkerMessage): void
  terminate(): void
}

interface WebPlace {
  readonly Worker: new (url: string) => WebWorker
  readonly Blob: new (parts: readonly string[], options: { readonly type: string }) => object
  readonly URL: { createObjectURL(blob: object): string; revokeObjectURL(url: string): void }
}

const isNode = (): boolean => typeof process !== 'undefined' && typeof process.getBuiltinModule === 'function'

function webPlace(): WebPlace | undefined {
  // Not a literal: programs that know the DOM's types would get the type from there.
  const names: readonly string[] = ['window', 'self']
  if (typeof Reflect.get(globalThis, 'Worker') !== 'function') return undefined
  return names.map((name) => Reflect.get(globalThis, name)).find((place) => place !== undefined)
}

/** Whether workers can be started here at all. */
export function hasWorkers(): boolean {
  return isNode() || webPlace() !== undefined
}

/** Starts a worker. Throws where the place refuses it. */
export function startWorker(events: WorkerEvents): PoolWorker {
  if (isNode()) return startNodeWorker(events)
  const place = webPlace()
  if (place === undefined) throw new TypeError('there are no workers here')
  return startWebWorker(place, events)
}

function startNodeWorker(events: WorkerEvents): PoolWorker {
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  // Nothing of the program that uses this: no loaders, no environment.
  const worker = new Worker(workerSource('node'), { eval: true, execArgv: [], env: {} })
  let reason = 'it was ended'
  worker.on('message', (reply: WorkerReply) => events.onReply(reply))
  worker.on('error', (error: Error) => {
    reason = error.message
  })
  worker.on('exit', (code) => events.onEnd(`${reason} (exit code ${code})`))
  worker.unref()
  return {
    post: (message) => worker.postMessage(message),
    keepProcess: (isNeeded) => (isNeeded ? worker.ref() : worker.unref()),
    terminate: async () => {
      await worker.terminate()
    },
  }
}

/** Milliseconds after which a page's worker that was ended has stopped. */
const webStopTime = 100

function startWebWorker({ Worker, Blob, URL }: WebPlace, events: WorkerEvents): PoolWorker {
  const url = URL.createObjectURL(new Blob([workerSource('web')], { type: 'text/javascript' }))
  const worker = new Worker(url)
  worker.onmessage = ({ data }) => {
    if (data.kind === 'started') URL.revokeObjectURL(url)
    events.onReply(data)
  }
  worker.onerror = (event) => {
    event.preventDefault?.()
    events.onEnd(event.message || 'the page does not allow workers of blob: addresses')
  }
  return {
    post: (message) => worker.postMessage(message),
    keepProcess: () => undefined,
    // A page does not say when a worker has really stopped: it may compute until it next looks at whether it should.
    terminate: async () => {
      worker.terminate()
      await new Promise((resolve) => setTimeout(resolve, webStopTime))
    },
  }
}

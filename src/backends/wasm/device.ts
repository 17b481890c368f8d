// The WebAssembly device: a program becomes one module, and one call runs it. Needs no compiler, no file and no other package.

import type { Device, GraphFunction } from '../../compiler/device.ts'
import { explainKernel, explainMemory, graphLines } from '../../compiler/explain.ts'
import { eventLoopTurn } from '../../compiler/event-loop.ts'
import { runThrough, runWithTurns, type Steps } from '../../compiler/in-steps.ts'
import { keptValues } from '../../compiler/memory-plan.ts'
import { optimize } from '../../compiler/optimize.ts'
import { DeviceError } from '../../core/errors.ts'
import { type Assembly, assemble } from './assemble.ts'
import { mathFunctions } from './double-functions.ts'
import { wasmEngine, type WasmModule } from './engine.ts'
import { hasRelaxedSimd, hasSimd } from './features.ts'
import { LinearMemory } from './linear-memory.ts'
import { Program, type ProgramPlace } from './program.ts'
import { Residency } from './residency.ts'
import { checkedThreads, requestedThreads, sharedMemoryUnavailable } from './thread-count.ts'
import { ThreadPool } from './thread-pool.ts'

/** Why the WebAssembly device cannot be used here, or `undefined`. */
export function wasmUnavailable(): string | undefined {
  if (wasmEngine() === undefined) return 'this engine has no WebAssembly'
  return hasSimd() ? undefined : 'this engine has WebAssembly without SIMD; use a newer one'
}

export interface WasmOptions {
  /** Threads that compute, the calling one included; results do not depend on it. Default: TENON_THREADS, else one for each core, 16 at most. */
  readonly threads?: number
  /** Whether memory is shared with workers where the place allows it. Default: true. */
  readonly sharedMemory?: boolean
  /** Milliseconds without a finished task after which workers are given up. Default: 30 000. */
  readonly patience?: number
}

/** The device that computes in WebAssembly. */
export interface WasmDevice extends Device {
  /** Threads that compute at once; 1 where memory is not shared. */
  readonly threads: number
  compile(graph: GraphFunction): Program
  compileAsync(graph: GraphFunction): Promise<Program>
}

/** Makes the WebAssembly device. All its programs share one linear memory. */
export function createWasmDevice(options: WasmOptions = {}): WasmDevice {
  const engine = wasmEngine()
  if (engine === undefined) throw new DeviceError(`wasm: expected a usable engine: ${wasmUnavailable() ?? 'there is none'}.`)
  const wanted = options.threads === undefined ? requestedThreads() : checkedThreads(options.threads, String(options.threads))
  const memory = new LinearMemory(options.sharedMemory !== false && sharedMemoryUnavailable() === undefined)
  const threads = memory.isShared ? wanted : 1
  const features = { relaxed: hasRelaxedSimd(), threads: memory.isShared }
  const pools = new Pools(memory, threads, options.patience ?? 30_000)
  const place: ProgramPlace = {
    memory,
    residency: new Residency(memory),
    mayWait: memory.isShared && mayWaitHere(),
    pool: () => pools.current(),
    inTurn: (body) => pools.inTurn(body),
  }
  const prepare = function* (graph: GraphFunction): Steps<{ readonly simple: GraphFunction; readonly assembly: Assembly }> {
    const simple = optimize(graph, false)
    yield
    return { simple, assembly: yield* assemble(simple, features) }
  }
  const program = (simple: GraphFunction, assembly: Assembly, module: WasmModule): Program => {
    const stalled = (done: number): void => pools.stalled(done)
    const env = memory.isShared ? { memory: memory.memory, stalled } : { memory: memory.memory }
    const { run, step } = new engine.Instance(module, { env, math: mathFunctions }).exports
    if (run === undefined || step === undefined) throw new DeviceError('wasm: expected the module to export run, it does not. Report this graph.')
    return new Program(place, simple, assembly, module, { run, step })
  }
  return {
    name: 'wasm',
    threads,
    compile(graph) {
      const { simple, assembly } = runThrough(prepare(graph))
      return program(simple, assembly, new engine.Module(assembly.bytes))
    },
    async compileAsync(graph) {
      const { simple, assembly } = await runWithTurns(prepare(graph))
      await eventLoopTurn()
      return program(simple, assembly, await engine.compile(assembly.bytes))
    },
    explain(graph) {
      const { simple, assembly } = runThrough(prepare(graph))
      const kept = keptValues(assembly.kernels, simple.results)
      return {
        device: 'wasm',
        graph: graphLines(simple),
        kernels: assembly.kernels.map((kernel) => explainKernel(kernel, (node) => kept.has(node), undefined)),
        memory: explainMemory(simple, assembly.kernels, assembly.plan),
      }
    },
  }
}

/** Whether the calling thread may wait; a page's main thread may not. */
function mayWaitHere(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0)
    return true
  } catch {
    return false
  }
}

/** The pool of a device, made anew when it has ended. */
class Pools {
  private readonly memory: LinearMemory
  private readonly threads: number
  private readonly patience: number
  private pool: ThreadPool | undefined
  private turn: Promise<unknown> = Promise.resolve()
  /** Whether workers are not allowed here. */
  private isRefused = false

  constructor(memory: LinearMemory, threads: number, patience: number) {
    this.memory = memory
    this.threads = threads
    this.patience = patience
  }

  current(): ThreadPool | undefined {
    if (!this.memory.isShared || this.isRefused) return undefined
    if (this.pool?.ended !== undefined) {
      this.isRefused = this.pool.wasRefused
      this.pool = undefined
      if (this.isRefused) return undefined
    }
    this.pool ??= new ThreadPool(this.memory, this.threads, this.patience)
    return this.pool
  }

  /** See {@link ThreadPool.stalled}. */
  stalled(done: number): void {
    this.pool?.stalled(done)
  }

  async inTurn<T>(body: () => Promise<T>): Promise<T> {
    const before = this.turn
    const result = before.then(body, body)
    this.turn = result.catch(() => undefined)
    return result
  }
}

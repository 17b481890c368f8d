// The WebAssembly device: a program becomes one module, and one call runs it. Needs no compiler, no file and no other package.

import type { Device, GraphFunction } from '../../compiler/device.ts'
import { explainKernel, explainMemory, graphLines } from '../../compiler/explain.ts'
import { eventLoopTurn } from '../../compiler/event-loop.ts'
import { runThrough, runWithTurns, type Steps } from '../../compiler/in-steps.ts'
import { keptValues } from '../../compiler/memory-plan.ts'
import { optimize } from '../../compiler/passes/optimize.ts'
import { DeviceError } from '../../core/errors.ts'
import { type Assembly, assemble } from './assemble.ts'
import { DeviceMemory } from './device-memory.ts'
import { wasmEngine, type WasmModule } from './engine.ts'
import { hasMemory64, hasSimd, newerEngines } from './features.ts'
import type { AddressType } from './instructions.ts'
import { Program } from './program.ts'
import { checkedThreads, requestedThreads, sharedMemoryUnavailable } from './thread-count.ts'

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
  /**
   * Memories with addresses of 64 bits, which reach 16 GiB but make programs slower: for runs that need more than 4 GiB at once where the engine
   * has them (`whenNeeded`, the default), never, or for all programs (`always`; a DeviceError where the engine has none).
   */
  readonly memory64?: 'never' | 'whenNeeded' | 'always'
}

/** The device that computes in WebAssembly. */
export interface WasmDevice extends Device {
  /** Threads that compute at once; 1 where memory is not shared. */
  readonly threads: number
  compile(graph: GraphFunction): Program
  compileAsync(graph: GraphFunction): Promise<Program>
}

/** Makes the WebAssembly device. Its programs share one linear memory, and a second one of 64 bits if any needs more than the first can hold. */
export function createWasmDevice(options: WasmOptions = {}): WasmDevice {
  const engine = wasmEngine()
  if (engine === undefined) throw new DeviceError(`wasm: expected a usable engine: ${wasmUnavailable() ?? 'there is none'}.`)
  const threads = options.threads === undefined ? requestedThreads() : checkedThreads(options.threads, String(options.threads))
  const isShared = options.sharedMemory !== false && sharedMemoryUnavailable() === undefined
  const { memory64 = 'whenNeeded', patience = 30_000 } = options
  if (memory64 === 'always' && !hasMemory64()) throw new DeviceError(`wasm: expected 64-bit memory, this engine has none. Use ${newerEngines}.`)
  const memoryOf = (address: AddressType): DeviceMemory => new DeviceMemory({ address, isShared, threads, patience })
  const home = memoryOf(memory64 === 'always' ? 'i64' : 'i32')
  const isWidened = memory64 === 'whenNeeded' && hasMemory64()
  let larger: DeviceMemory | undefined
  const widened = (simple: GraphFunction): Program | undefined => {
    try {
      larger ??= memoryOf('i64')
    } catch {
      // The engine has no address space left: the error that led here says what to do.
      return undefined
    }
    const assembly = runThrough(assemble(simple, larger.features))
    const module = new engine.Module(assembly.bytes)
    return new Program(larger, simple, assembly, module, larger.instantiate(module), undefined)
  }
  const prepare = function* (graph: GraphFunction): Steps<{ readonly simple: GraphFunction; readonly assembly: Assembly }> {
    const simple = optimize(graph, false)
    yield
    return { simple, assembly: yield* assemble(simple, home.features) }
  }
  const program = (simple: GraphFunction, assembly: Assembly, module: WasmModule): Program =>
    new Program(home, simple, assembly, module, home.instantiate(module), isWidened ? () => widened(simple) : undefined)
  return {
    name: 'wasm',
    threads: home.threads,
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

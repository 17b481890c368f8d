// The native device: a program becomes C, the system's compiler makes it machine code, and one call runs it.

import type { Device, Executable, GraphFunction } from '../../compiler/device.ts'
import { explainKernel, explainMemory, graphLines } from '../../compiler/explain.ts'
import { keptValues } from '../../compiler/memory-plan.ts'
import { optimize } from '../../compiler/optimize.ts'
import { elementCount, evaluateDim } from '../../core/dimension.ts'
import { byteSize } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Node, Storage } from '../../core/graph.ts'
import { ArenaPool } from './arena-pool.ts'
import { type Assembly, assemble, type Count, type Instruction } from './assemble.ts'
import { findCompiler } from './c-compiler.ts'
import { libraries, librariesAsync } from './library-cache.ts'
import { checkMemory } from './memory-limit.ts'
import { preludeText } from './prelude.ts'
import { instructionWords, opcodes } from './runtime-source.ts'
import { type ProgramTables, type RunArguments, type Runtime, runtime } from './runtime.ts'
import { thisMachine } from './target.ts'

/** A program of the native device, with what explains it. */
export interface NativeExecutable extends Executable {
  readonly graph: GraphFunction
  readonly assembly: Assembly
  /** Nanoseconds spent in each instruction while `body` runs. */
  profile<T>(body: () => T): { readonly result: T; readonly nanoseconds: readonly number[] }
}

/** The device that computes with the machine's own instructions. */
export interface NativeDevice extends Device {
  compile(graph: GraphFunction): NativeExecutable
  compileAsync(graph: GraphFunction): Promise<NativeExecutable>
  /** Sets the number of threads (0 only asks); returns how many there are. Results do not depend on it. */
  threads(count: number): number
}

/** Why the native device cannot be used here, or `undefined`. */
export function nativeUnavailable(): string | undefined {
  if (process.platform === 'win32') return 'Windows is not supported yet; use WSL'
  return findCompiler() === undefined ? 'there is no C compiler in PATH; install gcc or clang, or set TENON_CC' : undefined
}

/** Makes the native device. The runtime is compiled (once per machine) and loaded at the first use. */
export function createNativeDevice(): NativeDevice {
  const pool = new ArenaPool()
  const prepare = (graph: GraphFunction): { readonly simple: GraphFunction; readonly assembly: Assembly; readonly texts: string[] } => {
    const simple = optimize(graph)
    const { target } = thisMachine()
    const assembly = assemble(simple, target)
    checkMemory(simple, assembly)
    const prelude = preludeText(target)
    return { simple, assembly, texts: assembly.sources.map((source) => `${prelude}\n${source}`) }
  }
  const compiler = () => {
    const found = findCompiler()
    if (found === undefined) throw new DeviceError(`native: expected a C compiler, ${nativeUnavailable() ?? 'found none'}.`)
    return found
  }
  return {
    name: 'native',
    compile(graph) {
      const { simple, assembly, texts } = prepare(graph)
      return new Program(runtime(), pool, simple, assembly, libraries(compiler(), texts))
    },
    async compileAsync(graph) {
      const { simple, assembly, texts } = prepare(graph)
      return new Program(runtime(), pool, simple, assembly, await librariesAsync(compiler(), texts))
    },
    explain(graph) {
      const { simple, assembly } = prepare(graph)
      const kept = keptValues(assembly.kernels, simple.results)
      const sources = sourcesOf(assembly)
      return {
        device: 'native',
        graph: graphLines(simple),
        kernels: assembly.kernels.map((kernel, i) => explainKernel(kernel, (node) => kept.has(node), sources[i])),
        memory: explainMemory(simple, assembly.kernels, assembly.plan),
      }
    },
    threads: (count) => runtime().threads(count),
  }
}

/** Frees the tables of programs that nobody holds any more. */
const freed = new FinalizationRegistry<{ readonly runtime: Runtime; readonly handle: number }>(({ runtime, handle }) => runtime.free(handle))

/** Results up to this size are collected in one buffer of a known address and then copied out: cheaper than asking for each address. */
const smallResult = 4096

/** Runs shorter than this do not leave the event loop's thread: an asynchronous call alone costs 40 µs. */
const longRun = 4

class Program implements NativeExecutable {
  readonly graph: GraphFunction
  readonly assembly: Assembly
  private readonly runtime: Runtime
  private readonly pool: ArenaPool
  private readonly handle: number
  private readonly isDynamic: boolean
  private readonly addresses: Float64Array<ArrayBuffer>
  private readonly small: ArrayBuffer
  private readonly smallOffsets: readonly number[]
  private readonly staticArguments: RunArguments
  /** Milliseconds of the last run; `undefined` before the first. */
  private lastRun: number | undefined
  private isRunning = false

  constructor(runtime: Runtime, pool: ArenaPool, graph: GraphFunction, assembly: Assembly, paths: readonly string[]) {
    this.runtime = runtime
    this.pool = pool
    this.graph = graph
    this.assembly = assembly
    const tables = tablesOf(assembly, (source, symbol) => runtime.symbol(paths[source] ?? '', symbol))
    this.handle = runtime.program(tables)
    freed.register(this, { runtime, handle: this.handle })
    this.isDynamic = graph.inputs.some((n) => n.shape.some((d) => typeof d !== 'number'))
    this.addresses = new Float64Array(assembly.arenaBase + 1)
    let bytes = 0
    this.smallOffsets = graph.results.map((node, i) => {
      const size = node.shape.every((d) => typeof d === 'number') ? byteSize(node.dtype) * Number(elementCount(node.shape)) : Infinity
      if (size > smallResult || size === 0 || assembly.plan.inPlace.has(i) || this.place(node)?.kind !== 'output') return -1
      const offset = bytes
      bytes += Math.ceil(size / 64) * 64
      return offset
    })
    this.small = new ArrayBuffer(bytes)
    this.staticArguments = { addresses: this.addresses, dims: new BigInt64Array(1), tasks: null, moves: null }
  }

  private place(node: Node) {
    return this.assembly.plan.places.get(node)
  }

  run(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Storage[] {
    if (this.isRunning) return this.once(inputs, dims)
    this.isRunning = true
    const start = performance.now()
    const arena = this.pool.take(this.assembly.plan.arenaBytes)
    try {
      const outputs = this.bind(this.addresses, inputs, dims, this.small)
      this.addresses[this.assembly.arenaBase] = this.pool.address(arena, this.runtime)
      this.runtime.run(this.handle, this.isDynamic ? this.dynamicArguments(this.addresses, dims) : this.staticArguments)
      return this.results(inputs, outputs, dims, this.small)
    } finally {
      this.pool.give(arena)
      this.isRunning = false
      this.lastRun = performance.now() - start
    }
  }

  /** A run with tables of its own, while another run of this program is under way. */
  private once(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Storage[] {
    const addresses = new Float64Array(this.addresses.length)
    const small = new ArrayBuffer(this.small.byteLength)
    const arena = this.pool.take(this.assembly.plan.arenaBytes)
    try {
      const outputs = this.bind(addresses, inputs, dims, small)
      addresses[this.assembly.arenaBase] = this.pool.address(arena, this.runtime)
      this.runtime.run(this.handle, this.dynamicArguments(addresses, dims))
      return this.results(inputs, outputs, dims, small)
    } finally {
      this.pool.give(arena)
    }
  }

  async runAsync(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Promise<Storage[]> {
    if (this.lastRun !== undefined && this.lastRun < longRun) return this.run(inputs, dims)
    const start = performance.now()
    const addresses = new Float64Array(this.addresses.length)
    const small = new ArrayBuffer(this.small.byteLength)
    const arena = this.pool.take(this.assembly.plan.arenaBytes)
    try {
      const outputs = this.bind(addresses, inputs, dims, small)
      addresses[this.assembly.arenaBase] = this.pool.address(arena, this.runtime)
      await this.runtime.runAsync(this.handle, this.dynamicArguments(addresses, dims))
      return this.results(inputs, outputs, dims, small)
    } finally {
      this.pool.give(arena)
      this.lastRun = performance.now() - start
    }
  }

  profile<T>(body: () => T): { readonly result: T; readonly nanoseconds: readonly number[] } {
    this.runtime.startProfile(this.handle)
    const result = body()
    return { result, nanoseconds: this.runtime.readProfile(this.handle, this.assembly.instructions.length) }
  }

  /** Fills in the addresses of inputs and results; returns the buffers of results that have one of their own. */
  private bind(
    addresses: Float64Array<ArrayBuffer>,
    inputs: readonly Storage[],
    dims: ReadonlyMap<string, number>,
    small: ArrayBuffer,
  ): (ArrayBuffer | undefined)[] {
    const { graph, assembly } = this
    for (let i = 0; i < graph.inputs.length; i++) {
      const storage = inputs[i]
      if (storage === undefined) throw new DeviceError(`native: expected ${graph.inputs.length} inputs, got ${inputs.length}. Pass them all.`)
      addresses[i] = this.runtime.addressOf(storage.bytes)
    }
    const smallAddress = small.byteLength === 0 ? 0 : this.runtime.addressOf(small)
    return graph.results.map((node, i) => {
      const at = graph.inputs.length + i
      const source = assembly.plan.inPlace.get(i)
      if (source !== undefined) {
        addresses[at] = addresses[source] ?? 0
        return inputs[source]?.bytes
      }
      const offset = this.smallOffsets[i] ?? -1
      if (offset >= 0) {
        addresses[at] = smallAddress + offset
        return undefined
      }
      const place = this.place(node)
      if (place?.kind !== 'output' || place.index !== i) return undefined
      const bytes = new ArrayBuffer(byteSize(node.dtype) * evaluateDim(elementCount(node.shape), dims))
      addresses[at] = this.runtime.addressOfNew(bytes)
      return bytes
    })
  }

  private results(
    inputs: readonly Storage[],
    outputs: readonly (ArrayBuffer | undefined)[],
    dims: ReadonlyMap<string, number>,
    small: ArrayBuffer,
  ): Storage[] {
    const { graph } = this
    const storages: Storage[] = []
    graph.results.forEach((node, i) => {
      const length = evaluateDim(elementCount(node.shape), dims)
      const { dtype } = node
      const own = outputs[i]
      if (own !== undefined) {
        storages.push({ dtype, bytes: own, length })
        return
      }
      const offset = this.smallOffsets[i] ?? -1
      const place = this.place(node)
      if (offset >= 0 && place?.kind === 'output' && place.index === i) {
        storages.push({ dtype, bytes: small.slice(offset, offset + length * byteSize(dtype)), length })
        return
      }
      // A result that is an input, or another result once more: a copy, so that each can be donated on its own.
      const source = place?.kind === 'input' ? inputs[place.index] : place?.kind === 'output' ? storages[place.index] : undefined
      if (source === undefined) throw new DeviceError(`native: expected a buffer of result ${i}, there is none. Report this graph.`)
      const handedOver = place?.kind === 'input' && graph.donated.get(place.index) === i
      storages.push({ dtype, bytes: handedOver ? source.bytes : source.bytes.slice(0), length })
    })
    return storages
  }

  private dynamicArguments(addresses: Float64Array<ArrayBuffer>, dims: ReadonlyMap<string, number>): RunArguments {
    if (!this.isDynamic) return { ...this.staticArguments, addresses }
    const { assembly } = this
    return {
      addresses,
      dims: BigInt64Array.from([...assembly.dims, ''], (name) => BigInt(dims.get(name) ?? 0)),
      tasks: BigInt64Array.from(assembly.instructions, (instruction) => BigInt(countAt(instruction, dims))),
      moves: movesTable(assembly, dims),
    }
  }
}

/** The count of an instruction that may depend on sizes bound at run time. */
function countAt(instruction: Instruction, dims: ReadonlyMap<string, number>): number {
  const value = (count: Count): number => (typeof count === 'number' ? count : count(dims))
  switch (instruction.op) {
    case 'phase':
      return value(instruction.tasks)
    case 'copy':
      return value(instruction.bytes)
    case 'scan':
      return value(instruction.steps)
    case 'cond':
    case 'while':
      return 0
  }
}

/** The slots that move with the steps of loops. */
function movesTable(assembly: Assembly, dims: ReadonlyMap<string, number> = new Map()): BigInt64Array<ArrayBuffer> {
  const words = assembly.moves.flatMap(({ slot, base, bytes }) => [slot, base, typeof bytes === 'number' ? bytes : dims.size === 0 ? 0 : bytes(dims)])
  return BigInt64Array.from(words, BigInt)
}

/** The C text of each kernel. */
function sourcesOf(assembly: Assembly): (string | undefined)[] {
  const texts: (string | undefined)[] = []
  for (const x of assembly.instructions) if (x.op === 'phase') texts[x.kernel] = assembly.sources[x.source]
  return texts
}

/** The assembly as the runtime reads it. */
function tablesOf(assembly: Assembly, symbol: (source: number, name: string) => number): ProgramTables {
  const { instructions, slots, moves } = assembly
  const code = new BigInt64Array(instructions.length * instructionWords)
  const known = (count: Count): number => (typeof count === 'number' ? count : 0)
  instructions.forEach((x, i) => {
    const words = ((): readonly number[] => {
      switch (x.op) {
        case 'phase':
          return [opcodes.phase, symbol(x.source, x.symbol), x.firstArgument, x.firstDim, known(x.tasks)]
        case 'copy':
          return [opcodes.copy, x.target, x.source, known(x.bytes)]
        case 'scan':
          return [opcodes.scan, known(x.steps), x.end, x.firstMove, x.moves, x.firstArgument, x.endArgument, x.reverse ? 1 : 0]
        case 'cond':
          return [opcodes.cond, x.predicate, x.endTrue, x.end]
        case 'while':
          return [opcodes.while, x.predicate, x.endCondition, x.end]
      }
    })()
    words.forEach((word, j) => {
      code[i * instructionWords + j] = BigInt(word)
    })
  })
  return {
    code,
    instructions: instructions.length,
    arguments: Int32Array.from(assembly.arguments),
    slotBase: Int32Array.from(slots, (s) => s.base),
    slotOffset: BigInt64Array.from(slots, (s) => BigInt(s.offset)),
    moves: movesTable(assembly),
    moving: moves.length,
  }
}

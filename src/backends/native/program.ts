// A program of the native device: its tables in the runtime, and its runs.

import type { Executable, GraphFunction } from '../../compiler/device.ts'
import { elementCount, evaluateDim } from '../../core/dimension.ts'
import { byteSize } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Node, Storage } from '../../core/graph.ts'
import type { ArenaPool } from './arena-pool.ts'
import type { Assembly } from './assemble.ts'
import { countAt, movesTable, tablesOf } from './program-tables.ts'
import type { RunArguments, Runtime } from './runtime.ts'

/** Frees the tables of programs that nobody holds any more. */
const freed = new FinalizationRegistry<{ readonly runtime: Runtime; readonly handle: number }>(({ runtime, handle }) => runtime.free(handle))

/** Results up to this size are collected in one buffer of a known address and then copied out: cheaper than asking for each address. */
const smallResult = 1 << 16

/** Runs shorter than this do not leave the event loop's thread: an asynchronous call alone costs 40 µs. */
const longRun = 4

/** A compiled and loaded program. */
export class Program implements Executable {
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

  /** Nanoseconds spent in each instruction while `body` runs. */
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
      addresses[at] = this.runtime.addressOf(bytes)
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

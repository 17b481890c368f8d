// A program of the WebAssembly device: its module and its runs, in one go on the calling thread, on a worker, or in slices.

import type { Executable, GraphFunction } from '../../compiler/device.ts'
import { eventLoopTurn } from '../../compiler/event-loop.ts'
import { elementCount, evaluateDim } from '../../core/dimension.ts'
import { byteSize } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Storage } from '../../core/graph.ts'
import type { Assembly } from './assemble.ts'
import { addressBytes, headerBytes, tableHeader } from './control-block.ts'
import type { WasmModule } from './engine.ts'
import type { LinearMemory } from './linear-memory.ts'
import { present } from './present.ts'
import { outOfRoom, type Residency } from './residency.ts'
import { LeaderUnavailable, type ThreadPool } from './thread-pool.ts'

/** What the programs of a device share. */
export interface ProgramPlace {
  readonly memory: LinearMemory
  readonly residency: Residency
  /** Whether the calling thread may wait. */
  readonly mayWait: boolean
  /** The threads, where there are any. */
  pool(): ThreadPool | undefined
  /** Runs one after the other what is to lead the workers. */
  inTurn<T>(body: () => Promise<T>): Promise<T>
}

/** What an instance of a program's module offers. */
export interface ProgramFunctions {
  /** Runs everything from a segment on. */
  run(table: number | bigint, first: number): void
  /** Runs a range of a segment's items on the calling thread. */
  step(table: number | bigint, from: number, to: number, segment: number): void
}

/** Runs shorter than this (ms) do not leave the calling thread: a message to a worker and back costs some tenths of a millisecond. */
const shortRun = 4
/** Runs shorter than this (ms) do not start workers, which takes some tens of milliseconds of each one's time; they use those that are there. */
const tinyRun = 0.5
/** A first run of fewer tasks than this, each some tens of microseconds at most, counts as short. */
const fewTasks = 100
/** Milliseconds after which a run in slices gives the event loop a turn. */
const slice = 8

export class Program implements Executable {
  private readonly place: ProgramPlace
  private readonly graph: GraphFunction
  private readonly assembly: Assembly
  private readonly module: WasmModule
  private readonly functions: ProgramFunctions
  /** Milliseconds of the last run; `undefined` before the first. */
  private lastRun: number | undefined
  /** Makes the same program for a larger memory, where there is one; runs that came after one that did not fit use it. */
  private readonly widen: (() => Program | undefined) | undefined
  private wide: Program | undefined

  constructor(
    place: ProgramPlace,
    graph: GraphFunction,
    assembly: Assembly,
    module: WasmModule,
    functions: ProgramFunctions,
    widen: (() => Program | undefined) | undefined,
  ) {
    this.widen = widen
    this.place = place
    this.graph = graph
    this.assembly = assembly
    this.module = module
    this.functions = functions
  }

  run(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Storage[] {
    if (this.wide === undefined) {
      try {
        return this.runHere(inputs, dims)
      } catch (error) {
        this.wide = this.widened(error)
      }
    }
    return this.wide.run(inputs, dims)
  }

  /** The program for a larger memory after a run that did not fit; throws the error of that run where there is none, and of any other run. */
  private widened(error: unknown): Program {
    const wide = error instanceof DeviceError && error.cause === outOfRoom ? this.widen?.() : undefined
    if (wide === undefined) throw error
    return wide
  }

  private runHere(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Storage[] {
    const start = performance.now()
    const bound = new BoundRun(this.place, this.graph, this.assembly, inputs, dims)
    const pool = this.place.pool()
    const helpers = pool?.hasHelpers === true || !this.isShort(dims, tinyRun) ? this.claimHelpers() : undefined
    try {
      bound.prepare(helpers, helpers?.announce(this.module) ?? 0, this.place.mayWait)
      try {
        this.functions.run(this.place.memory.pointer(bound.table), 0)
      } catch (error) {
        if (helpers !== undefined) bound.keepUntil(abandoned(helpers, error))
        throw error
      }
      const results = bound.results()
      this.lastRun = performance.now() - start
      return results
    } finally {
      helpers?.release()
      bound.end()
    }
  }

  async runAsync(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Promise<Storage[]> {
    if (this.wide === undefined) {
      try {
        return await this.runAsyncHere(inputs, dims)
      } catch (error) {
        this.wide ??= this.widened(error)
      }
    }
    return this.wide.runAsync(inputs, dims)
  }

  private async runAsyncHere(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Promise<Storage[]> {
    if (this.isShort(dims, shortRun)) return this.runHere(inputs, dims)
    if (this.place.pool() === undefined) return this.runInSlices(inputs, dims)
    try {
      return await this.runOnWorker(inputs, dims)
    } catch (error) {
      if (error instanceof LeaderUnavailable) return this.runInSlices(inputs, dims)
      throw error
    }
  }

  /** Whether a run takes less than so many milliseconds, by the last one or by a guess. */
  private isShort(dims: ReadonlyMap<string, number>, milliseconds: number): boolean {
    if (this.lastRun !== undefined) return this.lastRun < milliseconds
    const tasks = this.assembly.segments.reduce((sum, { items, grain }) => sum + Math.ceil(evaluateDim(items, dims) / grain), 0)
    return tasks < fewTasks
  }

  /** The pool with its helpers reserved for this program, if it has work for them and they are free. */
  private claimHelpers(): ThreadPool | undefined {
    const pool = this.assembly.isParallel ? this.place.pool() : undefined
    return pool?.claim() === true ? pool : undefined
  }

  /** Runs on worker 0, however short it is, when those before it have ended. Rejects with LeaderUnavailable where there is no such worker. */
  runOnWorker(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Promise<Storage[]> {
    return this.place.inTurn(() => this.lead(inputs, dims))
  }

  private async lead(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Promise<Storage[]> {
    const pool = this.place.pool()
    if (pool === undefined) throw new LeaderUnavailable()
    const start = performance.now()
    const bound = new BoundRun(this.place, this.graph, this.assembly, inputs, dims)
    const helpers = this.claimHelpers()
    try {
      bound.prepare(helpers, helpers?.announce(this.module) ?? 0, true)
      try {
        await pool.lead(this.module, bound.table, 0)
      } catch (error) {
        bound.keepUntil(abandoned(pool, error))
        throw error
      }
      const results = bound.results()
      this.lastRun = performance.now() - start
      return results
    } finally {
      helpers?.release()
      bound.end()
    }
  }

  /** On the calling thread, with turns for the event loop between tasks. */
  private async runInSlices(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Promise<Storage[]> {
    const { segments } = this.assembly
    const bound = new BoundRun(this.place, this.graph, this.assembly, inputs, dims)
    let computed = 0
    try {
      bound.prepare(undefined, 0, this.place.mayWait)
      let start = performance.now()
      for (const [segment, { items, grain }] of segments.entries()) {
        const end = evaluateDim(items, dims)
        for (let from = 0; from === 0 || from < end || bound.hasMore; from += grain) {
          this.functions.step(this.place.memory.pointer(bound.table), from, from < end ? Math.min(from + grain, end) : from + grain, segment)
          const now = performance.now()
          if (now - start < slice) continue
          computed += now - start
          await eventLoopTurn()
          start = performance.now()
        }
      }
      computed += performance.now() - start
      const results = bound.results()
      this.lastRun = computed
      return results
    } finally {
      bound.end()
    }
  }
}

/** Ends a pool whose run has failed, unless the run never began; settled when its workers are gone. */
function abandoned(pool: ThreadPool, error: unknown): Promise<void> {
  if (!(error instanceof LeaderUnavailable)) pool.end(error instanceof Error ? error.message : String(error))
  return pool.whenGone
}

/** Threads write to cache lines of their own. */
const aligned = (bytes: number): number => Math.ceil(bytes / 128) * 128

/** One run: its inputs, results and working memory in linear memory, held there until it ends. */
class BoundRun {
  /** Address of the program's table. */
  table = 0
  private readonly place: ProgramPlace
  private readonly graph: GraphFunction
  private readonly assembly: Assembly
  private readonly inputs: readonly Storage[]
  private readonly dims: ReadonlyMap<string, number>
  private readonly pinned = new Set<number>()
  /** Blocks that nobody owns yet: given back at the end, unless a result takes them. */
  private readonly loose = new Set<number>()
  private addresses: readonly number[] = []
  private targets: readonly number[] = []
  private readonly sizes: readonly number[]
  private held: Promise<void> | undefined

  constructor(place: ProgramPlace, graph: GraphFunction, assembly: Assembly, inputs: readonly Storage[], dims: ReadonlyMap<string, number>) {
    this.place = place
    this.graph = graph
    this.assembly = assembly
    this.inputs = inputs
    this.dims = dims
    this.sizes = graph.results.map((node) => evaluateDim(elementCount(node.shape), dims))
  }

  /** Finds room for everything and fills the table in. */
  prepare(helpers: ThreadPool | undefined, program: number, mayWait: boolean): void {
    const { graph, assembly, inputs, dims } = this
    const { memory, residency } = this.place
    this.addresses = graph.inputs.map((_, i) => {
      const storage = inputs[i]
      if (storage === undefined) throw new DeviceError(`wasm: expected ${graph.inputs.length} inputs, got ${inputs.length}. Pass them all.`)
      const { address, isTemporary } = residency.place(storage)
      this.pin(address)
      if (isTemporary) this.loose.add(address)
      return address
    })
    this.targets = graph.results.map((node, i) => {
      const source = assembly.plan.inPlace.get(i)
      if (source !== undefined) return this.addresses[source] ?? 0
      // Also a result that is a copy of an input or of another result has room from here on: what follows the run cannot fail.
      const place = assembly.plan.places.get(node)
      if (place?.kind === 'input' && graph.donated.get(place.index) === i) return 0
      return this.take(byteSize(node.dtype) * (this.sizes[i] ?? 0), 'results')
    })
    // One block: the table, what each thread needs for itself, the arena.
    const stride = aligned(assembly.threadBytes)
    const ownAt = aligned(assembly.table.sizes + 4 * assembly.dims.length)
    const arenaAt = ownAt + (helpers?.threads ?? 1) * stride
    this.table = this.take(arenaAt + assembly.plan.arenaBytes, 'intermediate values')
    const { table, addresses, targets } = this
    const words = new Uint32Array(memory.memory.buffer, table, (assembly.table.sizes >> 2) + assembly.dims.length)
    const setAddress = (offset: number, address: number): void => {
      words[offset >> 2] = address
      words[(offset >> 2) + 1] = address / 2 ** 32
    }
    setAddress(tableHeader.control, helpers?.block ?? 0)
    setAddress(tableHeader.own, table + ownAt)
    setAddress(tableHeader.arguments, table + assembly.table.arguments)
    words[tableHeader.stride >> 2] = stride
    words[tableHeader.mayWait >> 2] = mayWait ? 1 : 0
    words[tableHeader.program >> 2] = program
    words[tableHeader.more >> 2] = 0
    for (const [i, address] of [...addresses, ...targets, table + arenaAt].entries()) setAddress(headerBytes + addressBytes * i, address)
    assembly.dims.forEach((name, i) => {
      words[(assembly.table.sizes >> 2) + i] = dims.get(name) ?? 0
    })
  }

  /** Whether the segment that was stepped through goes on beyond its items. */
  get hasMore(): boolean {
    return new Uint32Array(this.place.memory.memory.buffer, this.table + tableHeader.more, 1)[0] === 1
  }

  /** The results, after the program has run. */
  results(): Storage[] {
    const { graph, assembly, inputs, addresses, targets, sizes, loose } = this
    const { memory, residency } = this.place
    const claimed = graph.results.map((node, i): { readonly address: number; readonly isLasting: boolean } => {
      const place = assembly.plan.places.get(node)
      const source = assembly.plan.inPlace.get(i)
      if (source !== undefined) return { address: targets[i] ?? 0, isLasting: true }
      if (this.isOwn(i)) return { address: targets[i] ?? 0, isLasting: false }
      // A result that is an input, or another result once more: a copy, so that each can be donated on its own.
      const found = place?.kind === 'input' ? addresses[place.index] : place?.kind === 'output' ? targets[place.index] : undefined
      const from = present(found, `a buffer of result ${i}`)
      if (place?.kind === 'input' && graph.donated.get(place.index) === i) return { address: from, isLasting: true }
      const [bytes, copy] = [byteSize(node.dtype) * (sizes[i] ?? 0), targets[i] ?? 0]
      const { buffer } = memory.memory
      new Uint8Array(buffer, copy, bytes).set(new Uint8Array(buffer, from, bytes))
      return { address: copy, isLasting: false }
    })
    // The memory of donated inputs passes to the results that replace them, or is free.
    for (const input of graph.donated.keys()) {
      const [storage, address] = [inputs[input], addresses[input]]
      if (storage === undefined || address === undefined) continue
      residency.release(storage)
      loose.add(address)
    }
    for (const { address } of claimed) loose.delete(address)
    const results = graph.results.map((node, i) =>
      residency.result(node.dtype, sizes[i] ?? 0, claimed[i]?.address ?? 0, claimed[i]?.isLasting ?? false),
    )
    residency.passed()
    return results
  }

  /** Gives nothing back before `gone` is settled: somebody may still write. */
  keepUntil(gone: Promise<void>): void {
    this.held = gone
  }

  /** Gives back what no result has taken. */
  end(): void {
    if (this.held === undefined) this.giveBack()
    else void this.held.then(() => this.giveBack())
  }

  private giveBack(): void {
    const { memory, residency } = this.place
    for (const address of this.loose) residency.give(address)
    let used = 0
    for (const address of this.pinned) used += memory.sizeOf(address)
    residency.trim(used)
    for (const address of this.pinned) residency.unpin(address)
  }

  private take(bytes: number, what: string): number {
    const address = this.place.residency.take(bytes, what)
    this.pin(address)
    this.loose.add(address)
    return address
  }

  private pin(address: number): void {
    if (this.pinned.has(address)) return
    this.pinned.add(address)
    this.place.residency.pin(address)
  }

  /** Whether a result has a block of its own: it is neither an input nor an earlier result. */
  private isOwn(result: number): boolean {
    const node = this.graph.results[result]
    const place = node === undefined ? undefined : this.assembly.plan.places.get(node)
    return place?.kind === 'output' && place.index === result
  }
}

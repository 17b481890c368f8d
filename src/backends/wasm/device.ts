// The WebAssembly device: a program becomes one module, and one call runs it. Needs no compiler, no file and no other package.

import type { Device, Executable, GraphFunction } from '../../compiler/device.ts'
import { explainKernel, explainMemory, graphLines } from '../../compiler/explain.ts'
import { keptValues } from '../../compiler/memory-plan.ts'
import { optimize } from '../../compiler/optimize.ts'
import { elementCount, evaluateDim } from '../../core/dimension.ts'
import { byteSize } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Storage } from '../../core/graph.ts'
import { type Assembly, assemble } from './assemble.ts'
import { headerBytes, tableHeader } from './control-block.ts'
import { mathFunctions } from './double-functions.ts'
import { wasmEngine, type WasmModule } from './engine.ts'
import { hasRelaxedSimd, hasSimd } from './features.ts'
import { LinearMemory } from './linear-memory.ts'
import { Residency } from './residency.ts'

/** Why the WebAssembly device cannot be used here, or `undefined`. */
export function wasmUnavailable(): string | undefined {
  if (wasmEngine() === undefined) return 'this engine has no WebAssembly'
  return hasSimd() ? undefined : 'this engine has WebAssembly without SIMD; use a newer one'
}

/** Makes the WebAssembly device. All its programs share one linear memory. */
export function createWasmDevice(): Device {
  const engine = wasmEngine()
  if (engine === undefined) throw new DeviceError(`wasm: expected a usable engine: ${wasmUnavailable() ?? 'there is none'}.`)
  const memory = new LinearMemory()
  const residency = new Residency(memory)
  const prepare = (graph: GraphFunction): { readonly simple: GraphFunction; readonly assembly: Assembly } => {
    const simple = optimize(graph, false)
    return { simple, assembly: assemble(simple, { relaxed: hasRelaxedSimd(), threads: false }) }
  }
  const program = (simple: GraphFunction, assembly: Assembly, module: WasmModule): Executable => {
    const instance = new engine.Instance(module, { env: { memory: memory.memory }, math: mathFunctions })
    const run = instance.exports.run
    if (run === undefined) throw new DeviceError('wasm: expected the module to export run, it does not. Report this graph.')
    return new Program(memory, residency, simple, assembly, run)
  }
  return {
    name: 'wasm',
    compile(graph) {
      const { simple, assembly } = prepare(graph)
      return program(simple, assembly, new engine.Module(assembly.bytes))
    },
    async compileAsync(graph) {
      const { simple, assembly } = prepare(graph)
      return program(simple, assembly, await engine.compile(assembly.bytes))
    },
    explain(graph) {
      const { simple, assembly } = prepare(graph)
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

class Program implements Executable {
  private readonly memory: LinearMemory
  private readonly residency: Residency
  private readonly graph: GraphFunction
  private readonly assembly: Assembly
  private readonly call: (table: number, first: number) => void

  constructor(memory: LinearMemory, residency: Residency, graph: GraphFunction, assembly: Assembly, call: (table: number, first: number) => void) {
    this.memory = memory
    this.residency = residency
    this.graph = graph
    this.assembly = assembly
    this.call = call
  }

  run(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Storage[] {
    const { graph, assembly, residency } = this
    const pinned = new Set<number>()
    /** Blocks that nobody owns yet: given back at the end, unless a result takes them. */
    const loose = new Set<number>()
    const take = (bytes: number): number => {
      const address = residency.take(bytes, pinned)
      pinned.add(address)
      loose.add(address)
      return address
    }
    try {
      const addresses = graph.inputs.map((_, i) => {
        const storage = inputs[i]
        if (storage === undefined) throw new DeviceError(`wasm: expected ${graph.inputs.length} inputs, got ${inputs.length}. Pass them all.`)
        const { address, isTemporary } = residency.place(storage, pinned)
        pinned.add(address)
        if (isTemporary) loose.add(address)
        return address
      })
      const sizes = graph.results.map((node) => evaluateDim(elementCount(node.shape), dims))
      const targets = graph.results.map((node, i) => {
        const source = assembly.plan.inPlace.get(i)
        if (source !== undefined) return addresses[source] ?? 0
        return this.isOwn(i) ? take(byteSize(node.dtype) * (sizes[i] ?? 0)) : 0
      })
      const table = take(assembly.table.sizes + 4 * assembly.dims.length)
      const arena = take(assembly.plan.arenaBytes)
      const own = take(assembly.threadBytes)
      const { buffer } = this.memory.memory
      const header = new Uint32Array(buffer, table, headerBytes / 4)
      header.fill(0)
      header[tableHeader.own / 4] = own
      header[tableHeader.arguments / 4] = table + assembly.table.arguments
      new Uint32Array(buffer, table + headerBytes, addresses.length + targets.length + 1).set([...addresses, ...targets, arena])
      new Uint32Array(buffer, table + assembly.table.sizes, assembly.dims.length).set(assembly.dims.map((name) => dims.get(name) ?? 0))
      this.call(table, 0)
      return this.results(inputs, addresses, targets, sizes, take, loose)
    } finally {
      for (const address of loose) residency.give(address)
      residency.trim(this.bytesOf(pinned), pinned)
    }
  }

  async runAsync(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Promise<Storage[]> {
    return this.run(inputs, dims)
  }

  private bytesOf(pinned: ReadonlySet<number>): number {
    let sum = 0
    for (const address of pinned) sum += this.memory.sizeOf(address)
    return sum
  }

  /** Whether a result has a block of its own: it is neither an input nor an earlier result. */
  private isOwn(result: number): boolean {
    const node = this.graph.results[result]
    const place = node === undefined ? undefined : this.assembly.plan.places.get(node)
    return place?.kind === 'output' && place.index === result
  }

  private results(
    inputs: readonly Storage[],
    addresses: readonly number[],
    targets: readonly number[],
    sizes: readonly number[],
    take: (bytes: number) => number,
    loose: Set<number>,
  ): Storage[] {
    const { graph, assembly, residency } = this
    const claimed = graph.results.map((node, i): { readonly address: number; readonly isLasting: boolean } => {
      const place = assembly.plan.places.get(node)
      const source = assembly.plan.inPlace.get(i)
      if (source !== undefined) return { address: targets[i] ?? 0, isLasting: true }
      if (this.isOwn(i)) return { address: targets[i] ?? 0, isLasting: false }
      // A result that is an input, or another result once more: a copy, so that each can be donated on its own.
      const from = place?.kind === 'input' ? addresses[place.index] : place?.kind === 'output' ? targets[place.index] : undefined
      if (from === undefined) throw new DeviceError(`wasm: expected a buffer of result ${i}, there is none. Report this graph.`)
      if (place?.kind === 'input' && graph.donated.get(place.index) === i) return { address: from, isLasting: true }
      const bytes = byteSize(node.dtype) * (sizes[i] ?? 0)
      const copy = take(bytes)
      new Uint8Array(this.memory.memory.buffer).copyWithin(copy, from, from + bytes)
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
    return graph.results.map((node, i) => residency.result(node.dtype, sizes[i] ?? 0, claimed[i]?.address ?? 0, claimed[i]?.isLasting ?? false))
  }
}

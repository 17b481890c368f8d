// The native device: a program becomes C, the system's compiler makes it machine code, and one call runs it.

import type { Device, GraphFunction } from '../../compiler/device.ts'
import { explainKernel, explainMemory, graphLines } from '../../compiler/explain.ts'
import { eventLoopTurn } from '../../compiler/event-loop.ts'
import { runThrough, runWithTurns, type Steps } from '../../compiler/in-steps.ts'
import { keptValues } from '../../compiler/memory-plan.ts'
import { optimize } from '../../compiler/passes/optimize.ts'
import { sinkIntoLoops } from '../../compiler/passes/sink-into-loops.ts'
import { DeviceError } from '../../core/errors.ts'
import { ArenaPool } from './arena-pool.ts'
import { type Assembly, assemble } from './assemble.ts'
import { findCompiler } from './c-compiler.ts'
import { withoutForeignFunctions } from './foreign-functions.ts'
import { libraries, librariesAsync } from './library-cache.ts'
import { checkMemory } from './memory-limit.ts'
import { preludeText } from './prelude.ts'
import { Program } from './program.ts'
import { runtime } from './runtime.ts'
import { thisMachine } from './target.ts'

/** The device that computes with the machine's own instructions. */
export interface NativeDevice extends Device {
  compile(graph: GraphFunction): Program
  compileAsync(graph: GraphFunction): Promise<Program>
  /** Sets the number of threads (0 only asks); returns how many there are. Results do not depend on it. */
  threads(count: number): number
}

/** Why the native device cannot be used here, or `undefined`. */
export function nativeUnavailable(): string | undefined {
  if (process.platform === 'win32') return 'Windows is not supported yet; use WSL'
  if (findCompiler() === undefined) return 'there is no C compiler in PATH; install gcc or clang, or set TENON_CC'
  return withoutForeignFunctions()
}

/** Makes the native device. The runtime is compiled (once per machine) and loaded at the first use. */
export function createNativeDevice(): NativeDevice {
  const pool = new ArenaPool()
  const prepare = function* (graph: GraphFunction): Steps<{ readonly simple: GraphFunction; readonly assembly: Assembly; readonly texts: string[] }> {
    const simple = sinkIntoLoops(optimize(graph))
    yield
    const { target } = thisMachine()
    const assembly = yield* assemble(simple, target)
    checkMemory(simple, assembly)
    const prelude = preludeText()
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
      const { simple, assembly, texts } = runThrough(prepare(graph))
      return new Program(runtime(), pool, simple, assembly, libraries(compiler(), texts))
    },
    async compileAsync(graph) {
      const { simple, assembly, texts } = await runWithTurns(prepare(graph))
      await eventLoopTurn()
      const paths = await librariesAsync(compiler(), texts)
      await eventLoopTurn()
      return new Program(runtime(), pool, simple, assembly, paths)
    },
    explain(graph) {
      const { simple, assembly } = runThrough(prepare(graph))
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

/** The C text of each kernel. */
function sourcesOf(assembly: Assembly): (string | undefined)[] {
  const texts: (string | undefined)[] = []
  for (const x of assembly.instructions) if (x.op === 'phase') texts[x.kernel] = assembly.sources[x.source]
  return texts
}

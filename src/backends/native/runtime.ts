// The native runtime in this process: the library that walks programs, its threads, and the addresses of JavaScript's buffers.

import { availableParallelism } from 'node:os'
import { DeviceError } from '../../core/errors.ts'
import { findCompiler } from './c-compiler.ts'
import { foreignFunctions } from './foreign-functions.ts'
import { libraries } from './library-cache.ts'
import { runtimeSource, viewWords } from './runtime-source.ts'

/** The tables of one program; see runtime-source.ts for their words. */
export interface ProgramTables {
  readonly code: BigInt64Array<ArrayBuffer>
  readonly instructions: number
  readonly arguments: Int32Array<ArrayBuffer>
  readonly slotBase: Int32Array<ArrayBuffer>
  readonly slotOffset: BigInt64Array<ArrayBuffer>
  readonly moves: BigInt64Array<ArrayBuffer>
  readonly moving: number
  readonly views: BigInt64Array<ArrayBuffer>
  /** The most parts of a loop. */
  readonly parts: number
}

/** What one run is given. */
export interface RunArguments {
  readonly addresses: Float64Array<ArrayBuffer>
  readonly dims: BigInt64Array<ArrayBuffer>
  /** Tasks of each instruction, where they depend on sizes bound at run time. */
  readonly tasks: BigInt64Array<ArrayBuffer> | null
  /** The table of moving slots, where its steps depend on such sizes. */
  readonly moves: BigInt64Array<ArrayBuffer> | null
}

export interface Runtime {
  /** The address of a symbol in a library that is loaded now and stays loaded. */
  symbol(path: string, name: string): number
  /** The address of a buffer; at the first time large ones ask for large pages. */
  addressOf(buffer: ArrayBuffer): number
  program(tables: ProgramTables): number
  free(program: number): void
  run(program: number, args: RunArguments): void
  runAsync(program: number, args: RunArguments): Promise<void>
  /** Sets the number of threads; returns how many there are. 0 only asks. */
  threads(count: number): number
  /** Starts counting, then returns nanoseconds per instruction since the start. */
  startProfile(program: number): void
  readProfile(program: number, instructions: number): number[]
}

/** From this size on a buffer asks for large pages. */
const largeBuffer = 4 << 20

let loaded: Runtime | undefined

/** The runtime, compiled and loaded at the first call. */
export function runtime(): Runtime {
  loaded ??= load()
  return loaded
}

function requestedThreads(): number {
  const text = process.env.TENON_THREADS
  const count = text === undefined || text === '' ? availableParallelism() : Number(text)
  if (!Number.isInteger(count) || count < 1 || count > 256) {
    throw new DeviceError(`native: expected TENON_THREADS to be a whole number from 1 to 256, got '${text ?? ''}'. Change it.`)
  }
  return count
}

function load(): Runtime {
  const compiler = findCompiler()
  if (compiler === undefined) throw new DeviceError('native: expected a C compiler, found none in PATH. Install gcc or clang, or set TENON_CC.')
  const koffi = foreignFunctions()
  // Kernels keep up to 768 KiB on the stack of the thread that calls.
  koffi.config({ sync_stack_size: 4 << 20, async_stack_size: 4 << 20 })
  const [path] = libraries(compiler, [runtimeSource])
  if (path === undefined) throw new DeviceError('native: expected the runtime to be compiled, it is not. Clear the cache folder.')
  const library = koffi.load(path)
  const address = library.func('double tenon_address(const void *p)')
  const advise = library.func('void tenon_advise(double address, double bytes)')
  const open = library.func('double tenon_open(const char *path)')
  const find = library.func('double tenon_find(double library, const char *name)')
  const program = library.func(
    'double tenon_program(const void *code, int64_t instructions, const void *argument, int64_t arguments, const void *base, const void *offset, int64_t slots, const void *moves, int64_t moving, const void *views, int64_t viewing, int64_t parts)',
  )
  const free = library.func('void tenon_free(double handle)')
  const run = library.func('int tenon_run(double handle, const void *addresses, const void *dims, const void *tasks, const void *moves)')
  const threads = library.func('int tenon_threads(int count)')
  const profile = library.func('void tenon_profile(double handle, void *counts)')
  const addresses = new WeakMap<ArrayBuffer, number>()
  const handles = new Map<string, number>()
  const addressOf = (buffer: ArrayBuffer): number => {
    const known = addresses.get(buffer)
    if (known !== undefined) return known
    const made = buffer.byteLength === 0 ? 0 : Number(address(buffer))
    addresses.set(buffer, made)
    if (buffer.byteLength >= largeBuffer) advise(made, buffer.byteLength)
    return made
  }
  const check = (failed: number) => {
    if (failed !== 0) throw new DeviceError('native: expected memory for the tables of a program, there is none. Free memory or use a smaller model.')
  }
  threads(requestedThreads())
  return {
    symbol(file, name) {
      let handle = handles.get(file)
      if (handle === undefined) {
        handle = Number(open(file))
        if (handle === 0) throw new DeviceError(`native: expected to load ${file}, the system refused. Remove it and run again.`)
        handles.set(file, handle)
      }
      const symbol = Number(find(handle, name))
      if (symbol === 0) throw new DeviceError(`native: expected ${name} in ${file}, it is not there. Remove the file and run again.`)
      return symbol
    },
    addressOf,
    program: (t) =>
      Number(
        program(
          ...[t.code, t.instructions, t.arguments, t.arguments.length, t.slotBase, t.slotOffset, t.slotBase.length],
          ...[t.moves, t.moving, t.views, t.views.length / viewWords, t.parts],
        ),
      ),
    free: (handle) => void free(handle),
    run: (handle, args) => check(run(handle, args.addresses, args.dims, args.tasks, args.moves)),
    runAsync: (handle, args) =>
      new Promise((resolve, reject) => {
        run.async(handle, args.addresses, args.dims, args.tasks, args.moves, (error: unknown, failed: number) => {
          if (error instanceof Error) reject(error)
          else if (failed !== 0) reject(new DeviceError('native: expected memory for the tables of a program, there is none. Use a smaller model.'))
          else resolve()
        })
      }),
    threads: (count) => Number(threads(count)),
    startProfile: (handle) => void profile(handle, null),
    readProfile(handle, instructions) {
      const counts = new BigInt64Array(instructions)
      profile(handle, counts)
      return Array.from(counts, Number)
    },
  }
}

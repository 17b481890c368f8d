// The part of the engine's WebAssembly interface that this backend uses, typed here because it is the same in every run-time.

/** A compiled module. */
export interface WasmModule {
  readonly __module: never
}

/** A linear memory. `grow` detaches the buffer (or makes a longer one, where it is shared) and throws where the engine refuses. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer
  /** By pages: a bigint where addresses are i64. */
  grow(pages: number | bigint): number | bigint
}

interface WasmInstance {
  readonly exports: Readonly<Record<string, (...args: (number | bigint)[]) => number>>
}

interface Engine {
  readonly Memory: new (limits: { initial: number | bigint; maximum: number | bigint; shared: boolean; address: 'i32' | 'i64' }) => WasmMemory
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmModule
  readonly Instance: new (module: WasmModule, imports: WasmImports) => WasmInstance
  compile(bytes: Uint8Array<ArrayBuffer>): Promise<WasmModule>
  validate(bytes: Uint8Array<ArrayBuffer>): boolean
}

/** What a module is given: namespaces of functions and memories. */
export type WasmImports = Readonly<Record<string, Readonly<Record<string, WasmMemory | ((...args: number[]) => unknown)>>>>

/** The engine, or `undefined` where there is none. */
export function wasmEngine(): Engine | undefined {
  // Not a literal: programs that know the DOM's types would get the type from there.
  const name: string = 'WebAssembly'
  return Reflect.get(globalThis, name)
}

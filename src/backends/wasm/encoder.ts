// The binary format of a module: types, imports, functions, globals, exports and code, in the order in which the format wants them.

import { type AddressType, unsigned, type WasmType } from './instructions.ts'

/** Bytes of instructions. */
export type Code = number[]

const typeCode: Readonly<Record<WasmType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b }

/** Signed LEB128. */
export function signed(value: number | bigint): number[] {
  const bytes: number[] = []
  let rest = BigInt(value)
  for (;;) {
    const low = Number(rest & 127n)
    rest >>= 7n
    const done = (rest === 0n && low < 64) || (rest === -1n && low >= 64)
    bytes.push(done ? low : low + 128)
    if (done) return bytes
  }
}

/** Operand and result types of a function. */
export interface Signature {
  readonly parameters: readonly WasmType[]
  readonly results: readonly WasmType[]
}

/** A function as the encoder takes it. */
export interface EncodedFunction extends Signature {
  readonly locals: readonly WasmType[]
  readonly body: Code
}

/** A function given from outside. */
export interface ImportedFunction extends Signature {
  readonly module: string
  readonly name: string
}

/** A global: a mutable i32, 0 at first, or a constant vector with the code that makes it. */
export type ModuleGlobal = 'size' | { readonly vector: readonly number[] }

/** A module before it is bytes. Its one memory is imported as `env.memory`. */
export interface ModuleParts {
  /** Whether the memory is shared between threads, and what its addresses are. */
  readonly isShared: boolean
  readonly address: AddressType
  readonly imports: readonly ImportedFunction[]
  readonly functions: readonly EncodedFunction[]
  /** Types of functions that are called through the table, by their index. */
  readonly indirectTypes: readonly Signature[]
  /** The functions in the table, by their index among imports and functions together. */
  readonly table: readonly number[]
  readonly globals: readonly ModuleGlobal[]
  /** Name → index among imports and functions together. */
  readonly exports: ReadonlyMap<string, number>
}

const text = (name: string): number[] => {
  const bytes = [...new TextEncoder().encode(name)]
  return [...unsigned(bytes.length), ...bytes]
}

/** The module as bytes. */
export function encodeModule({
  isShared,
  address,
  imports,
  functions,
  indirectTypes,
  table,
  globals,
  exports,
}: ModuleParts): Uint8Array<ArrayBuffer> {
  const types: number[][] = []
  const indices = new Map<string, number>()
  const typeOf = ({ parameters, results }: Signature): number => {
    const bytes = [0x60, ...vector(parameters.map((t) => [typeCode[t]])), ...vector(results.map((t) => [typeCode[t]]))]
    const key = bytes.join()
    const old = indices.get(key)
    if (old !== undefined) return old
    indices.set(key, types.length)
    return types.push(bytes) - 1
  }
  for (const type of indirectTypes) typeOf(type)
  const importEntries = imports.map((f) => [...text(f.module), ...text(f.name), 0x00, ...unsigned(typeOf(f))])
  // At least one page, at most 4 GiB, or 16.
  const [wide, most] = address === 'i64' ? [0x04, 2 ** 18] : [0, 2 ** 16]
  const limits = wide + (isShared ? 0x03 : 0x01)
  importEntries.push([...text('env'), ...text('memory'), 0x02, limits, ...unsigned(1), ...unsigned(most)])
  const declared = functions.map((f) => unsigned(typeOf(f)))
  const globalEntries = globals.map((g) => (g === 'size' ? [typeCode.i32, 0x01, 0x41, 0x00, 0x0b] : [typeCode.v128, 0x00, ...g.vector, 0x0b]))
  const exported = [...exports].map(([name, index]) => [...text(name), 0x00, ...unsigned(index)])
  const tables = [[0x70, 0x00, ...unsigned(table.length)]]
  const elements = table.length === 0 ? [] : [[0x00, 0x41, 0x00, 0x0b, ...vector(table.map((i) => unsigned(i)))]]
  const bytes: number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
  const sections: readonly [number, readonly (readonly number[])[]][] = [
    [1, types],
    [2, importEntries],
    [3, declared],
    [4, tables],
    [6, globalEntries],
    [7, exported],
    [9, elements],
    [10, functions.map(codeEntry)],
  ]
  for (const [id, entries] of sections) {
    if (entries.length === 0) continue
    const content = vector(entries)
    bytes.push(id, ...unsigned(content.length))
    append(bytes, content)
  }
  return Uint8Array.from(bytes)
}

function vector(entries: readonly (readonly number[])[]): number[] {
  const bytes = unsigned(entries.length)
  for (const entry of entries) append(bytes, entry)
  return bytes
}

/** Spreading long arrays into push would overflow the stack. */
export function append(target: number[], source: readonly number[]): void {
  for (const byte of source) target.push(byte)
}

function codeEntry({ locals, body }: EncodedFunction): number[] {
  const runs: { count: number; type: WasmType }[] = []
  for (const type of locals) {
    const last = runs.at(-1)
    if (last?.type === type) last.count++
    else runs.push({ count: 1, type })
  }
  const head = vector(runs.map(({ count, type }) => [...unsigned(count), typeCode[type]]))
  const bytes = unsigned(head.length + body.length + 1)
  append(bytes, head)
  append(bytes, body)
  bytes.push(0x0b)
  return bytes
}

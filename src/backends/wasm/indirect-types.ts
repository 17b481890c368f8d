// The types of functions that are called through a module's table, by their index in `indirectTypes`.

import type { Signature } from './encoder.ts'
import type { AddressType, WasmType } from './instructions.ts'

/** A type by its place in the list; its parameters depend on what addresses are. */
interface IndirectType {
  readonly at: number
  parameters(address: AddressType): readonly WasmType[]
}

/** A phase of a kernel: address of its arguments, first item, the one after the last, memory of the thread. */
export const phaseType: IndirectType = { at: 0, parameters: (address) => [address, 'i32', 'i32', address] }

/** A segment of a program: address of the program's table, first item, the one after the last (−1: all of them, by all threads). */
export const segmentType: IndirectType = { at: 1, parameters: (address) => [address, 'i32', 'i32'] }

export const indirectTypes = (address: AddressType): Signature[] =>
  [phaseType, segmentType].map((type) => ({ parameters: type.parameters(address), results: [] }))

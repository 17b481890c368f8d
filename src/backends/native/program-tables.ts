// An assembly as the tables that the runtime reads.

import type { Assembly, Instruction } from './assemble.ts'
import type { Count } from './counts.ts'
import { instructionWords, opcodes } from './runtime-source.ts'
import type { ProgramTables } from './runtime.ts'

/** The count of an instruction that may depend on sizes bound at run time. */
export function countAt(instruction: Instruction, dims: ReadonlyMap<string, number>): number {
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
export function movesTable(assembly: Assembly, dims: ReadonlyMap<string, number> = new Map()): BigInt64Array<ArrayBuffer> {
  const words = assembly.moves.flatMap(({ slot, base, bytes, ahead, outside, alternates }) => [
    ...[slot, base, typeof bytes === 'number' ? bytes : dims.size === 0 ? 0 : bytes(dims)],
    ...[ahead, outside, alternates ? 1 : 0],
  ])
  return BigInt64Array.from(words, BigInt)
}

/** The assembly as the runtime reads it. */
export function tablesOf(assembly: Assembly, symbol: (source: number, name: string) => number): ProgramTables {
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
          return [
            ...[opcodes.scan, known(x.steps), x.end, x.firstMove, x.moves, x.firstArgument, x.endArgument, x.reverse ? 1 : 0],
            ...[x.parts, x.firstView, x.endView],
          ]
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
    // The rows of a loop that is cut into parts are known, and so is the size of a part.
    views: BigInt64Array.from(
      assembly.views.flatMap(({ slot, of, bytes }) => [slot, of, known(bytes)]),
      BigInt,
    ),
    parts: Math.max(1, ...instructions.map((x) => (x.op === 'scan' ? x.parts : 1))),
  }
}

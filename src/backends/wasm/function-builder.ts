// Building blocks of WebAssembly code: values are expressions that have not been evaluated yet, a function builder puts statements in order.

import { append, type Code, type EncodedFunction, signed, type Signature } from './encoder.ts'
import { instruction, laneOpcode, memoryInstruction, shuffleOpcode, unsigned, vectorConstant, type WasmType } from './instructions.ts'
import { present } from './present.ts'

/** An expression: code that leaves one value of `type`. Where it stands twice it is evaluated twice; `let` evaluates it once. */
export interface Value {
  readonly type: WasmType
  readonly code: readonly number[]
  /** The number behind an i32 constant, before it is wrapped to 32 bits. */
  readonly constant?: number
  /** What a sum, difference or product is made of, so that one of i32 can be computed in 64 bits instead: see {@link extended}. */
  readonly made?: { readonly by: Arithmetic; readonly of: readonly Value[] }
}

type Arithmetic = 'add' | 'sub' | 'mul'

/** A local variable; as a value it is what it holds where it stands. */
export interface Local extends Value {
  readonly index: number
}

const concat = (parts: readonly (readonly number[])[]): number[] => {
  const code: number[] = []
  for (const part of parts) append(code, part)
  return code
}

export function i32(value: number): Value {
  return { type: 'i32', code: [0x41, ...signed(value | 0)], constant: value }
}

export function i64(value: number | bigint): Value {
  return { type: 'i64', code: [0x42, ...signed(BigInt.asIntN(64, BigInt(value)))] }
}

export function f32(value: number): Value {
  return { type: 'f32', code: [0x43, ...new Uint8Array(Float32Array.of(value).buffer)] }
}

export function f64(value: number): Value {
  return { type: 'f64', code: [0x44, ...new Uint8Array(Float64Array.of(value).buffer)] }
}

/** Four equal floats. */
export function f32x4(value: number): Value {
  return { type: 'v128', code: [...vectorConstant, ...new Uint8Array(new Float32Array(4).fill(value).buffer)] }
}

/** Four integers. */
export function i32x4(...lanes: readonly [number, number, number, number]): Value {
  return { type: 'v128', code: [...vectorConstant, ...new Uint8Array(Int32Array.from(lanes).buffer)] }
}

/** An instruction applied to values; sums and products of i32 constants are folded. */
export function op(name: string, ...operands: readonly Value[]): Value {
  const folded = fold(name, operands)
  if (folded !== undefined) return folded
  const found = instruction(name)
  if (found.operands.length !== operands.length || found.operands.some((t, i) => t !== operands[i]?.type)) {
    throw new RangeError(`wasm: expected ${name}(${found.operands.join(', ')}), got (${operands.map((x) => x.type).join(', ')}).`)
  }
  return { type: found.result, code: concat([...operands.map((x) => x.code), found.opcode]) }
}

function fold(name: string, operands: readonly Value[]): Value | undefined {
  const [a, b] = operands
  if (a === undefined || b === undefined || operands.length !== 2) return undefined
  const [x, y] = [a.constant, b.constant]
  switch (name) {
    case 'i32.add':
      if (x !== undefined && y !== undefined) return i32(x + y)
      return x === 0 ? b : y === 0 ? a : undefined
    case 'i32.sub':
      if (x !== undefined && y !== undefined) return i32(x - y)
      return y === 0 ? a : undefined
    case 'i32.mul':
      if (x !== undefined && y !== undefined) return i32(Number.isSafeInteger(x * y) ? x * y : Math.imul(x, y))
      return x === 1 ? b : y === 1 ? a : x === 0 || y === 0 ? i32(0) : undefined
    default:
      return undefined
  }
}

/** Sums, differences and products of indices and addresses: of i64 where one operand is, so that an i32 may be added to an address of any width. */
export const add = (a: Value, b: Value | number): Value => arithmetic('add', a, b)
export const sub = (a: Value, b: Value | number): Value => arithmetic('sub', a, b)
export const mul = (a: Value, b: Value | number): Value => arithmetic('mul', a, b)

function arithmetic(by: Arithmetic, a: Value, second: Value | number): Value {
  const b = typeof second === 'number' ? i32(second) : second
  if (a.type !== 'i64' && b.type !== 'i64') {
    const value = op(`i32.${by}`, a, b)
    return value === a || value === b || value.constant !== undefined ? value : { ...value, made: { by, of: [a, b] } }
  }
  return b.constant === 0 && by !== 'mul' ? a : op(`i64.${by}`, extended(a), extended(b))
}

/** A signed i32 as i64; sums and products are made in 64 bits, so that they may be larger than their i32 could. i64 stay what they are. */
export function extended(x: Value): Value {
  if (x.type === 'i64') return x
  if (x.constant !== undefined) return i64(x.constant)
  return x.made === undefined ? op('i64.extend_i32_s', x) : op(`i64.${x.made.by}`, ...x.made.of.map(extended))
}

/** The smaller of two signed integers, each evaluated twice. */
export const smaller = (a: Value, b: Value): Value => select(op('i32.lt_s', a, b), a, b)

function checkType({ type }: Value, wanted: WasmType): void {
  if (type !== wanted) throw new RangeError(`wasm: expected a value of ${wanted}, got ${type}.`)
}

/** `condition ? a : b`, both evaluated. */
export function select(condition: Value, a: Value, b: Value): Value {
  checkType(b, a.type)
  // Vectors need the typed form.
  const opcode = a.type === 'v128' ? [0x1c, 0x01, 0x7b] : [0x1b]
  return { type: a.type, code: concat([a.code, b.code, condition.code, opcode]) }
}

/** A load, or for stores see {@link FunctionBuilder.store}. `offset` ≥ 0 in bytes. */
export function load(name: string, address: Value, offset = 0): Value {
  const { opcode, type, alignment = 0 } = memoryInstruction(name)
  return { type, code: concat([address.code, opcode, [alignment], unsigned(offset)]) }
}

/** An atomic access that gives a value: what stood there, or for `wait32` and `notify` what came of it. */
export function atomic(name: string, address: Value, operands: readonly Value[], offset = 0): Value {
  const { opcode, type, alignment = 0 } = memoryInstruction(name)
  return { type, code: concat([address.code, ...operands.map((x) => x.code), opcode, [alignment], unsigned(offset)]) }
}

export function extractLane(shape: 'i32x4' | 'f32x4', vector: Value, lane: number): Value {
  return { type: shape === 'i32x4' ? 'i32' : 'f32', code: concat([vector.code, laneOpcode(shape, 'extract', lane)]) }
}

export function replaceLane(shape: 'i32x4' | 'f32x4', vector: Value, lane: number, value: Value): Value {
  return { type: 'v128', code: concat([vector.code, value.code, laneOpcode(shape, 'replace', lane)]) }
}

/** Bytes of two vectors, rearranged. */
export function shuffle(a: Value, b: Value, bytes: readonly number[]): Value {
  return { type: 'v128', code: concat([a.code, b.code, shuffleOpcode(bytes)]) }
}

/** A count of bytes in the type of an address. */
const likeAddress = (address: Value, bytes: Value): Value => (address.type === 'i64' ? extended(bytes) : bytes)

/** Lanes of 32 bits of two vectors, rearranged: 0 to 3 are those of `a`. */
export function shuffleLanes(a: Value, b: Value, order: readonly number[]): Value {
  const bytes = order.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3])
  return shuffle(a, b, bytes)
}

/** A function under construction. Statements go where `into` says, the body at first. */
export class FunctionBuilder implements EncodedFunction {
  readonly parameters: readonly WasmType[]
  readonly results: readonly WasmType[]
  readonly locals: WasmType[] = []
  readonly body: Code = []
  /** Its index in the module. */
  readonly index: number
  private current: Code = this.body

  constructor(index: number, { parameters, results }: Signature) {
    this.index = index
    this.parameters = parameters
    this.results = results
  }

  /** The `i`-th parameter. */
  parameter(i: number): Local {
    const type = present(this.parameters[i], `a parameter ${i}`)
    return { type, code: [0x20, ...unsigned(i)], index: i }
  }

  newLocal(type: WasmType): Local {
    const index = this.parameters.length + this.locals.push(type) - 1
    return { type, code: [0x20, ...unsigned(index)], index }
  }

  /** Runs `body` with its statements going to `code`. */
  into<T>(code: Code, body: () => T): T {
    const old = this.current
    this.current = code
    try {
      return body()
    } finally {
      this.current = old
    }
  }

  /** The code that `body` states. */
  block(body: () => void): Code {
    const code: Code = []
    this.into(code, body)
    return code
  }

  emit(...parts: readonly (readonly number[])[]): void {
    for (const part of parts) append(this.current, part)
  }

  set(local: Local, value: Value): void {
    checkType(value, local.type)
    this.emit(value.code, [0x21, ...unsigned(local.index)])
  }

  /** Evaluates a value here, once; constants and locals stay what they are. */
  let(value: Value): Value {
    if (value.constant !== undefined) return value
    const local = this.newLocal(value.type)
    this.set(local, value)
    return local
  }

  /** A local variable with a first value. */
  variable(value: Value): Local {
    const local = this.newLocal(value.type)
    this.set(local, value)
    return local
  }

  /** Stores a value; `lane` for stores of one lane. */
  store(name: string, address: Value, value: Value, offset = 0, lane?: number): void {
    const { opcode, type, alignment = 0 } = memoryInstruction(name)
    checkType(value, type)
    this.emit(address.code, value.code, opcode, [alignment], unsigned(offset), lane === undefined ? [] : [lane])
  }

  setGlobal(index: number, value: Value): void {
    this.emit(value.code, [0x24, ...unsigned(index)])
  }

  if(condition: Value, whenTrue: () => void, whenFalse?: () => void): void {
    const [a, b] = [this.block(whenTrue), whenFalse === undefined ? [] : this.block(whenFalse)]
    this.emitIf(condition, a, b)
  }

  emitIf(condition: Value, whenTrue: Code, whenFalse: Code): void {
    this.emit(condition.code, [0x04, 0x40], whenTrue)
    if (whenFalse.length > 0) this.emit([0x05], whenFalse)
    this.emit([0x0b])
  }

  /** Counts `local` up by `step` while it is below `end`, from what it holds; `code` is the body. `end` must not change. */
  emitLoop(local: Local, end: Value, step: number | Value, code: Code): void {
    const below = op('i32.lt_s', local, end)
    this.emit(below.code, [0x04, 0x40, 0x03, 0x40], code)
    this.set(local, add(local, step))
    this.emit(below.code, [0x0d, 0x00, 0x0b, 0x0b])
  }

  /** `for (i = from; i < to; i += step)`. */
  loop(from: Value | number, to: Value | number, step: number, body: (i: Local) => void): void {
    const end = this.let(typeof to === 'number' ? i32(to) : to)
    const local = this.variable(typeof from === 'number' ? i32(from) : from)
    const code = this.block(() => body(local))
    this.emitLoop(local, end, step, code)
  }

  /** Repeats `body` while `condition` holds before it. */
  while(condition: () => Value, body: () => void): void {
    const code = this.block(() => {
      const value = condition()
      this.emit(op('i32.eqz', value).code, [0x0d, 0x01])
      body()
      this.emit([0x0c, 0x00])
    })
    this.emit([0x02, 0x40, 0x03, 0x40], code, [0x0b, 0x0b])
  }

  /** Runs `body` once, and again as long as the condition that it returns holds after it. */
  repeat(body: () => Value): void {
    const code = this.block(() => {
      const again = body()
      this.emit(again.code, [0x0d, 0x00])
    })
    this.emit([0x02, 0x40, 0x03, 0x40], code, [0x0b, 0x0b])
  }

  /** Leaves the innermost `while` or `repeat`: from straight in its body (`depth` 0) or from inside that many `if`s. */
  leave(depth = 0): void {
    this.emit([0x0c, ...unsigned(1 + depth)])
  }

  call(callee: { readonly index: number }, operands: readonly Value[]): void {
    for (const x of operands) this.emit(x.code)
    this.emit([0x10, ...unsigned(callee.index)])
  }

  /** Evaluates a value for what it does. */
  drop(value: Value): void {
    this.emit(value.code, [0x1a])
  }

  /** Leaves the function. */
  leaveFunction(): void {
    this.emit([0x0f])
  }

  /** Calls the function at a place in the table, of the `type`-th type of indirect-types.ts. */
  callIndirect(type: number, place: Value, operands: readonly Value[]): void {
    for (const x of operands) this.emit(x.code)
    this.emit(place.code, [0x11, ...unsigned(type), 0x00])
  }

  /** Gives the value back, at the end of the body. */
  return(value: Value): void {
    this.emit(value.code)
  }

  copyMemory(target: Value, source: Value, bytes: Value): void {
    this.emit(target.code, source.code, likeAddress(target, bytes).code, [0xfc, 0x0a, 0x00, 0x00])
  }

  clearMemory(target: Value, bytes: Value): void {
    this.emit(target.code, i32(0).code, likeAddress(target, bytes).code, [0xfc, 0x0b, 0x00])
  }
}

/** The value of a call of a function with one result. */
export function callValue(callee: { readonly index: number } & Signature, operands: readonly Value[]): Value {
  const type = present(callee.results[0], 'a function with a result')
  return { type, code: concat([...operands.map((x) => x.code), [0x10, ...unsigned(callee.index)]]) }
}

/** A global of the module. */
export function globalValue(index: number, type: WasmType = 'i32'): Value {
  return { type, code: [0x23, ...unsigned(index)] }
}

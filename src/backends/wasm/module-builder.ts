// A module under construction: functions, the globals that hold run-time sizes, and the library functions that kernels turn out to need.

import type { DimVariable } from '../../core/dimension.ts'
import { encodeModule, type ImportedFunction, type ModuleGlobal } from './encoder.ts'
import { doubleFunctions, elementaryBodies, scalarBodies, threefry } from './elementary-functions.ts'
import { callValue, extended, FunctionBuilder, globalValue, i64, load, op, select, type Value } from './function-builder.ts'
import { indirectTypes } from './indirect-types.ts'
import { Lanes, scalar, wide } from './lanes.ts'
import type { AddressType, WasmType } from './instructions.ts'
import { present } from './present.ts'

const doubleImports: readonly ImportedFunction[] = doubleFunctions.map((name) => ({
  module: 'math',
  name,
  parameters: name === 'pow' || name === 'fmod' ? ['f64', 'f64'] : ['f64'],
  results: ['f64'],
}))

/** What a module may use of the engine. */
export interface ModuleFeatures {
  /** Relaxed SIMD: multiply-adds may then be fused. */
  readonly relaxed: boolean
  /** Shared memory and atomic instructions. */
  readonly threads: boolean
  /** Addresses: i64 where memory may be larger than 4 GiB. */
  readonly address: AddressType
}

/** Called by threads that wait for others: see task-dispatch.ts. */
const stalledImport: ImportedFunction = { module: 'env', name: 'stalled', parameters: ['i32'], results: [] }

export class ModuleBuilder {
  readonly relaxed: boolean
  readonly threads: boolean
  readonly address: AddressType
  private readonly functions: FunctionBuilder[] = []
  private readonly library = new Map<string, FunctionBuilder>()
  private readonly exports = new Map<string, number>()
  private readonly imports: readonly ImportedFunction[]
  private readonly table: number[] = []
  /** Variables of run-time sizes. */
  readonly variables: DimVariable[] = []
  private readonly globals: ModuleGlobal[] = []
  /** Positions among the globals of the variables, and of constant vectors by their code. */
  private readonly sizeGlobals = new Map<string, number>()
  private readonly vectorGlobals = new Map<string, number>()

  constructor({ relaxed, threads, address }: ModuleFeatures) {
    this.address = address
    this.relaxed = relaxed
    this.threads = threads
    this.imports = threads ? [...doubleImports, stalledImport] : doubleImports
  }

  /** The import that threads call when they have waited for long. */
  get stalled(): { readonly index: number } {
    return { index: this.imports.indexOf(stalledImport) }
  }

  /** A distance in memory as what is added to addresses, for loops that count in it. */
  distance(bytes: Value): Value {
    return this.address === 'i64' ? extended(bytes) : bytes
  }

  /** An address that stands in memory. */
  loadAddress(from: Value, offset: number): Value {
    return load(`${this.address}.load`, from, offset)
  }

  /** Where a function stands in the table. */
  tableIndex(fn: FunctionBuilder): number {
    const at = this.table.indexOf(fn.index)
    return at >= 0 ? at : this.table.push(fn.index) - 1
  }

  function(parameters: readonly WasmType[], results: readonly WasmType[] = []): FunctionBuilder {
    const fn = new FunctionBuilder(this.imports.length + this.functions.length, { parameters, results })
    this.functions.push(fn)
    return fn
  }

  export(name: string, fn: FunctionBuilder): void {
    this.exports.set(name, fn.index)
  }

  /** The value of a size's variable. */
  dimension(variable: DimVariable): Value {
    if (!this.sizeGlobals.has(variable.name)) {
      this.variables.push(variable)
      this.sizeGlobals.set(variable.name, this.globals.push('size') - 1)
    }
    return globalValue(this.globalOf(variable))
  }

  /** The global of a size's variable. */
  globalOf(variable: DimVariable): number {
    return present(this.sizeGlobals.get(variable.name), `a global of ${variable.name}`)
  }

  /** A constant vector that is read from a global: engines make one that stands in the code out of several instructions, each time. */
  sharedVector(constant: Value): Value {
    const key = constant.code.join()
    const at = this.vectorGlobals.get(key) ?? this.globals.push({ vector: constant.code }) - 1
    this.vectorGlobals.set(key, at)
    return globalValue(at, 'v128')
  }

  /** A function of double precision. */
  double(name: string, ...operands: readonly Value[]): Value {
    const index = doubleImports.findIndex((f) => f.name === name)
    return callValue({ ...present(doubleImports[index], `a function ${name}`), index }, operands)
  }

  /** An elementary function of floats, or `undefined` where there is none for four at once. */
  elementary(name: string, lanes: Lanes, ...operands: readonly Value[]): Value | undefined {
    const body = elementaryBodies[name] ?? (lanes.wide ? undefined : scalarBodies[name])
    if (body === undefined) return undefined
    const types = operands.map(() => lanes.floatType)
    const fn = this.shared(`${name}${lanes.wide ? 'x4' : ''}`, types, [lanes.floatType], (fn, ...parameters) => {
      const call = (other: string, ...inner: readonly Value[]): Value => this.elementary(other, lanes, ...inner) ?? lanes.float(NaN)
      return body({ fn, call }, lanes.wide ? new SharingLanes(this) : lanes, parameters)
    })
    return callValue(fn, operands)
  }

  /** Random bits of a key and a 32-bit counter. */
  randomBits(lanes: Lanes, key0: Value, key1: Value, counter: Value): Value {
    const type = lanes.intType
    const fn = this.shared(`threefry${lanes.wide ? 'x4' : ''}`, [type, type, type], [type], (fn, a, b, c) => {
      const call = (): Value => lanes.int(0)
      return threefry({ fn, call }, lanes, a, b, c, lanes.int(0))
    })
    return callValue(fn, [key0, key1, counter])
  }

  /** Integer functions on i64: `floordiv`, `mod` (0 for a zero divisor) and `ipow` (wrapping). */
  integer(name: 'floordiv' | 'mod' | 'ipow', a: Value, b: Value): Value {
    const fn = this.shared(name, ['i64', 'i64'], ['i64'], (fn, x, y) => (name === 'ipow' ? integerPower(fn, x, y) : floorDivision(fn, name, x, y)))
    return callValue(fn, [a, b])
  }

  /** NumPy's remainder of floats: the sign of b, exact. */
  remainder(a: Value, b: Value): Value {
    const fn = this.shared('remainder', ['f64', 'f64'], ['f64'], (fn, x, y) => {
      const r = fn.let(this.double('fmod', x, y))
      const zero = { type: 'f64', code: [0x44, 0, 0, 0, 0, 0, 0, 0, 0] } as const
      const differs = op('i32.ne', op('f64.lt', r, zero), op('f64.lt', y, zero))
      return select(op('f64.eq', r, zero), op('f64.copysign', zero, y), select(differs, op('f64.add', r, y), r))
    })
    return callValue(fn, [a, b])
  }

  /** A function that is made at its first use; `body` gets its parameters. */
  shared(
    name: string,
    parameters: readonly WasmType[],
    results: readonly WasmType[],
    body: (fn: FunctionBuilder, ...parameters: Value[]) => Value | undefined,
  ): FunctionBuilder {
    const old = this.library.get(name)
    if (old !== undefined) return old
    const fn = this.function(parameters, results)
    this.library.set(name, fn)
    const value = body(fn, ...parameters.map((_, i) => fn.parameter(i)))
    if (value !== undefined) fn.return(value)
    return fn
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return encodeModule({
      isShared: this.threads,
      address: this.address,
      imports: this.imports,
      functions: this.functions,
      indirectTypes: indirectTypes(this.address),
      table: this.table,
      globals: this.globals,
      exports: this.exports,
    })
  }
}

/** Four floats whose constants the module shares, and whose products are added in one step where the engine can. */
class SharingLanes extends Lanes {
  private readonly module: ModuleBuilder

  constructor(module: ModuleBuilder) {
    super(true)
    this.module = module
  }

  override float(value: number): Value {
    return this.module.sharedVector(super.float(value))
  }

  override multiplyAdd(a: Value, b: Value, c: Value): Value {
    return this.module.relaxed ? op('f32x4.relaxed_madd', a, b, c) : super.multiplyAdd(a, b, c)
  }

  override int(value: number): Value {
    return this.module.sharedVector(super.int(value))
  }
}

/** Both widths, by whether they are wide. */
export const lanesOf = (isWide: boolean): Lanes => (isWide ? wide : scalar)

function floorDivision(fn: FunctionBuilder, name: 'floordiv' | 'mod', a: Value, b: Value): Value {
  const result = fn.variable(i64(0))
  const isMinusOne = op('i64.eq', b, i64(-1))
  fn.if(op('i64.ne', b, i64(0)), () => {
    fn.if(
      isMinusOne,
      () => {
        if (name === 'floordiv') fn.set(result, op('i64.sub', i64(0), a))
      },
      () => {
        const r = fn.let(op('i64.rem_s', a, b))
        const differs = op('i32.ne', op('i64.lt_s', r, i64(0)), op('i64.lt_s', b, i64(0)))
        const adjusts = fn.let(op('i32.and', op('i64.ne', r, i64(0)), differs))
        if (name === 'mod') fn.set(result, select(adjusts, op('i64.add', r, b), r))
        else fn.set(result, op('i64.sub', op('i64.div_s', a, b), op('i64.extend_i32_u', adjusts)))
      },
    )
  })
  return result
}

function integerPower(fn: FunctionBuilder, a: Value, b: Value): Value {
  const isOdd = op('i32.wrap_i64', op('i64.and', b, i64(1)))
  const ofMinusOne = select(isOdd, i64(-1), i64(1))
  const inverse = select(op('i64.eq', a, i64(1)), i64(1), select(op('i64.eq', a, i64(-1)), ofMinusOne, i64(0)))
  const power = fn.variable(i64(1))
  fn.if(
    op('i64.lt_s', b, i64(0)),
    () => fn.set(power, inverse),
    () => {
      const [square, rest] = [fn.variable(a), fn.variable(b)]
      fn.while(
        () => op('i64.gt_s', rest, i64(0)),
        () => {
          fn.if(op('i32.wrap_i64', op('i64.and', rest, i64(1))), () => fn.set(power, op('i64.mul', power, square)))
          fn.set(square, op('i64.mul', square, square))
          fn.set(rest, op('i64.shr_s', rest, i64(1)))
        },
      )
    },
  )
  return power
}

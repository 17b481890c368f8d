// Rows of the tables of wrong inputs: a class of layers, options that are right, and inputs that it has to refuse. Inputs are symbolic, so that
// nothing is computed.

import { type AnyLayer, type DType, flattenTree, Input, layers, type Tensor, TenonError, type Tree } from '../../../src/index.ts'

/** One call that has to be refused. */
interface WrongCall {
  readonly what: string
  readonly inputs: Tree
  /** Besides the row's. */
  readonly options?: Readonly<Record<string, unknown>>
  /** What the layer was built for by a call before. */
  readonly after?: Tree
  /** Options of that call. */
  readonly afterCall?: Readonly<Record<string, unknown>>
  /** Options of the call. */
  readonly call?: Readonly<Record<string, unknown>>
}

/** A class of layers and what it has to refuse. */
export interface CallRow {
  /** The class as it is exported. */
  readonly made: unknown
  readonly className: string
  readonly complaints: () => readonly string[]
}

/** A symbolic tensor `[batch, …shape]`. */
export const x = (...shape: (number | null)[]): Tensor => Input({ shape })

/** {@link x} of integers, text, or whatever is named. */
export const typed = (dtype: DType, ...shape: (number | null)[]): Tensor => Input({ shape, dtype })

/** A call that has to be refused. */
export const wrong = (what: string, inputs: Tree, more: Omit<WrongCall, 'what' | 'inputs'> = {}): WrongCall => ({ what, inputs, ...more })

/** {@link wrong} after a call that was right. */
export const after = (right: Tree, what: string, inputs: Tree, more: Omit<WrongCall, 'what' | 'inputs' | 'after'> = {}): WrongCall =>
  wrong(what, inputs, { ...more, after: right })

type LayerClass = abstract new (options: never) => AnyLayer

/** A class, options that are right, and calls that it has to refuse. */
export function refuses(made: LayerClass, options: Readonly<Record<string, unknown>>, ...calls: readonly WrongCall[]): CallRow {
  return {
    made,
    className: nameOf(made),
    complaints: () => calls.map((call) => complaint(made, options, call)).filter((text) => text !== undefined),
  }
}

/** A class that takes whatever tensor it is given, and why there is nothing to refuse. */
export function takesAnything(made: LayerClass, why: string): CallRow {
  return { made, className: nameOf(made), complaints: () => (why === '' ? [`${nameOf(made)}: say why`] : []) }
}

const nameOf = (made: LayerClass): string => Object.entries(layers).find(([, exported]) => exported === made)?.[0] ?? made.name

/** What is wrong with how a call is refused; undefined where nothing is. */
function complaint(made: LayerClass, options: Readonly<Record<string, unknown>>, wrongCall: WrongCall): string | undefined {
  const what = `${nameOf(made)}: ${wrongCall.what}`
  const layer: unknown = Reflect.construct(made, [{ name: 'given', ...options, ...wrongCall.options }])
  if (typeof layer !== 'function') return `${what}: cannot be called`
  try {
    if (wrongCall.after !== undefined) Reflect.apply(layer, undefined, [wrongCall.after, wrongCall.afterCall])
  } catch (error) {
    return `${what}: the call before is right, but: ${String(error)}`
  }
  try {
    const result: unknown = Reflect.apply(layer, undefined, [wrongCall.inputs, wrongCall.call])
    return `${what}: is taken and gives ${String(result)}`
  } catch (error) {
    return error instanceof TenonError ? faultsIn(error, wrongCall, what) : `${what}: throws ${String(error)}`
  }
}

function faultsIn({ name, message }: TenonError, { inputs, call }: WrongCall, what: string): string | undefined {
  const given = [inputs, ...Object.values(call ?? {}).filter(isTree)]
  const counts = given.map((tree) => flattenTree(tree).leaves.length)
  const seen =
    counts.some((count) => message.includes(count === 0 ? 'got []' : `got ${count}.`)) ||
    flattenTree(given).leaves.some(
      ({ dims, dtype }) => message.includes(`[${dims.join(', ')}]`) || (name === 'DTypeError' && message.includes(dtype)),
    )
  const faults = [
    ['ShapeError', 'ConfigError', 'DTypeError'].includes(name) ? '' : `is a ${name}`,
    message.startsWith('given') ? '' : 'does not begin with the name of the layer',
    seen ? '' : 'does not show what it got',
    message.includes('expected') ? '' : 'does not say what is expected',
    /\. [A-Z][^.]* .*[.)?]$/s.test(message) ? '' : 'does not say what to do',
  ].filter((fault) => fault !== '')
  return faults.length === 0 ? undefined : `${what}: ${faults.join(', ')}: ${message}`
}

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null

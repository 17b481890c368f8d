// Elementwise operations: one result element from the elements at the same place. Operands broadcast and promote as in NumPy.

import { type DType, isFloat } from '../dtype.ts'
import { makeNode, type Node } from '../graph.ts'
import type { BinaryFunction, CompareFunction, UnaryFunction } from '../primitives.ts'
import type { Broadcast, Fits, Shape, Show } from '../shape-types.ts'
import { Tensor } from '../tensor.ts'
import { broadcastDims, broadcastNode, castNode, meet, type Operand } from './broadcast.ts'

/** The shape of an operand; numbers are scalars. */
export type ShapeOf<X> = X extends Tensor<infer S> ? S : readonly []
/** An operand that broadcasts with a shape, or a type that says why it does not. */
export type BroadcastsWith<Name extends string, A extends Shape, B> = B &
  Fits<Broadcast<A, ShapeOf<B>>, `${Name}: shapes [${Show<A>}] and [${Show<ShapeOf<B>>}] do not broadcast`>
/** A function of two operands that broadcast. */
export type BinaryOperation<Name extends string> = <const A extends Operand, const B extends Operand>(
  a: A,
  b: BroadcastsWith<Name, ShapeOf<A>, B>,
) => Tensor<Broadcast<ShapeOf<A>, ShapeOf<B>>>

const asFloat = (x: Node): Node => (isFloat(x.dtype) ? x : castNode(x, 'f32'))

/** One of the unary primitives; functions that need floats cast integers to f32. */
export function unary<S extends Shape>(fn: UnaryFunction, x: Tensor<S>): Tensor<S> {
  const needsFloat = ['exp', 'expm1', 'log', 'log1p', 'sqrt', 'sin', 'cos', 'tanh', 'erf'].includes(fn)
  const integerIsItself = ['floor', 'ceil', 'round'].includes(fn) && !isFloat(x.dtype)
  if (integerIsItself) return x
  const source = needsFloat ? asFloat(x.node) : x.dtype === 'bool' && fn !== 'not' ? castNode(x.node, 'i32') : x.node
  return new Tensor<S>(makeNode({ name: 'unary', fn }, [source]))
}

/** One of the binary primitives on operands that broadcast. */
export function binary<R extends Shape = Shape>(fn: BinaryFunction, a: Operand, b: Operand): Tensor<R> {
  const bitwise = fn === 'and' || fn === 'or' || fn === 'xor'
  const nodes = meet(fn, [a, b]).map((x) => {
    if (fn === 'divide') return asFloat(x)
    return x.dtype === 'bool' && !bitwise ? castNode(x, 'i32') : x
  })
  return new Tensor<R>(makeNode({ name: 'binary', fn }, nodes))
}

/** One of the comparisons on operands that broadcast. */
export function compare<R extends Shape = Shape>(fn: CompareFunction, a: Operand, b: Operand): Tensor<R> {
  return new Tensor<R>(makeNode({ name: 'compare', fn }, meet(fn, [a, b])))
}

export const add: BinaryOperation<'add'> = (a, b) => binary('add', a, b)
export const subtract: BinaryOperation<'subtract'> = (a, b) => binary('subtract', a, b)
export const multiply: BinaryOperation<'multiply'> = (a, b) => binary('multiply', a, b)
/** True division: integers become f32. */
export const divide: BinaryOperation<'divide'> = (a, b) => binary('divide', a, b)
/** ⌊a / b⌋; integers stay integers (0 for a divisor of 0). */
export const floorDivide: BinaryOperation<'floorDivide'> = (a, b) => quotientBelow(a, b)
export const maximum: BinaryOperation<'maximum'> = (a, b) => binary('maximum', a, b)
export const minimum: BinaryOperation<'minimum'> = (a, b) => binary('minimum', a, b)
export const remainder: BinaryOperation<'remainder'> = (a, b) => binary('remainder', a, b)
export const power: BinaryOperation<'power'> = (a, b) => raise(a, b)
export const equal: BinaryOperation<'equal'> = (a, b) => compare('equal', a, b)
export const notEqual: BinaryOperation<'notEqual'> = (a, b) => compare('notEqual', a, b)
export const less: BinaryOperation<'less'> = (a, b) => compare('less', a, b)
export const lessEqual: BinaryOperation<'lessEqual'> = (a, b) => compare('lessEqual', a, b)
export const greater: BinaryOperation<'greater'> = (a, b) => compare('greater', a, b)
export const greaterEqual: BinaryOperation<'greaterEqual'> = (a, b) => compare('greaterEqual', a, b)
export const logicalAnd: BinaryOperation<'logicalAnd'> = (a, b) => binary('and', asBool(a), asBool(b))
export const logicalOr: BinaryOperation<'logicalOr'> = (a, b) => binary('or', asBool(a), asBool(b))

function quotientBelow<R extends Shape>(a: Operand, b: Operand): Tensor<R> {
  const nodes = meet('floorDivide', [a, b]).map((x) => (x.dtype === 'bool' ? castNode(x, 'i32') : x))
  return floor(new Tensor<R>(makeNode({ name: 'binary', fn: 'divide' }, nodes)))
}

/** a to the power b; 2 and 0.5 as a product and a root. */
export function raise<R extends Shape = Shape>(a: Operand, b: Operand): Tensor<R> {
  if (typeof a !== 'number' && b === 2) return new Tensor<R>(square(a).node)
  if (typeof a !== 'number' && b === 0.5) return new Tensor<R>(sqrt(a).node)
  return binary('power', a, b)
}

function asBool(x: Operand): Tensor {
  const node = typeof x === 'number' ? makeNode({ name: 'fill', value: x === 0 ? 0 : 1, shape: [], dtype: 'bool' }) : castNode(x.node, 'bool')
  return new Tensor(node)
}

export const negate = <S extends Shape>(x: Tensor<S>): Tensor<S> => unary('negate', x)
export const abs = <S extends Shape>(x: Tensor<S>): Tensor<S> => unary('abs', x)
export const sign = <S extends Shape>(x: Tensor<S>): Tensor<S> => unary('sign', x)
export const floor = <S extends Shape>(x: Tensor<S>): Tensor<S> => unary('floor', x)
export const ceil = <S extends Shape>(x: Tensor<S>): Tensor<S> => unary('ceil', x)
/** To the nearest integer, halves to even. */
export const round = <S extends Shape>(x: Tensor<S>): Tensor<S> => unary('round', x)
export const exp = <S extends Shape>(x: Tensor<S>): Tensor<S> => unary('exp', x)
export const expm1 = <S extends Shape>(x: Tensor<S>): Tensor<S> => unary('expm1', x)
export const log = <S extends Shape>(x: Tensor<S>): Tensor<S> => unary('log', x)
export const log1p = <S extends Shape>(x: Tensor<S>): Tensor<S> => unary('log1p', x)
export const sqrt = <S extends Shape>(x: Tensor<S>): Tensor<S> => unary('sqrt', x)
export const sin = <S extends Shape>(x: Tensor<S>): Tensor<S> => unary('sin', x)
export const cos = <S extends Shape>(x: Tensor<S>): Tensor<S> => unary('cos', x)
export const tanh = <S extends Shape>(x: Tensor<S>): Tensor<S> => unary('tanh', x)
export const erf = <S extends Shape>(x: Tensor<S>): Tensor<S> => unary('erf', x)
export const logicalNot = <S extends Shape>(x: Tensor<S>): Tensor<S> =>
  new Tensor<S>(makeNode({ name: 'unary', fn: 'not' }, [castNode(x.node, 'bool')]))
export const reciprocal = <S extends Shape>(x: Tensor<S>): Tensor<S> => binary<S>('divide', 1, x)
/** 1 / √x. */
export const rsqrt = <S extends Shape>(x: Tensor<S>): Tensor<S> => reciprocal(sqrt(x))
export const square = <S extends Shape>(x: Tensor<S>): Tensor<S> => binary<S>('multiply', x, x)

/** 1 / (1 + e^-x), from e^-|x| so that neither it nor its gradient overflows. */
export function sigmoid<S extends Shape>(x: Tensor<S>): Tensor<S> {
  const positive = compare<S>('greaterEqual', x, 0)
  const e = exp(negativeMagnitude(x))
  return binary<S>('divide', select<S>(positive, 1, e), binary<S>('add', e, 1))
}

/** −|x|, with the slope of −x at zero. */
function negativeMagnitude<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return select<S>(compare('greaterEqual', x, 0), negate(x), x)
}

/** log(1 + e^x), stable for large |x|. */
export function softplus<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return binary<S>('add', select<S>(compare('greaterEqual', x, 0), x, 0), log1p(exp(negativeMagnitude(x))))
}

/** x where it is positive, else 0; NaN stays NaN, the slope at 0 is 0. */
export const relu = <S extends Shape>(x: Tensor<S>): Tensor<S> => select<S>(compare('lessEqual', x, 0), 0, x)

/** x kept within [low, high]. */
export const clip = <S extends Shape>(x: Tensor<S>, low: number, high: number): Tensor<S> => binary<S>('minimum', binary<S>('maximum', x, low), high)

/** `whenTrue` where the condition holds, `whenFalse` elsewhere; all three broadcast. */
export const where = (condition: Tensor, whenTrue: Operand, whenFalse: Operand): Tensor => select(condition, whenTrue, whenFalse)

function select<R extends Shape>(condition: Tensor, whenTrue: Operand, whenFalse: Operand): Tensor<R> {
  const values = meet('where', [whenTrue, whenFalse])
  const shape = values.reduce((s, v) => broadcastDims('where', s, v.shape), condition.node.shape)
  const nodes = [castNode(condition.node, 'bool'), ...values].map((x) => broadcastNode(x, shape, 'where'))
  return new Tensor<R>(makeNode({ name: 'where' }, nodes))
}

export const cast = <S extends Shape>(x: Tensor<S>, dtype: DType): Tensor<S> => (x.dtype === dtype ? x : new Tensor<S>(castNode(x.node, dtype)))
/** x, but a constant to every gradient. */
export const stopGradient = <S extends Shape>(x: Tensor<S>): Tensor<S> => new Tensor<S>(makeNode({ name: 'stopGradient' }, [x.node]))

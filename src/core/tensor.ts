// The tensor: a value in the lazy graph with the fluent face of the operations. Numbers are computed when somebody reads them, and then
// the tensor keeps them and lets its graph go.

import { type Dim, type Dims, showDims, staticDim } from './dimension.ts'
import { type DType, type TypedArray, viewOf } from './dtype.ts'
import { DeviceError, ShapeError } from './errors.ts'
import { currentEvaluator } from './evaluator.ts'
import { dataNode, type Node, type Storage } from './graph.ts'
import { bfloat16ToNumber, halfToNumber } from './half.ts'
import { type Operand } from './ops/broadcast.ts'
import { matmulNode, type Multipliable } from './ops/contractions.ts'
import * as elementwise from './ops/elementwise.ts'
import { type BroadcastsWith, type ShapeOf } from './ops/elementwise.ts'
import * as indexing from './ops/indexing.ts'
import * as movement from './ops/movement.ts'
import * as reductions from './ops/reductions.ts'
import { type Axes, type ReduceOptions } from './ops/reductions.ts'
import type { Broadcast, MatMul, Reshaped, Shape, Transpose } from './shape-types.ts'

/** Numbers of a tensor as nested arrays. */
export type NestedNumbers = number | boolean | NestedNumbers[]

type With<S extends Shape, B> = Tensor<Broadcast<S, ShapeOf<B>>>

/** An n-dimensional array of one dtype. Operations make new tensors; `S` is its shape in the type system. */
export class Tensor<S extends Shape = Shape> {
  /** Only in the type system. Methods take the shape from their `this`, so that a tensor of a known shape is a `Tensor`. */
  declare readonly shapeType: S
  private current: Node

  constructor(node: Node) {
    this.current = node
  }

  /** The value in the graph; a `data` node once it has been computed. */
  get node(): Node {
    return this.current
  }

  get dtype(): DType {
    return this.current.dtype
  }

  /** Sizes, symbolic ones included. */
  get dims(): Dims {
    return this.current.shape
  }

  /** Sizes as numbers; a ShapeError where one is bound only at run time. */
  get shape(): readonly number[] {
    return this.current.shape.map((d) => staticDim(d, 'tensor.shape'))
  }

  get rank(): number {
    return this.current.shape.length
  }

  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((a, b) => a * b, 1)
  }

  toString(): string {
    return `Tensor ${this.dtype} ${showDims(this.dims)}`
  }

  // Reading

  /** Replaces the graph behind this tensor by its numbers. */
  private settle(storage: Storage): Storage {
    this.current = dataNode(storage, this.current.shape)
    return storage
  }

  /** The numbers' buffer, computed now if it does not exist. */
  storageSync(): Storage {
    const known = this.current.storage
    if (known !== undefined) return known
    const [storage] = currentEvaluator().evaluate([this.current])
    if (storage === undefined) throw new DeviceError(`tensor: expected one result from the device, got none. Report ${this.toString()}.`)
    return this.settle(storage)
  }

  /** The numbers' buffer, computed off the event loop where that takes long. */
  async storage(): Promise<Storage> {
    const known = this.current.storage
    if (known !== undefined) return known
    const [storage] = await currentEvaluator().evaluateAsync([this.current])
    if (storage === undefined) throw new DeviceError(`tensor: expected one result from the device, got none. Report ${this.toString()}.`)
    return this.settle(storage)
  }

  /** The elements in row-major order; a view, not to be written. */
  async data(): Promise<TypedArray> {
    return view(await this.storage())
  }

  /** {@link data}, computed before it returns. */
  dataSync(): TypedArray {
    return view(this.storageSync())
  }

  /** The only element, as a number. */
  async item(): Promise<number> {
    return only(this, await this.storage())
  }

  /** {@link item}, computed before it returns. */
  itemSync(): number {
    return only(this, this.storageSync())
  }

  /** The elements as nested arrays of numbers (booleans for bool). */
  toArray(): NestedNumbers {
    const flat = numbersOf(this.storageSync())
    const { dtype, shape } = this
    let offset = 0
    const build = (axis: number): NestedNumbers => {
      const count = shape[axis]
      if (count !== undefined) return Array.from({ length: count }, () => build(axis + 1))
      const value = flat[offset++] ?? 0
      return dtype === 'bool' ? value !== 0 : value
    }
    return build(0)
  }

  // Elementwise

  add<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<A, B>): With<A, B> {
    return elementwise.binary('add', this, other)
  }
  subtract<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<A, B>): With<A, B> {
    return elementwise.binary('subtract', this, other)
  }
  multiply<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<A, B>): With<A, B> {
    return elementwise.binary('multiply', this, other)
  }
  divide<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<A, B>): With<A, B> {
    return elementwise.binary('divide', this, other)
  }
  power<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<A, B>): With<A, B> {
    return elementwise.raise(this, other)
  }
  maximum<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<A, B>): With<A, B> {
    return elementwise.binary('maximum', this, other)
  }
  minimum<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<A, B>): With<A, B> {
    return elementwise.binary('minimum', this, other)
  }
  remainder<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<A, B>): With<A, B> {
    return elementwise.binary('remainder', this, other)
  }
  equal<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<A, B>): With<A, B> {
    return elementwise.compare('equal', this, other)
  }
  notEqual<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<A, B>): With<A, B> {
    return elementwise.compare('notEqual', this, other)
  }
  less<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<A, B>): With<A, B> {
    return elementwise.compare('less', this, other)
  }
  lessEqual<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<A, B>): With<A, B> {
    return elementwise.compare('lessEqual', this, other)
  }
  greater<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<A, B>): With<A, B> {
    return elementwise.compare('greater', this, other)
  }
  greaterEqual<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<A, B>): With<A, B> {
    return elementwise.compare('greaterEqual', this, other)
  }
  logicalAnd(other: Operand): Tensor {
    return elementwise.logicalAnd<Tensor, Operand>(this, other)
  }
  logicalOr(other: Operand): Tensor {
    return elementwise.logicalOr<Tensor, Operand>(this, other)
  }
  negate<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.negate(this)
  }
  abs<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.abs(this)
  }
  sign<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.sign(this)
  }
  exp<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.exp(this)
  }
  expm1<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.expm1(this)
  }
  log<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.log(this)
  }
  log1p<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.log1p(this)
  }
  sqrt<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.sqrt(this)
  }
  rsqrt<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.rsqrt(this)
  }
  square<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.square(this)
  }
  reciprocal<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.reciprocal(this)
  }
  sin<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.sin(this)
  }
  cos<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.cos(this)
  }
  tanh<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.tanh(this)
  }
  erf<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.erf(this)
  }
  sigmoid<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.sigmoid(this)
  }
  softplus<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.softplus(this)
  }
  relu<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.relu(this)
  }
  floor<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.floor(this)
  }
  ceil<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.ceil(this)
  }
  round<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.round(this)
  }
  logicalNot<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.logicalNot(this)
  }
  stopGradient<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.stopGradient(this)
  }
  clip<A extends Shape>(this: Tensor<A>, low: number, high: number): Tensor<A> {
    return elementwise.clip(this, low, high)
  }
  where(whenTrue: Operand, whenFalse: Operand): Tensor {
    return elementwise.where(this, whenTrue, whenFalse)
  }
  cast<A extends Shape>(this: Tensor<A>, dtype: DType): Tensor<A> {
    return elementwise.cast(this, dtype)
  }

  // Movement

  reshape<const R extends Shape>(shape: R): Tensor<Reshaped<R>>
  reshape(shape: Dims): Tensor
  reshape(shape: Dims): Tensor {
    return movement.reshape(this, shape)
  }
  permute(axes: readonly number[]): Tensor {
    return movement.permute(this, axes)
  }
  transpose<A extends Shape>(this: Tensor<A>): Tensor<Transpose<A>> {
    return movement.transpose(this)
  }
  expandDims(axis: number): Tensor {
    return movement.expandDims(this, axis)
  }
  squeeze(axes?: Axes): Tensor {
    return movement.squeeze(this, axes)
  }
  broadcastTo<const R extends Shape>(shape: R): Tensor<R>
  broadcastTo(shape: Dims): Tensor
  broadcastTo(shape: Dims): Tensor {
    return movement.broadcastTo(this, shape)
  }
  slice(starts: readonly number[], sizes: readonly Dim[] = [], strides: readonly number[] = []): Tensor {
    return movement.slice(this, starts, sizes, strides)
  }
  pad(paddings: readonly (readonly [number, number])[], options: { readonly value?: number; readonly interior?: readonly number[] } = {}): Tensor {
    return movement.pad(this, paddings, options)
  }
  flip(axes?: Axes): Tensor {
    return movement.flip(this, axes)
  }
  split(parts: number | readonly number[], axis = 0): Tensor[] {
    return movement.split(this, parts, axis)
  }
  tile(repeats: readonly number[]): Tensor {
    return movement.tile(this, repeats)
  }

  // Indexing and order

  gather(indices: Tensor, axis = 0): Tensor {
    return indexing.gather(this, indices, axis)
  }
  takeAlongAxis(indices: Tensor, axis = -1): Tensor {
    return indexing.takeAlongAxis(this, indices, axis)
  }
  oneHot(depth: number, dtype: DType = 'f32'): Tensor {
    return indexing.oneHot(this, depth, dtype)
  }
  sort(axis = -1, options: { readonly descending?: boolean } = {}): Tensor {
    return indexing.sort(this, axis, options)
  }
  argsort(axis = -1, options: { readonly descending?: boolean } = {}): Tensor {
    return indexing.argsort(this, axis, options)
  }
  topK(k: number): { readonly values: Tensor; readonly indices: Tensor } {
    return indexing.topK(this, k)
  }
  tril(diagonal = 0): Tensor {
    return indexing.tril(this, diagonal)
  }
  triu(diagonal = 0): Tensor {
    return indexing.triu(this, diagonal)
  }

  // Reductions

  sum(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return reductions.sum(this, axes, options)
  }
  mean(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return reductions.mean(this, axes, options)
  }
  max(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return reductions.max(this, axes, options)
  }
  min(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return reductions.min(this, axes, options)
  }
  prod(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return reductions.prod(this, axes, options)
  }
  any(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return reductions.any(this, axes, options)
  }
  all(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return reductions.all(this, axes, options)
  }
  logSumExp(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return reductions.logSumExp(this, axes, options)
  }
  variance(axes?: Axes, options: ReduceOptions & { readonly correction?: number } = {}): Tensor {
    return reductions.variance(this, axes, options)
  }
  std(axes?: Axes, options: ReduceOptions & { readonly correction?: number } = {}): Tensor {
    return reductions.std(this, axes, options)
  }
  argmax(axis = -1, options: ReduceOptions = {}): Tensor {
    return reductions.argmax(this, axis, options)
  }
  argmin(axis = -1, options: ReduceOptions = {}): Tensor {
    return reductions.argmin(this, axis, options)
  }
  cumsum(axis = -1, options: { readonly reverse?: boolean } = {}): Tensor {
    return reductions.cumsum(this, axis, options)
  }
  cumprod(axis = -1, options: { readonly reverse?: boolean } = {}): Tensor {
    return reductions.cumprod(this, axis, options)
  }
  softmax(axis = -1): Tensor {
    return reductions.softmax(this, axis)
  }
  logSoftmax(axis = -1): Tensor {
    return reductions.logSoftmax(this, axis)
  }

  // Products

  matmul<A extends Shape, B extends Shape>(this: Tensor<A>, other: Multipliable<A, B>): Tensor<MatMul<A, B>> {
    return new Tensor<MatMul<A, B>>(matmulNode(this.node, other.node))
  }
}

const view = (storage: Storage): TypedArray => viewOf(storage.dtype, storage.bytes, 0, storage.length)

/** Elements as JavaScript numbers, 16-bit floats and 64-bit integers converted. */
export function numbersOf(storage: Storage): ArrayLike<number> {
  const values = view(storage)
  if (values instanceof BigInt64Array) return Array.from(values, Number)
  if (values instanceof Uint16Array) return Array.from(values, storage.dtype === 'f16' ? halfToNumber : bfloat16ToNumber)
  return values
}

function only(tensor: Tensor, storage: Storage): number {
  if (storage.length !== 1) throw new ShapeError(`item: expected a tensor of one element, got ${showDims(tensor.dims)}. Use data() or toArray().`)
  return numbersOf(storage)[0] ?? 0
}

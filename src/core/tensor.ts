// The tensor: a value in the lazy graph with the fluent face of the operations. Numbers are computed when somebody reads them, and then
// the tensor keeps them and lets its graph go.

import { type Dims, showDims, staticDim } from './dimension.ts'
import { type DType, type TypedArray, viewOf } from './dtype.ts'
import { DeviceError, ShapeError } from './errors.ts'
import { currentEvaluator } from './evaluator.ts'
import { dataNode, liveStorage, type Node, type Storage } from './graph.ts'
import { bfloat16ToNumber, halfToNumber } from './half.ts'
import type { Operand } from './ops/broadcast.ts'
import { matmulNode, type Multipliable } from './ops/contractions.ts'
import * as elementwise from './ops/elementwise.ts'
import type { BroadcastsWith, ShapeOf } from './ops/elementwise.ts'
import * as indexing from './ops/indexing.ts'
import * as movement from './ops/movement.ts'
import * as reductions from './ops/reductions.ts'
import type { Axes, CorrectionOption, ReduceOptions, ReducesAlong } from './ops/reductions.ts'
import type { Broadcast, ExpandDims, MatMul, Permute, Reduce, Reshape, Shape, Sizes, Slice, Squeeze, Transpose } from './shape-types.ts'
import { withNumbers } from './tensor-text.ts'
import { isTracing } from './tracing.ts'

/** Numbers of a tensor as nested arrays. */
export type NestedNumbers = number | boolean | NestedNumbers[]

type With<S extends Shape, B> = Tensor<Broadcast<S, ShapeOf<B>>>

/** An n-dimensional array of one dtype. Operations make new tensors; `S` is its shape in the type system. */
export class Tensor<S extends Shape = Shape> {
  /**
   * Only in the type system. Methods take the shape from their `this`, so that a tensor of a known shape is a `Tensor`; readonly, so that
   * `Tensor<[2, 3]>` and `Tensor<readonly [2, 3]>` are the same.
   */
  declare readonly shapeType: Readonly<S>
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
    return this.current.shape.map((d) => staticDim(d, 'tensor.shape', 'Read dims instead, or fix this axis'))
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

  /** What `console.log` shows in Node: the first numbers too, computed now; without them where there are none, as in a program that is traced. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    try {
      return withNumbers(this.toString(), numbersOf(this.storageSync()))
    } catch {
      return this.toString()
    }
  }

  // Reading

  /** Replaces the graph behind this tensor by its numbers, unless a transformation still needs the graph; for evaluators. */
  settle(storage: Storage): Storage {
    if (!isTracing()) this.current = dataNode(storage, this.current.shape)
    return storage
  }

  /** The numbers' buffer, computed now if it does not exist; of a device's memory, its `bytes` are fetched when they are read. */
  storageSync(): Storage {
    const known = this.current.storage
    if (known !== undefined) return liveStorage(known)
    return settled(this, currentEvaluator().evaluate([this.current]), 0)
  }

  /** The numbers' buffer, computed and fetched off the event loop where that takes long. */
  async storage(): Promise<Storage> {
    if (this.current.storage === undefined) {
      const computed = await currentEvaluator().evaluateAsync([this.current])
      await computed[0]?.load?.()
      return settled(this, computed, 0)
    }
    const storage = liveStorage(this.current.storage)
    await storage.load?.()
    return storage
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
  async array(): Promise<NestedNumbers> {
    return nested(this, await this.storage())
  }

  /** {@link array}, computed before it returns. */
  toArray(): NestedNumbers {
    return nested(this, this.storageSync())
  }

  // Elementwise

  add<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<'add', A, B>): With<A, B> {
    return elementwise.binary('add', this, other)
  }
  subtract<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<'subtract', A, B>): With<A, B> {
    return elementwise.binary('subtract', this, other)
  }
  multiply<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<'multiply', A, B>): With<A, B> {
    return elementwise.binary('multiply', this, other)
  }
  divide<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<'divide', A, B>): With<A, B> {
    return elementwise.binary('divide', this, other)
  }
  power<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<'power', A, B>): With<A, B> {
    return elementwise.raise(this, other)
  }
  maximum<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<'maximum', A, B>): With<A, B> {
    return elementwise.binary('maximum', this, other)
  }
  minimum<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<'minimum', A, B>): With<A, B> {
    return elementwise.binary('minimum', this, other)
  }
  remainder<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<'remainder', A, B>): With<A, B> {
    return elementwise.binary('remainder', this, other)
  }
  equal<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<'equal', A, B>): With<A, B> {
    return elementwise.compare('equal', this, other)
  }
  notEqual<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<'notEqual', A, B>): With<A, B> {
    return elementwise.compare('notEqual', this, other)
  }
  less<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<'less', A, B>): With<A, B> {
    return elementwise.compare('less', this, other)
  }
  lessEqual<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<'lessEqual', A, B>): With<A, B> {
    return elementwise.compare('lessEqual', this, other)
  }
  greater<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<'greater', A, B>): With<A, B> {
    return elementwise.compare('greater', this, other)
  }
  greaterEqual<A extends Shape, const B extends Operand>(this: Tensor<A>, other: BroadcastsWith<'greaterEqual', A, B>): With<A, B> {
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

  reshape<A extends Shape, const D extends Dims>(this: Tensor<A>, shape: movement.Reshapes<A, D>): Tensor<Reshape<A, Sizes<D>>> {
    return movement.reshape<A, D>(this, shape)
  }
  permute<A extends Shape, const P extends Shape>(this: Tensor<A>, axes: movement.Permutes<A, P>): Tensor<Permute<A, P>> {
    return movement.permute<A, P>(this, axes)
  }
  transpose<A extends Shape>(this: Tensor<A>): Tensor<Transpose<A>> {
    return movement.transpose(this)
  }
  expandDims<A extends Shape, const X extends number>(this: Tensor<A>, axis: movement.ExpandsAt<A, X>): Tensor<ExpandDims<A, X>> {
    return movement.expandDims<A, X>(this, axis)
  }
  squeeze<A extends Shape, const X extends Axes | undefined = undefined>(this: Tensor<A>, axes?: movement.Squeezes<A, X>): Tensor<Squeeze<A, X>> {
    return movement.squeeze<A, X>(this, axes)
  }
  broadcastTo<A extends Shape, const D extends Dims>(this: Tensor<A>, shape: movement.BroadcastsTo<A, D>): Tensor<Sizes<D>> {
    return movement.broadcastTo<A, D>(this, shape)
  }
  slice<A extends Shape, const F extends Shape, const C extends Dims = readonly [], const T extends Shape = readonly []>(
    this: Tensor<A>,
    starts: movement.SlicesFrom<A, F, C, T>,
    sizes?: C,
    strides?: T,
  ): Tensor<Slice<A, F, Sizes<C>, T>> {
    return movement.slice<A, F, C, T>(this, starts, sizes, strides)
  }
  pad(paddings: readonly (readonly [number, number])[], options: { readonly value?: number; readonly interior?: readonly number[] } = {}): Tensor {
    return movement.pad(this, paddings, options)
  }
  flip<A extends Shape>(this: Tensor<A>, axes?: Axes): Tensor<A> {
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

  sum<A extends Shape, const X extends Axes | undefined = undefined, const K extends boolean = false>(
    this: Tensor<A>,
    axes?: ReducesAlong<'sum', A, X>,
    options?: ReduceOptions<K>,
  ): Tensor<Reduce<A, X, K>> {
    return reductions.sum<A, X, K>(this, axes, options)
  }
  mean<A extends Shape, const X extends Axes | undefined = undefined, const K extends boolean = false>(
    this: Tensor<A>,
    axes?: ReducesAlong<'mean', A, X>,
    options?: ReduceOptions<K>,
  ): Tensor<Reduce<A, X, K>> {
    return reductions.mean<A, X, K>(this, axes, options)
  }
  max<A extends Shape, const X extends Axes | undefined = undefined, const K extends boolean = false>(
    this: Tensor<A>,
    axes?: ReducesAlong<'max', A, X>,
    options?: ReduceOptions<K>,
  ): Tensor<Reduce<A, X, K>> {
    return reductions.max<A, X, K>(this, axes, options)
  }
  min<A extends Shape, const X extends Axes | undefined = undefined, const K extends boolean = false>(
    this: Tensor<A>,
    axes?: ReducesAlong<'min', A, X>,
    options?: ReduceOptions<K>,
  ): Tensor<Reduce<A, X, K>> {
    return reductions.min<A, X, K>(this, axes, options)
  }
  prod<A extends Shape, const X extends Axes | undefined = undefined, const K extends boolean = false>(
    this: Tensor<A>,
    axes?: ReducesAlong<'prod', A, X>,
    options?: ReduceOptions<K>,
  ): Tensor<Reduce<A, X, K>> {
    return reductions.prod<A, X, K>(this, axes, options)
  }
  any<A extends Shape, const X extends Axes | undefined = undefined, const K extends boolean = false>(
    this: Tensor<A>,
    axes?: ReducesAlong<'any', A, X>,
    options?: ReduceOptions<K>,
  ): Tensor<Reduce<A, X, K>> {
    return reductions.any<A, X, K>(this, axes, options)
  }
  all<A extends Shape, const X extends Axes | undefined = undefined, const K extends boolean = false>(
    this: Tensor<A>,
    axes?: ReducesAlong<'all', A, X>,
    options?: ReduceOptions<K>,
  ): Tensor<Reduce<A, X, K>> {
    return reductions.all<A, X, K>(this, axes, options)
  }
  logSumExp<A extends Shape, const X extends Axes | undefined = undefined, const K extends boolean = false>(
    this: Tensor<A>,
    axes?: ReducesAlong<'logSumExp', A, X>,
    options?: ReduceOptions<K>,
  ): Tensor<Reduce<A, X, K>> {
    return reductions.logSumExp<A, X, K>(this, axes, options)
  }
  variance<A extends Shape, const X extends Axes | undefined = undefined, const K extends boolean = false>(
    this: Tensor<A>,
    axes?: ReducesAlong<'variance', A, X>,
    options?: ReduceOptions<K> & CorrectionOption,
  ): Tensor<Reduce<A, X, K>> {
    return reductions.variance<A, X, K>(this, axes, options)
  }
  std<A extends Shape, const X extends Axes | undefined = undefined, const K extends boolean = false>(
    this: Tensor<A>,
    axes?: ReducesAlong<'std', A, X>,
    options?: ReduceOptions<K> & CorrectionOption,
  ): Tensor<Reduce<A, X, K>> {
    return reductions.std<A, X, K>(this, axes, options)
  }
  argmax<A extends Shape, const X extends number = -1, const K extends boolean = false>(
    this: Tensor<A>,
    axis?: ReducesAlong<'argmax', A, X>,
    options?: ReduceOptions<K>,
  ): Tensor<Reduce<A, X, K>> {
    return reductions.argmax<A, X, K>(this, axis, options)
  }
  argmin<A extends Shape, const X extends number = -1, const K extends boolean = false>(
    this: Tensor<A>,
    axis?: ReducesAlong<'argmin', A, X>,
    options?: ReduceOptions<K>,
  ): Tensor<Reduce<A, X, K>> {
    return reductions.argmin<A, X, K>(this, axis, options)
  }
  cumsum<A extends Shape>(this: Tensor<A>, axis = -1, options: { readonly reverse?: boolean } = {}): Tensor<A> {
    return reductions.cumsum(this, axis, options)
  }
  cumprod<A extends Shape>(this: Tensor<A>, axis = -1, options: { readonly reverse?: boolean } = {}): Tensor<A> {
    return reductions.cumprod(this, axis, options)
  }
  softmax<A extends Shape>(this: Tensor<A>, axis = -1): Tensor<A> {
    return reductions.softmax(this, axis)
  }
  logSoftmax<A extends Shape>(this: Tensor<A>, axis = -1): Tensor<A> {
    return reductions.logSoftmax(this, axis)
  }

  // Products

  matmul<A extends Shape, B extends Shape>(this: Tensor<A>, other: Multipliable<A, B>): Tensor<MatMul<A, B>> {
    return new Tensor<MatMul<A, B>>(matmulNode(this.node, other.node))
  }
}

/** Computes several tensors in one program; reading them afterwards costs nothing. */
export function evaluate(tensors: readonly Tensor[]): void {
  const pending = tensors.filter((t) => t.node.storage === undefined)
  if (pending.length === 0) return
  settleAll(pending, currentEvaluator().evaluate(pending.map((t) => t.node)))
}

/** {@link evaluate} off the event loop where that takes long. */
export async function evaluateAsync(tensors: readonly Tensor[]): Promise<void> {
  const pending = tensors.filter((t) => t.node.storage === undefined)
  if (pending.length === 0) return
  settleAll(pending, await currentEvaluator().evaluateAsync(pending.map((t) => t.node)))
}

function settleAll(tensors: readonly Tensor[], storages: readonly Storage[]): void {
  tensors.forEach((t, i) => {
    settled(t, storages, i)
  })
}

function settled(t: Tensor, storages: readonly Storage[], index: number): Storage {
  const storage = storages[index]
  if (storage === undefined)
    throw new DeviceError(`tensor: expected result ${index} from the device, got ${storages.length}. Report ${t.toString()}.`)
  return t.settle(storage)
}

const view = (storage: Storage): TypedArray => viewOf(storage.dtype, storage.bytes, 0, storage.length)

/** Elements as JavaScript numbers, 16-bit floats and 64-bit integers converted. */
export function numbersOf(storage: Storage): ArrayLike<number> {
  const values = view(storage)
  if (values instanceof BigInt64Array) return Array.from(values, Number)
  if (values instanceof Uint16Array) return Array.from(values, storage.dtype === 'f16' ? halfToNumber : bfloat16ToNumber)
  return values
}

function nested({ dtype, shape }: Tensor, storage: Storage): NestedNumbers {
  const flat = numbersOf(storage)
  let offset = 0
  const build = (axis: number): NestedNumbers => {
    const count = shape[axis]
    if (count !== undefined) return Array.from({ length: count }, () => build(axis + 1))
    const value = flat[offset++] ?? 0
    return dtype === 'bool' ? value !== 0 : value
  }
  return build(0)
}

function only(tensor: Tensor, storage: Storage): number {
  if (storage.length !== 1) throw new ShapeError(`item: expected a tensor of one element, got ${showDims(tensor.dims)}. Use data() or toArray().`)
  return numbersOf(storage)[0] ?? 0
}

// Shapes in the type system: literal tuples where sizes are known, `number` where one is not, `Shape` where not even the rank is. A rule
// gives the shape of a result, `never` where its operands do not fit; `Fits` turns that `never` into an argument type that nothing has and
// whose text names both shapes. What is not known always fits: it is checked at run time.

import type { Add, Divide, FloorDivide, IsUnion, Multiply, Subtract } from './size-types.ts'

/** Sizes of all axes, outermost first. */
export type Shape = readonly number[]

/** What a wrong argument is compared with, so that the editor shows `Message`. */
export interface ShapeMismatch<Message extends string> {
  readonly mismatch: Message
}

/** `unknown` where `Result` is a shape, a type that nothing has and that says `Message` where it is `never`. */
export type Fits<Result, Message extends string> = [Result] extends [never] ? ShapeMismatch<Message> : unknown

/** A shape as text: `32, 784`; `…` where the rank is not known. */
export type Show<S extends Shape> = number extends S['length']
  ? '…'
  : S extends readonly [infer Head extends number, ...infer Tail extends Shape]
    ? Tail extends readonly []
      ? `${Head}`
      : `${Head}, ${Show<Tail>}`
    : ''

/** Several shapes as text: `[2, 3] and [4, 5]`. */
export type ShowAll<Shapes extends readonly Shape[]> = Shapes extends readonly [infer Head extends Shape, ...infer Tail extends readonly Shape[]]
  ? Tail extends readonly []
    ? `[${Show<Head>}]`
    : `[${Show<Head>}] and ${ShowAll<Tail>}`
  : '…'

/** Sizes as types see them: a symbolic dimension is a number that is not known. */
export type Sizes<Dims extends readonly unknown[]> = { readonly [K in keyof Dims]: Dims[K] extends number ? Dims[K] : number }

/** Number of elements; `number` where a size is not known. */
export type Product<S extends Shape, Total extends number = 1> = number extends S['length']
  ? number
  : S extends readonly [infer Head extends number, ...infer Tail extends Shape]
    ? Product<Tail, Multiply<Total, Head>>
    : Total

// Axes. An axis is written as `i` or as `i - rank`, so both texts stand for it.

type IsTuple<S extends Shape> = number extends S['length'] ? false : true
type AxisText<Axes extends number | Shape> = Axes extends number ? `${Axes}` : Axes extends Shape ? `${Axes[number]}` : never
type NegativeAxes<S extends Shape> = S extends readonly [number, ...infer Tail extends Shape] ? `-${S['length']}` | NegativeAxes<Tail> : never
type AllAxes<S extends Shape> = Extract<keyof S, `${number}`> | NegativeAxes<S>
/** Whether axes are literals; without that, nothing is said about them. */
type KnowsAxes<Axes extends number | Shape> =
  `${number}` extends AxisText<Axes> ? false : Axes extends Shape ? IsTuple<Axes> : IsUnion<Axes> extends true ? false : true
/** Whether the axis at the head of `Rest`, with `Done` before it, is one of `Names`. */
type IsNamed<Done extends Shape, Rest extends Shape, Names extends string> = `${Done['length']}` extends Names
  ? true
  : `-${Rest['length']}` extends Names
    ? true
    : false
/** An axis as text counted from the front. */
type Position<S extends Shape, Name extends string, Done extends Shape = []> = S extends readonly [
  infer Head extends number,
  ...infer Tail extends Shape,
]
  ? IsNamed<Done, S, Name> extends true
    ? `${Done['length']}`
    : Position<Tail, Name, [...Done, Head]>
  : never
type SizeAt<S extends Shape, Name extends string> = Position<S, Name> extends infer At extends keyof S ? S[At] & number : never

// Elementwise

/** One size where two meet that must be equal: the one that is known; `never` where they differ. */
type Meet<A extends number, B extends number> = A & B
type BroadcastSize<A extends number, B extends number> = number extends A
  ? B extends 1
    ? number
    : B
  : number extends B
    ? A extends 1
      ? number
      : A
    : [Meet<A, B>] extends [never]
      ? A extends 1
        ? B
        : B extends 1
          ? A
          : never
      : Meet<A, B>
type BroadcastTuple<A extends Shape, B extends Shape, Out extends Shape = []> = A extends readonly [...infer A1 extends Shape, infer a extends number]
  ? B extends readonly [...infer B1 extends Shape, infer b extends number]
    ? [BroadcastSize<a, b>] extends [never]
      ? never
      : BroadcastTuple<A1, B1, [BroadcastSize<a, b>, ...Out]>
    : readonly [...A, ...Out]
  : readonly [...B, ...Out]

/** NumPy's broadcast of two shapes. */
export type Broadcast<A extends Shape, B extends Shape> = IsTuple<A> extends true ? (IsTuple<B> extends true ? BroadcastTuple<A, B> : Shape) : Shape

/** `To` where `From` broadcasts to it. */
export type BroadcastTo<From extends Shape, To extends Shape> =
  IsTuple<From> extends true
    ? IsTuple<To> extends true
      ? Broadcast<From, To> extends infer Both extends Shape
        ? [Both] extends [never]
          ? never
          : SameSizes<Both, To> extends true
            ? To
            : never
        : never
      : To
    : To
type SameSizes<A extends Shape, B extends Shape> = A extends readonly [infer a extends number, ...infer A1 extends Shape]
  ? B extends readonly [infer b extends number, ...infer B1 extends Shape]
    ? [Meet<a, b>] extends [never]
      ? false
      : SameSizes<A1, B1>
    : false
  : B extends readonly []
    ? true
    : false

// Products

/**
 * The shape of a matrix product as NumPy's `matmul`: the last axis of `A` meets the last but one of `B` and both vanish, leading axes
 * broadcast, a vector has no axis of its own in the result.
 */
export type MatMul<A extends Shape, B extends Shape> =
  IsTuple<A> extends true
    ? IsTuple<B> extends true
      ? A extends readonly [infer k extends number]
        ? MatMulVector<k, B>
        : A extends readonly [...infer AB extends Shape, infer m extends number, infer k extends number]
          ? B extends readonly [infer k2 extends number]
            ? [Meet<k, k2>] extends [never]
              ? never
              : readonly [...AB, m]
            : B extends readonly [...infer BB extends Shape, infer k2 extends number, infer n extends number]
              ? [Meet<k, k2>] extends [never]
                ? never
                : [Broadcast<AB, BB>] extends [never]
                  ? never
                  : readonly [...Broadcast<AB, BB>, m, n]
              : never
          : never
      : Shape
    : Shape
type MatMulVector<K extends number, B extends Shape> = B extends readonly [infer k extends number]
  ? [Meet<K, k>] extends [never]
    ? never
    : readonly []
  : B extends readonly [...infer BB extends Shape, infer k extends number, infer n extends number]
    ? [Meet<K, k>] extends [never]
      ? never
      : readonly [...BB, n]
    : never

/** Which part of two shapes a matrix product finds wrong. */
export type MatMulProblem<A extends Shape, B extends Shape> = A extends readonly [...infer AB extends Shape, number, infer k extends number]
  ? B extends readonly [...infer BB extends Shape, infer k2 extends number, number]
    ? [Meet<k, k2>] extends [never]
      ? 'inner sizes differ'
      : [Broadcast<AB, BB>] extends [never]
        ? 'batch sizes do not broadcast'
        : 'inner sizes differ'
    : 'inner sizes differ'
  : 'inner sizes differ'

// Movement

type HasOpen<T extends Shape> = T extends readonly [infer Head, ...infer Tail extends Shape] ? (Head extends -1 ? true : HasOpen<Tail>) : false
type KnownProduct<T extends Shape, Total extends number = 1> = T extends readonly [infer Head extends number, ...infer Tail extends Shape]
  ? Head extends -1
    ? KnownProduct<Tail, Total>
    : KnownProduct<Tail, Multiply<Total, Head>>
  : Total
type FillOpen<T extends Shape, Size extends number> = { readonly [K in keyof T]: T[K] extends -1 ? Size : T[K] }

/** `T` as the shape of the elements of `S`: the counts must agree, one -1 stands for what is left. */
export type Reshape<S extends Shape, T extends Shape> =
  IsTuple<T> extends true
    ? HasOpen<T> extends true
      ? [Divide<Product<S>, KnownProduct<T>>] extends [never]
        ? never
        : FillOpen<T, Divide<Product<S>, KnownProduct<T>>>
      : [Meet<Product<S>, Product<T>>] extends [never]
        ? never
        : T
    : Shape

/** Axes in another order: axis i of the result is axis `Axes[i]` of `S`. */
export type Permute<S extends Shape, Axes extends Shape> =
  IsTuple<S> extends true
    ? KnowsAxes<Axes> extends true
      ? Axes['length'] extends S['length']
        ? [Exclude<Extract<keyof S, `${number}`>, PositionsOf<S, Axes>>] extends [never]
          ? PermuteTuple<S, Axes>
          : never
        : never
      : { readonly [K in keyof S]: number }
    : IsTuple<Axes> extends true
      ? { readonly [K in keyof Axes]: number }
      : Shape
type PositionsOf<S extends Shape, Axes extends Shape> = Axes extends readonly [infer Head extends number, ...infer Tail extends Shape]
  ? Position<S, `${Head}`> | PositionsOf<S, Tail>
  : never
type PermuteTuple<S extends Shape, Axes extends Shape, Out extends Shape = []> = Axes extends readonly [
  infer Head extends number,
  ...infer Tail extends Shape,
]
  ? PermuteTuple<S, Tail, [...Out, SizeAt<S, `${Head}`>]>
  : readonly [...Out]

/** The last two axes exchanged; a vector or a scalar is its own transpose. */
export type Transpose<S extends Shape> =
  IsTuple<S> extends true
    ? S extends readonly [...infer Lead extends Shape, infer m extends number, infer n extends number]
      ? readonly [...Lead, n, m]
      : S
    : Shape

/** A new axis of size 1 at `Axis` of the result. */
export type ExpandDims<S extends Shape, Axis extends number> =
  IsTuple<S> extends true ? (KnowsAxes<Axis> extends true ? InsertOne<S, `${Axis}`> : Shape) : Shape
type InsertOne<S extends Shape, Name extends string, Done extends Shape = []> =
  IsNamed<Done, readonly [1, ...S], Name> extends true
    ? readonly [...Done, 1, ...S]
    : S extends readonly [infer Head extends number, ...infer Tail extends Shape]
      ? InsertOne<Tail, Name, [...Done, Head]>
      : never

/** Axes of size 1 removed: the named ones, or all where `Axes` is undefined. */
export type Squeeze<S extends Shape, Axes extends number | Shape | undefined = undefined> =
  IsTuple<S> extends true
    ? Axes extends number | Shape
      ? KnowsAxes<Axes> extends true
        ? [Exclude<AxisText<Axes>, AllAxes<S>>] extends [never]
          ? SqueezeNamed<S, AxisText<Axes>>
          : never
        : Shape
      : SqueezeAll<S>
    : Shape
type SqueezeNamed<S extends Shape, Names extends string, Done extends Shape = [], Out extends Shape = []> = S extends readonly [
  infer Head extends number,
  ...infer Tail extends Shape,
]
  ? IsNamed<Done, S, Names> extends true
    ? [Meet<Head, 1>] extends [never]
      ? never
      : SqueezeNamed<Tail, Names, [...Done, Head], Out>
    : SqueezeNamed<Tail, Names, [...Done, Head], [...Out, Head]>
  : readonly [...Out]
type SqueezeAll<S extends Shape, Out extends Shape = []> = S extends readonly [infer Head extends number, ...infer Tail extends Shape]
  ? number extends Head
    ? Shape
    : Head extends 1
      ? SqueezeAll<Tail, Out>
      : SqueezeAll<Tail, [...Out, Head]>
  : readonly [...Out]

/** Shapes one after another along an axis: sizes add up there and are equal elsewhere. */
export type Concat<Shapes extends readonly Shape[], Axis extends number = 0> = Shapes extends readonly [
  infer First extends Shape,
  ...infer Rest extends readonly Shape[],
]
  ? KnowsAxes<Axis> extends true
    ? IsTuple<First> extends true
      ? `${Axis}` extends AllAxes<First>
        ? ConcatRest<First, Rest, `${Axis}`>
        : never
      : Shape
    : Shape
  : Shape
type ConcatRest<First extends Shape, Rest extends readonly Shape[], Name extends string> = Rest extends readonly [
  infer Next extends Shape,
  ...infer More extends readonly Shape[],
]
  ? IsTuple<Next> extends true
    ? [ConcatTwo<First, Next, Name>] extends [never]
      ? never
      : ConcatRest<ConcatTwo<First, Next, Name>, More, Name>
    : Shape
  : Rest extends readonly []
    ? Readonly<First>
    : Shape
type ConcatTwo<A extends Shape, B extends Shape, Name extends string, Out extends Shape = []> = A extends readonly [
  infer a extends number,
  ...infer A1 extends Shape,
]
  ? B extends readonly [infer b extends number, ...infer B1 extends Shape]
    ? IsNamed<Out, A, Name> extends true
      ? ConcatTwo<A1, B1, Name, [...Out, Add<a, b>]>
      : [Meet<a, b>] extends [never]
        ? never
        : ConcatTwo<A1, B1, Name, [...Out, Meet<a, b>]>
    : never
  : B extends readonly []
    ? readonly [...Out]
    : never

/**
 * A block of `S`: `Starts` counted from the end where negative, `Counts` of elements (-1 or missing: the rest), `Strides` (missing: 1). Axes
 * that are not named are whole. `never` where a start, or a start and its count, lie outside.
 */
export type Slice<S extends Shape, Starts extends Shape, Counts extends Shape = readonly [], Strides extends Shape = readonly []> =
  IsTuple<S> extends true
    ? IsTuple<Starts> extends true
      ? IsTuple<Counts> extends true
        ? IsTuple<Strides> extends true
          ? SliceTuple<S, Starts, Counts, Strides>
          : { readonly [K in keyof S]: number }
        : { readonly [K in keyof S]: number }
      : { readonly [K in keyof S]: number }
    : Shape
type HeadOr<S extends Shape, Missing extends number> = S extends readonly [infer Head extends number, ...Shape] ? Head : Missing
type TailOf<S extends Shape> = S extends readonly [number, ...infer Tail extends Shape] ? Tail : readonly []
type SliceTuple<S extends Shape, Starts extends Shape, Counts extends Shape, Strides extends Shape, Out extends Shape = []> = S extends readonly [
  infer Size extends number,
  ...infer Tail extends Shape,
]
  ? [SliceSize<Size, HeadOr<Starts, 0>, HeadOr<Counts, -1>, HeadOr<Strides, 1>>] extends [never]
    ? never
    : SliceTuple<
        Tail,
        TailOf<Starts>,
        TailOf<Counts>,
        TailOf<Strides>,
        [...Out, SliceSize<Size, HeadOr<Starts, 0>, HeadOr<Counts, -1>, HeadOr<Strides, 1>>]
      >
  : [...Starts, ...Counts] extends readonly []
    ? readonly [...Out]
    : never
/** Elements from a start to the end of an axis. */
type RestOfAxis<Size extends number, Start extends number> = `${Start}` extends `-${infer Back extends number}`
  ? [Subtract<Size, Back>] extends [never]
    ? never
    : number extends Size
      ? number
      : Back
  : Subtract<Size, Start>
type SliceSize<Size extends number, Start extends number, Count extends number, Stride extends number> = [RestOfAxis<Size, Start>] extends [never]
  ? never
  : Count extends -1
    ? Stride extends 1
      ? RestOfAxis<Size, Start>
      : Positions<RestOfAxis<Size, Start>, Stride>
    : number extends Stride
      ? Count
      : [Subtract<Positions<RestOfAxis<Size, Start>, Stride>, Count>] extends [never]
        ? never
        : Count
/** ⌈n / stride⌉. */
type Positions<N extends number, Stride extends number> = Stride extends 1 ? N : FloorDivide<Add<N, Subtract<Stride, 1>>, Stride>

// Reductions

/** `S` without the named axes (`undefined`: all), or with size 1 there where `KeepDims`. */
export type Reduce<S extends Shape, Axes extends number | Shape | undefined = undefined, KeepDims extends boolean = false> = boolean extends KeepDims
  ? Shape
  : IsTuple<S> extends true
    ? Axes extends number | Shape
      ? KnowsAxes<Axes> extends true
        ? [Exclude<AxisText<Axes>, AllAxes<S>>] extends [never]
          ? ReduceTuple<S, AxisText<Axes>, KeepDims>
          : never
        : KeepDims extends true
          ? { readonly [K in keyof S]: number }
          : Shape
      : KeepDims extends true
        ? { readonly [K in keyof S]: 1 }
        : readonly []
    : KeepDims extends true
      ? Shape
      : Axes extends undefined
        ? readonly []
        : Shape
type ReduceTuple<
  S extends Shape,
  Names extends string,
  KeepDims extends boolean,
  Done extends Shape = [],
  Out extends Shape = [],
> = S extends readonly [infer Head extends number, ...infer Tail extends Shape]
  ? IsNamed<Done, S, Names> extends true
    ? ReduceTuple<Tail, Names, KeepDims, [...Done, Head], KeepDims extends true ? [...Out, 1] : Out>
    : ReduceTuple<Tail, Names, KeepDims, [...Done, Head], [...Out, Head]>
  : readonly [...Out]

// Convolutions

/** One number for every spatial axis, or one each. */
type PerAxis<Value extends number | Shape, Index extends Shape> = Value extends number
  ? Value
  : Value extends Shape
    ? `${Index['length']}` extends keyof Value
      ? Value[`${Index['length']}`] & number
      : number
    : never
type Reach<Filter extends number, Dilation extends number> = Dilation extends 1 ? Filter : Add<Multiply<Subtract<Filter, 1>, Dilation>, 1>
type ConvSize<Size extends number, Filter extends number, Stride extends number, Padding, Dilation extends number> = Padding extends 'same'
  ? Positions<Size, Stride>
  : Padding extends 'valid'
    ? [Subtract<Size, Reach<Filter, Dilation>>] extends [never]
      ? never
      : Add<FloorDivide<Subtract<Size, Reach<Filter, Dilation>>, Stride>, 1>
    : number
type ConvSpatial<
  Sizes extends Shape,
  Filter extends Shape,
  Strides extends number | Shape,
  Padding,
  Dilation extends number | Shape,
  Out extends Shape = [],
> = Sizes extends readonly [infer Size extends number, ...infer Sizes1 extends Shape]
  ? Filter extends readonly [infer Reach extends number, ...infer Filter1 extends Shape]
    ? [ConvSize<Size, Reach, PerAxis<Strides, Out>, Padding, PerAxis<Dilation, Out>>] extends [never]
      ? never
      : ConvSpatial<
          Sizes1,
          Filter1,
          Strides,
          Padding,
          Dilation,
          [...Out, ConvSize<Size, Reach, PerAxis<Strides, Out>, Padding, PerAxis<Dilation, Out>>]
        >
    : never
  : Filter extends readonly []
    ? Out
    : never

/**
 * The convolution of `[batch, ...spatial, channels]` with `[...spatial, channels / groups, filters]`: ⌊(n − reach) / stride⌋ + 1 positions per
 * spatial axis where the padding is 'valid', ⌈n / stride⌉ where it is 'same', not known where it is written in numbers.
 */
export type Conv<
  Input extends Shape,
  Filter extends Shape,
  Strides extends number | Shape = 1,
  Padding = 'valid',
  Dilation extends number | Shape = 1,
  Groups extends number = 1,
> =
  IsTuple<Input> extends true
    ? IsTuple<Filter> extends true
      ? Input extends readonly [infer Batch extends number, ...infer Sizes extends Shape, infer Channels extends number]
        ? Filter extends readonly [...infer Reaches extends Shape, infer FilterChannels extends number, infer Filters extends number]
          ? [Meet<Channels, Multiply<FilterChannels, Groups>>] extends [never]
            ? never
            : ConvSpatial<Sizes, Reaches, Strides, Padding, Dilation> extends infer Spatial extends Shape
              ? [Spatial] extends [never]
                ? never
                : readonly [Batch, ...Spatial, Filters]
              : never
          : never
        : never
      : Shape
    : Shape

/** {@link Conv} of images, `[batch, height, width, channels]`, with `[height, width, channels, filters]`. */
export type Conv2d<Input extends Shape, Filter extends Shape, Strides extends number | Shape = 1, Padding = 'valid'> = Conv<
  Input,
  Filter,
  Strides,
  Padding
>

/** Axes of a reduction, concatenation or squeeze as text, for messages. */
export type ShowAxes<Axes extends number | Shape | undefined> = Axes extends number ? `${Axes}` : Axes extends Shape ? `[${Show<Axes>}]` : 'all'

// Shapes in the type system: literal tuples where sizes are known, `number` where one is not, `Shape` where nothing is. A mismatch becomes
// a parameter type that nothing fits and whose text names both shapes.

/** Sizes of all axes, outermost first. */
export type Shape = readonly number[]

/** What a wrong argument is compared with, so that the editor shows `Message`. */
export interface Mismatch<Message extends string> {
  readonly mismatch: Message
}

/** `32, 784` as text. */
export type ShowShape<S extends Shape> = number extends S['length']
  ? '…'
  : S extends readonly [infer H extends number, ...infer R extends Shape]
    ? R extends readonly []
      ? `${H}`
      : `${H}, ${ShowShape<R>}`
    : ''

type IsWide<N extends number> = number extends N ? true : false

type BroadcastDim<A extends number, B extends number> =
  IsWide<A> extends true
    ? B extends 1
      ? A
      : IsWide<B> extends true
        ? number
        : B
    : IsWide<B> extends true
      ? A extends 1
        ? B
        : A
      : A extends B
        ? A
        : A extends 1
          ? B
          : B extends 1
            ? A
            : never

type BroadcastTuple<A extends Shape, B extends Shape, Out extends Shape = []> = A extends readonly [
  ...infer A1 extends Shape,
  infer a extends number,
]
  ? B extends readonly [...infer B1 extends Shape, infer b extends number]
    ? [BroadcastDim<a, b>] extends [never]
      ? never
      : BroadcastTuple<A1, B1, [BroadcastDim<a, b>, ...Out]>
    : BroadcastTuple<A1, [], [a, ...Out]>
  : B extends readonly [...infer B1 extends Shape, infer b extends number]
    ? BroadcastTuple<[], B1, [b, ...Out]>
    : readonly [...Out]

/** NumPy's broadcast of two shapes; `never` where they do not fit. */
export type Broadcast<A extends Shape, B extends Shape> = number extends A['length']
  ? Shape
  : number extends B['length']
    ? Shape
    : BroadcastTuple<A, B>

type Inner<A extends number, B extends number> = IsWide<A> extends true ? true : IsWide<B> extends true ? true : A extends B ? true : false

/** The shape of a matrix product; `never` where the inner sizes differ. */
export type MatMul<A extends Shape, B extends Shape> = number extends A['length']
  ? Shape
  : number extends B['length']
    ? Shape
    : A extends readonly [infer k extends number]
      ? MatMulLeftVector<k, B>
      : A extends readonly [...infer AB extends Shape, infer m extends number, infer k extends number]
        ? B extends readonly [infer k2 extends number]
          ? Inner<k, k2> extends true
            ? readonly [...AB, m]
            : never
          : B extends readonly [...infer BB extends Shape, infer k2 extends number, infer n extends number]
            ? Inner<k, k2> extends true
              ? Broadcast<AB, BB> extends infer L extends Shape
                ? [L] extends [never]
                  ? never
                  : readonly [...L, m, n]
                : never
              : never
            : never
        : never

type MatMulLeftVector<K extends number, B extends Shape> = B extends readonly [infer k2 extends number]
  ? Inner<K, k2> extends true
    ? readonly []
    : never
  : B extends readonly [...infer BB extends Shape, infer k2 extends number, infer n extends number]
    ? Inner<K, k2> extends true
      ? readonly [...BB, n]
      : never
    : never

/** Last two axes exchanged. */
export type Transpose<S extends Shape> = number extends S['length']
  ? Shape
  : S extends readonly [...infer L extends Shape, infer m extends number, infer n extends number]
    ? readonly [...L, n, m]
    : S

/** `unknown` where `R` is a shape, a type that nothing fits and that says `Message` where it is `never`. */
export type Fits<R, Message extends string> = [R] extends [never] ? Mismatch<Message> : unknown

/** A requested shape with -1 as a size that is not known. */
export type Reshaped<S extends Shape> = { readonly [K in keyof S]: S[K] extends -1 ? number : S[K] }

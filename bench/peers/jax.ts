// What the benchmarks use of jax-js. An array is used up by the call that it is given to, except as `.ref`.

/** What is used of an array. */
export interface JaxArray {
  readonly ref: JaxArray
  add(other: JaxArray | number): JaxArray
  sub(other: JaxArray): JaxArray
  mul(other: JaxArray | number): JaxArray
  div(other: JaxArray | number): JaxArray
  neg(): JaxArray
  sum(axis?: number): JaxArray
  mean(): JaxArray
  reshape(shape: readonly number[]): JaxArray
  dispose(): void
  dataSync(): ArrayLike<number>
}

/** Arrays, and lists of them. */
export type Tree = JaxArray | readonly Tree[]
export type Arrays = readonly JaxArray[]

/** What is used of the package. */
export interface Jax {
  init(...devices: readonly string[]): Promise<readonly string[]>
  defaultDevice(name: string): void
  blockUntilReady(tree: Tree): Promise<unknown>
  jit<A extends readonly Tree[], R extends Tree>(body: (...values: A) => R): (...values: A) => R
  valueAndGrad<A extends readonly Tree[]>(
    loss: (parameters: Arrays, ...rest: A) => JaxArray,
  ): (parameters: Arrays, ...rest: A) => readonly [JaxArray, Arrays]
  readonly numpy: {
    array(values: Float32Array): JaxArray
    zeros(shape: readonly number[]): JaxArray
    matmul(a: JaxArray, b: JaxArray): JaxArray
    sqrt(x: JaxArray): JaxArray
    square(x: JaxArray): JaxArray
    max(x: JaxArray): JaxArray
  }
  readonly nn: { relu(x: JaxArray): JaxArray; logSoftmax(x: JaxArray): JaxArray }
  readonly lax: {
    conv(x: JaxArray, filters: JaxArray, strides: readonly number[], padding: string): JaxArray
    reduceWindow(x: JaxArray, body: (x: JaxArray) => JaxArray, window: readonly number[], strides: readonly number[]): JaxArray
  }
}

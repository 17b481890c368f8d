// What the benchmarks use of TensorFlow.js.

/** What is used of a tensor. */
export interface Tensor {
  dispose(): void
  data(): Promise<unknown>
  slice(begin: readonly number[], sizes: readonly number[]): Tensor
}

export type Variable = Tensor

export interface Optimizer {
  minimize(loss: () => Tensor, returnCost: boolean): unknown
}

export interface LayersModel {
  compile(options: { readonly optimizer: Optimizer; readonly loss: string }): void
  trainOnBatch(x: Tensor, y: Tensor): Promise<unknown>
  countParams(): number
}

/** What is used of the package. */
export interface TensorFlow {
  readonly version: { readonly tfjs: string }
  setBackend(name: string): Promise<boolean>
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor
  add(a: Tensor, b: Tensor | number): Tensor
  sub(a: Tensor, b: Tensor | number): Tensor
  mul(a: Tensor, b: Tensor | number): Tensor
  relu(x: Tensor): Tensor
  rsqrt(x: Tensor): Tensor
  tanh(x: Tensor): Tensor
  softmax(x: Tensor): Tensor
  moments(x: Tensor, axis: number, keepDims: boolean): { readonly mean: Tensor; readonly variance: Tensor }
  gather(x: Tensor, indices: Tensor): Tensor
  reshape(x: Tensor, shape: readonly number[]): Tensor
  transpose(x: Tensor, order: readonly number[]): Tensor
  unstack(x: Tensor): readonly Tensor[]
  zeros(shape: readonly number[]): Tensor
  ones(shape: readonly number[]): Tensor
  randomNormal(shape: readonly number[], mean?: number, deviation?: number): Tensor
  randomUniform(shape: readonly number[], low: number, high: number, dtype?: string): Tensor
  oneHot(indices: Tensor, depth: number): Tensor
  variable(initial: Tensor): Variable
  sequential(options: { readonly layers: readonly unknown[] }): LayersModel
  readonly linalg: { bandPart(x: Tensor, below: number, above: number): Tensor }
  readonly losses: { softmaxCrossEntropy(targets: Tensor, logits: Tensor): Tensor }
  readonly train: { sgd(rate: number): Optimizer; adam(rate: number): Optimizer }
  readonly layers: Readonly<Record<'dense' | 'conv2d' | 'maxPooling2d' | 'flatten', (options: object) => unknown>>
}

/** What is used of the package of the WebAssembly backend. */
export interface WasmBackend {
  setWasmPaths(folder: string): void
  setThreadsCount(count: number): void
}

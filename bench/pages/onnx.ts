// ONNX Runtime Web in a tab, on WebGPU: a large product, as a model of one MatMul whose operands and result stay on the GPU.

/// <reference types="@webgpu/types" />
import type { Prepared } from '../repeat.ts'

interface GpuTensor {
  getData(): Promise<unknown>
  dispose(): void
}

interface Session {
  run(inputs: Readonly<Record<string, GpuTensor>>): Promise<{ readonly product: GpuTensor }>
}

/** What is used of the package. */
interface Onnx {
  readonly env: { readonly wasm: { wasmPaths: string; numThreads: number }; readonly webgpu: { readonly device: Promise<GPUDevice> | GPUDevice } }
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> }
  readonly Tensor: { new (type: 'float32', data: Float32Array, dims: readonly number[]): GpuTensor }
}

const library: string = '/library.js'
const onnx: Onnx = await import(library)
onnx.env.wasm.wasmPaths = '/'
onnx.env.wasm.numThreads = 1

const utf8 = new TextEncoder()

function varint(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest & 127) | 128)
  }
}

/** A field of a protocol buffer: a number, or bytes with their length before them. */
const field = (tag: number, value: number | string | readonly number[]): number[] => {
  if (typeof value === 'number') return [...varint(tag << 3), ...varint(value)]
  const bytes = typeof value === 'string' ? [...utf8.encode(value)] : value
  return [...varint((tag << 3) | 2), ...varint(bytes.length), ...bytes]
}

/** Name, float32 and dims of an input or output, as ONNX's ValueInfoProto. */
const described = (name: string, dims: readonly number[]): number[] => {
  const shape = dims.flatMap((dim) => field(1, field(1, dim)))
  return [...field(1, name), ...field(2, field(1, [...field(1, 1), ...field(2, shape)]))]
}

/** The ONNX model of the product of an input with another: IR version 8, operator set 17. */
function productModel(name: string, size: number): Uint8Array {
  const dims = [size, size]
  const node = [...field(1, 'left'), ...field(1, 'right'), ...field(2, name), ...field(4, 'MatMul')]
  const inputs = ['left', 'right'].flatMap((input) => field(11, described(input, dims)))
  const graph = [...field(1, node), ...field(2, 'graph'), ...inputs, ...field(12, described(name, dims))]
  return Uint8Array.from([...field(1, 8), ...field(7, graph), ...field(8, [...field(1, ''), ...field(2, 17)])])
}

/** The product of two square matrices. */
export async function product(size: number): Promise<Prepared> {
  const options = { executionProviders: ['webgpu'], preferredOutputLocation: 'gpu-buffer' }
  const model = await onnx.InferenceSession.create(productModel('product', size), options)
  const draw = (): GpuTensor =>
    new onnx.Tensor(
      'float32',
      Float32Array.from({ length: size * size }, () => 2 * Math.random() - 1),
      [size, size],
    )
  const device = await onnx.env.webgpu.device
  // The product of two products: after the first run its operands are where a result is, on the GPU.
  const [left, right] = [(await model.run({ left: draw(), right: draw() })).product, (await model.run({ left: draw(), right: draw() })).product]
  let result: GpuTensor | undefined
  return {
    run: async () => {
      result?.dispose()
      result = (await model.run({ left, right })).product
    },
    settle: () => device.queue.onSubmittedWorkDone(),
  }
}

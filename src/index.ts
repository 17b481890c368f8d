// The front door of Tenon in Node: tensors and their operations, jit, layers and models; the devices are registered here.

import { createNativeDevice, nativeUnavailable } from './backends/native/index.ts'
import { createReferenceDevice } from './backends/reference/index.ts'
import { createWasmDevice, wasmUnavailable } from './backends/wasm/index.ts'
import { createWebgpuDevice, type WebgpuOptions, webgpuUnavailable } from './backends/webgpu/index.ts'
import { device, deviceEvaluator, registerDevice } from './compiler/index.ts'
import { setEvaluator } from './core/index.ts'
import { setModelFiles } from './nn/index.ts'

registerDevice({ name: 'native', priority: 100, available: nativeUnavailable, create: createNativeDevice })
registerDevice({ name: 'wasm', priority: 50, available: wasmUnavailable, create: createWasmDevice })
registerWebgpu({})
registerDevice({ name: 'reference', priority: 0, available: () => undefined, create: createReferenceDevice })
setEvaluator(deviceEvaluator)
setModelFiles(() => import('./io/index.ts'))

/** Registers the WebGPU device; doubles, which GPUs do not have, are computed by the `wasm` device. */
function registerWebgpu(options: Omit<WebgpuOptions, 'doubles'>): void {
  registerDevice({
    name: 'webgpu',
    priority: 10,
    available: webgpuUnavailable,
    create: () => createWebgpuDevice({ ...options, doubles: () => device('wasm') }),
  })
}

/**
 * What fetches the WebGPU device in a page, so that a program can be the same in both; here it is there from the start, and only its options are
 * taken.
 */
export async function loadWebgpu(options: Omit<WebgpuOptions, 'doubles'> = {}): Promise<void> {
  registerWebgpu(options)
}

export * as callbacks from './callbacks.ts'
export * from './compiler/index.ts'
export * from './core/index.ts'
export * from './data/index.ts'
export * from './io/callbacks/index.ts'
export * as saving from './io/saving/index.ts'
export * from './nn/index.ts'
export * as ops from './ops/index.ts'

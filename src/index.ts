// The front door of Tenon in Node: tensors and their operations, jit, layers and models; the devices are registered here.

import { createNativeDevice, nativeUnavailable } from './backends/native/index.ts'
import { createReferenceDevice } from './backends/reference/index.ts'
import { createWasmDevice, wasmUnavailable } from './backends/wasm/index.ts'
import { createWebgpuDevice, webgpuUnavailable } from './backends/webgpu/index.ts'
import { device, deviceEvaluator, registerDevice } from './compiler/index.ts'
import { setEvaluator } from './core/index.ts'
import { setWeightFiles } from './nn/index.ts'

registerDevice({ name: 'native', priority: 100, available: nativeUnavailable, create: createNativeDevice })
registerDevice({ name: 'wasm', priority: 50, available: wasmUnavailable, create: createWasmDevice })
registerDevice({
  name: 'webgpu',
  priority: 10,
  available: webgpuUnavailable,
  create: () => createWebgpuDevice({ doubles: () => device('wasm') }),
})
registerDevice({ name: 'reference', priority: 0, available: () => undefined, create: createReferenceDevice })
setEvaluator(deviceEvaluator)
setWeightFiles(() => import('./io/index.ts'))

export * from './compiler/index.ts'
export * from './core/index.ts'
export * from './nn/index.ts'

// The front door for pages that count bytes: tensors, gradients, the compiler, the WebAssembly device, models that know the everyday losses, metrics
// and optimizers by name, and the usual layers. All else comes from `tenon/nn`, as objects: `compile({ metrics: [new metrics.AUC()] })`.

// In this order the file packs best: what is alike lies together.
import { setEvaluator } from '../core/index.ts'
import { createWasmDevice, wasmUnavailable } from '../backends/wasm/index.ts'
import { deviceEvaluator, registerDevice } from '../compiler/index.ts'

registerDevice({ name: 'wasm', priority: 50, available: wasmUnavailable, create: createWasmDevice })
setEvaluator(deviceEvaluator)

export * from '../compiler/index.ts'
export * from '../core/index.ts'
export * from '../nn/everyday.ts'

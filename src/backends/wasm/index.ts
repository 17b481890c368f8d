// The public face of the WebAssembly backend.

export { createWasmDevice, type WasmDevice, type WasmOptions, wasmUnavailable } from './device.ts'
export { type WasmFact, type WasmFacts, wasmFacts } from './facts.ts'

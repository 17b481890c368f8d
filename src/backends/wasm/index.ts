// The public face of the WebAssembly backend.

export { createWasmDevice, wasmUnavailable } from './device.ts'

// Imported before a test: the device named wasm then computes everything in a memory with addresses of 64 bits. On an engine that has them:
//   TENON_DEVICE=wasm node --import tsx --import ./test/backends/wasm/wide-memory.ts --test test/primitives/*.test.ts

import { createWasmDevice, wasmUnavailable } from '../../../src/backends/wasm/index.ts'
import { registerDevice } from '../../../src/index.ts'

registerDevice({ name: 'wasm', priority: 50, available: wasmUnavailable, create: () => createWasmDevice({ memory64: 'always' }) })

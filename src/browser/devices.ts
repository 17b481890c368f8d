// The devices of a page: WebAssembly at once, WebGPU when it is asked for.

import type { WebgpuOptions } from '../backends/webgpu/index.ts'
import { createWasmDevice, wasmUnavailable } from '../backends/wasm/index.ts'
import { device, registerDevice } from '../compiler/index.ts'
import { fetchWebgpu } from './webgpu-on-demand.ts'

/** Makes the devices known. */
export function registerDevices(): void {
  registerDevice({ name: 'wasm', priority: 50, available: wasmUnavailable, create: createWasmDevice })
  registerDevice({
    name: 'webgpu',
    priority: 10,
    available: () => 'it is fetched on demand, call await loadWebgpu() first',
    create: () => device('webgpu'),
  })
}

/**
 * Fetches the WebGPU device and registers it as `webgpu`. Does nothing else: `setDefaultDevice` chooses it. Doubles, which GPUs do not have, are
 * computed by the `wasm` device.
 *
 * ```ts
 * await loadWebgpu()
 * setDefaultDevice('webgpu')
 * ```
 */
export async function loadWebgpu(options: Omit<WebgpuOptions, 'doubles'> = {}): Promise<void> {
  const { createWebgpuDevice, webgpuUnavailable } = await fetchWebgpu()
  registerDevice({
    name: 'webgpu',
    priority: 10,
    available: webgpuUnavailable,
    create: () => createWebgpuDevice({ ...options, doubles: () => device('wasm') }),
  })
}

// WebGPU in Node for libraries that expect a browser's: navigator.gpu and the constants that go with it, by the package `webgpu`.

import { create, globals } from 'webgpu'

let installed: GPU | undefined

/** Puts WebGPU where a page has it; once. */
export function installWebgpu(): GPU {
  if (installed !== undefined) return installed
  const gpu = create([])
  installed = gpu
  Object.assign(globalThis, globals)
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'node' }, configurable: true })
  return gpu
}

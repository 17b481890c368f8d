// The public face of the WebGPU backend.

export { webgpuUnavailable } from './adapter.ts'
export { createWebgpuDevice, type WebgpuDevice, type WebgpuOptions } from './device.ts'

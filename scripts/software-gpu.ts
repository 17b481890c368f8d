// WebGPU on machines without a GPU: Chromium brings SwiftShader, a Vulkan driver that computes on the processor.

import { existsSync } from 'node:fs'

const drivers = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/usr/lib/chromium-browser/vk_swiftshader_icd.json']

/** Environment variables that make Vulkan use SwiftShader; none where a driver is named already, where there is a GPU, or no Chromium. */
export function softwareGpu(): Readonly<Record<string, string>> {
  const driver = drivers.find((path) => existsSync(path))
  if (process.env.VK_DRIVER_FILES !== undefined || existsSync('/dev/dri') || driver === undefined) return {}
  return { VK_DRIVER_FILES: driver, XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? '/tmp' }
}

// The Chromium of this machine, headless, with WebGPU in software where there is no GPU.

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/** Where Chromium is: TENON_CHROMIUM, or the first of its usual names in PATH; `undefined` where there is none. */
export function findChromium(): string | undefined {
  const wanted = process.env.TENON_CHROMIUM
  if (wanted !== undefined && wanted !== '') return wanted
  const folders = (process.env.PATH ?? '').split(delimiter)
  const candidates = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'].flatMap((name) => folders.map((folder) => join(folder, name)))
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Why no browser can be started, or `undefined`. */
export const withoutChromium = (): string | undefined =>
  findChromium() === undefined ? 'there is no Chromium in PATH; install it, or set TENON_CHROMIUM to one' : undefined

/** Starts it. SwiftShader computes WebGPU's shaders on the processor: the same everywhere. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium() ?? 'chromium',
    args: [
      '--no-sandbox',
      '--enable-unsafe-webgpu',
      '--enable-features=Vulkan',
      '--use-webgpu-adapter=swiftshader',
      // Clearing workgroup memory before each kernel takes SwiftShader a second a program to prepare; kernels that rely on it would fail in Node.
      '--enable-dawn-features=disable_workgroup_init',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
    ],
  })
}

/// <reference types="@webgpu/types" />
// The GPU of this run-time: `navigator.gpu` where there is one, in Node what the package `webgpu` (Dawn) brings.

import { DeviceError } from '../../core/errors.ts'
import type { AdapterFacts } from './commands.ts'
import type { GpuFeature, SubgroupSizes } from './gpu-kernel.ts'

/** Loaded by name, so that no bundler looks for it. */
const packageName = 'webgpu'

/**
 * Dawn's switches. No kernel reads workgroup memory that it has not written, and clearing it costs more than the rest of a kernel where a driver
 * unrolls it: a module with 16 KiB took SwiftShader 1500 ms to make, 50 ms without.
 */
const switches: readonly string[] = ['enable-dawn-features=disable_workgroup_init']

let entry: Promise<GPU> | undefined

function isGpu(value: unknown): value is GPU {
  return typeof value === 'object' && value !== null && 'requestAdapter' in value
}

/** `navigator.gpu`, or `undefined`. */
function ownGpu(): GPU | undefined {
  const navigator: unknown = Reflect.get(globalThis, 'navigator')
  if (typeof navigator !== 'object' || navigator === null || !('gpu' in navigator)) return undefined
  return isGpu(navigator.gpu) ? navigator.gpu : undefined
}

/** Why there can be no GPU here, as far as that is known without asking for one; `undefined` where there may be. */
export function webgpuUnavailable(): string | undefined {
  if (ownGpu() !== undefined) return undefined
  if (nodeFiles() === undefined) return 'this browser has no navigator.gpu; use one with WebGPU, over https or on localhost'
  try {
    import.meta.resolve(packageName)
    return undefined
  } catch {
    return `the package '${packageName}' is not installed; run npm install ${packageName}`
  }
}

/** Node's file system, where there is one. */
const nodeFiles = () => (typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('fs'))

async function findGpu(): Promise<GPU> {
  const own = ownGpu()
  if (own !== undefined) return own
  const missing = webgpuUnavailable()
  if (missing !== undefined) throw new DeviceError(`webgpu: expected a GPU interface, there is none: ${missing}.`)
  const loaded: unknown = await import(packageName)
  const create: unknown = typeof loaded === 'object' && loaded !== null && 'create' in loaded ? loaded.create : undefined
  const made: unknown = typeof create === 'function' ? create([...switches]) : undefined
  if (!isGpu(made))
    throw new DeviceError(`webgpu: expected the package '${packageName}' to export create, it does not. Install version 0.6 or later.`)
  return made
}

const softwareDrivers = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/share/vulkan/icd.d/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
]

/** What may help where no adapter answers. */
function adviceWithoutAdapter(): string {
  const fs = nodeFiles()
  if (fs === undefined) return 'Enable hardware acceleration in the browser, or use another device.'
  if (process.platform !== 'linux') return 'Update the graphics driver, or use another device.'
  const software = softwareDrivers.find((path) => fs.existsSync(path))
  const driver =
    software === undefined
      ? 'install a Vulkan driver (or chromium, which brings SwiftShader, a driver for the processor)'
      : `install a Vulkan driver, or set VK_DRIVER_FILES=${software} to compute on the processor`
  return `Install libvulkan1 and ${driver}; TENON_DEVICE chooses another device.`
}

export interface OpenedGpu {
  readonly device: GPUDevice
  readonly facts: AdapterFacts
}

/** Asks for an adapter and a device with all that the adapter offers. */
export async function openGpu(): Promise<OpenedGpu> {
  entry ??= findGpu()
  const gpu = await entry
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter === null) throw new DeviceError(`webgpu: expected an adapter, none answered. ${adviceWithoutAdapter()}`)
  const features = (['subgroups', 'shader-f16'] as const).filter((name) => adapter.features.has(name))
  const { limits } = adapter
  const device = await adapter.requestDevice({
    requiredFeatures: features,
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    },
  })
  // Some browsers tell nothing of the adapter.
  return { device, facts: factsOf(device, adapter.info ?? {}, features) }
}

function factsOf(device: GPUDevice, info: Partial<GPUAdapterInfo>, features: readonly GpuFeature[]): AdapterFacts {
  const { limits } = device
  return {
    features: new Set(features),
    workgroupBytes: limits.maxComputeWorkgroupStorageSize,
    mostThreads: Math.min(256, limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX),
    subgroupSizes: subgroupSizesOf(info),
    mostBindings: limits.maxStorageBuffersPerShaderStage,
    // A binding ends at a word.
    mostBindingBytes: limits.maxStorageBufferBindingSize - (limits.maxStorageBufferBindingSize % 4),
    mostBufferBytes: limits.maxBufferSize,
    description: [info.vendor, info.architecture, info.description].filter((part) => part !== undefined && part !== '').join(' '),
  }
}

function subgroupSizesOf({ subgroupMinSize: least, subgroupMaxSize: most }: Partial<GPUAdapterInfo>): SubgroupSizes | undefined {
  return least === undefined || most === undefined ? undefined : { least, most }
}

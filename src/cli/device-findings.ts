// What tenon doctor finds out about each device: whether it can be used, why not, and what it has to compute with.

import { wasmFacts, wasmUnavailable } from '../backends/wasm/index.ts'
import { createWebgpuDevice } from '../backends/webgpu/index.ts'
import { type DeviceStatus, listDevices, TenonError } from '../index.ts'
import { quantity } from './quantities.ts'

/** A part of a device: `relaxed SIMD`, and what is to be said of it. */
export interface DeviceDetail {
  readonly name: string
  readonly text: string
}

/** One device. */
export interface DeviceFindings {
  readonly name: string
  readonly isDefault: boolean
  readonly usable: boolean
  /** `can be used`, or why it cannot. */
  readonly reason: string
  readonly details: readonly DeviceDetail[]
}

/** All devices, the fastest first. Asks WebGPU for its adapter: only then it is known whether there is one. */
export async function findDevices(): Promise<DeviceFindings[]> {
  return Promise.all(listDevices().map(find))
}

async function find({ name, unavailable, isDefault }: DeviceStatus): Promise<DeviceFindings> {
  const reason = unavailable ?? 'can be used'
  const usable = unavailable === undefined
  if (!usable) return { name, isDefault, usable, reason, details: [] }
  if (name === 'wasm') return { name, isDefault, usable, reason, details: wasmDetails() }
  if (name === 'webgpu') return { name, isDefault, ...(await findWebgpu()) }
  return { name, isDefault, usable, reason, details: [] }
}

function wasmDetails(): DeviceDetail[] {
  if (wasmUnavailable() !== undefined) return []
  const { simd, relaxedSimd, threads, sharedMemory, memory64 } = wasmFacts()
  const rows = { SIMD: simd, 'relaxed SIMD': relaxedSimd, threads, 'shared memory': sharedMemory, memory64 }
  return Object.entries(rows).map(([name, { usable, reason }]) => ({ name, text: `${usable ? 'yes' : 'no'}: ${reason}` }))
}

async function findWebgpu(): Promise<Pick<DeviceFindings, 'usable' | 'reason' | 'details'>> {
  try {
    const { description, features, mostBindings, mostBindingBytes, mostBufferBytes, mostThreads, workgroupBytes } =
      await createWebgpuDevice().describe()
    const details = [
      { name: 'adapter', text: description },
      { name: 'features', text: [...features].join(', ') || 'neither subgroups nor shader-f16: slower sums, 16-bit floats are widened' },
      { name: 'buffers', text: `${quantity(mostBufferBytes, 'B')} each, ${mostBindings} in a kernel, ${quantity(mostBindingBytes, 'B')} of each` },
      { name: 'workgroups', text: `${mostThreads} invocations, ${quantity(workgroupBytes, 'B')} shared` },
    ]
    return { usable: true, reason: 'can be used', details }
  } catch (error) {
    if (!(error instanceof TenonError)) throw error
    return { usable: false, reason: error.message, details: [] }
  }
}

// The machine that kernels are rendered for: vector width, registers, caches, cores. Read from the operating system, without running anything.

import { readdirSync, readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, platform } from 'node:os'
import type { Target } from './rendered-kernel.ts'

/** What is known of the processor. */
export interface Machine {
  readonly target: Target
  /** Name and feature flags: kernels compiled for one machine are not loaded on another. */
  readonly identity: string
  readonly model: string
  readonly cores: number
  /** 'AVX-512', 'AVX2', 'NEON', 'SSE'. */
  readonly vectorUnits: string
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function cacheSizes(): { readonly l1: number; readonly l2: number; readonly l3: number } {
  const sizes = { l1: 32 << 10, l2: 512 << 10, l3: 8 << 20 }
  const root = '/sys/devices/system/cpu/cpu0/cache'
  let entries: string[] = []
  try {
    entries = readdirSync(root)
  } catch {
    return sizes
  }
  for (const entry of entries) {
    if (textOf(`${root}/${entry}/type`).startsWith('Instruction')) continue
    const match = /^(\d+)([KM])/.exec(textOf(`${root}/${entry}/size`))
    const bytes = match === null ? 0 : Number(match[1]) * (match[2] === 'M' ? 1 << 20 : 1 << 10)
    const level = textOf(`${root}/${entry}/level`).trim()
    if (bytes === 0) continue
    if (level === '1') sizes.l1 = bytes
    else if (level === '2') sizes.l2 = bytes
    else if (level === '3') sizes.l3 = bytes
  }
  return sizes
}

let machine: Machine | undefined

/** This machine. */
export function thisMachine(): Machine {
  machine ??= detect()
  return machine
}

function detect(): Machine {
  const info = platform() === 'linux' ? textOf('/proc/cpuinfo') : ''
  const flags = new Set(/^(?:flags|Features)\s*:\s*(.*)$/m.exec(info)?.[1]?.split(' ') ?? [])
  const { l1, l2, l3 } = cacheSizes()
  const caches = { l1Bytes: l1, l2Bytes: l2, l3Bytes: l3 }
  const model = cpus()[0]?.model ?? 'unknown'
  const cores = availableParallelism()
  const make = (target: Target, vectorUnits: string): Machine => ({
    target,
    vectorUnits,
    model,
    cores,
    identity: `${arch()} ${model} ${[...flags].sort().join(' ')}`,
  })
  if (arch() === 'arm64') return make({ vectorBytes: 16, vectorRegisters: 32, ...caches }, 'NEON')
  if (flags.has('avx512f') && flags.has('avx512dq') && flags.has('avx512vl'))
    return make({ vectorBytes: 64, vectorRegisters: 32, ...caches }, 'AVX-512')
  // Where the flags cannot be read, every x86 processor of the last decade has AVX2.
  if ((flags.has('avx2') && flags.has('fma')) || (flags.size === 0 && arch() === 'x64')) {
    return make({ vectorBytes: 32, vectorRegisters: 16, ...caches }, 'AVX2')
  }
  return make({ vectorBytes: 16, vectorRegisters: 16, ...caches }, 'SSE')
}

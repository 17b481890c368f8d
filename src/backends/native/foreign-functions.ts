// koffi, through which C functions are called. Loaded when it is first needed: where it is missing or may not be loaded, other devices compute.

import { createRequire } from 'node:module'
import { DeviceError } from '../../core/errors.ts'

type Koffi = typeof import('koffi')

let loaded: Koffi | string | undefined

function load(): Koffi | string {
  try {
    const koffi: Koffi = createRequire(import.meta.url)('koffi')
    return koffi
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return `the package koffi cannot be loaded (${reason})`
  }
}

/** Why C functions cannot be called in this process, or `undefined`. */
export function withoutForeignFunctions(): string | undefined {
  loaded ??= load()
  return typeof loaded === 'string' ? loaded : undefined
}

/** koffi; a DeviceError where it cannot be loaded. */
export function foreignFunctions(): Koffi {
  loaded ??= load()
  if (typeof loaded === 'string') throw new DeviceError(`native: expected to call C functions, ${loaded}. Install it, or choose another device.`)
  return loaded
}

// The devices of this process: which are registered, which can be used, and the one that computes where nothing else is said.

import { environmentVariable } from '../core/environment.ts'
import { ConfigError, DeviceError } from '../core/errors.ts'
import type { Device } from './device.ts'

/** A device that may be used, before it is made. */
export interface DeviceEntry {
  readonly name: string
  /** The usable device of the highest priority is the default. */
  readonly priority: number
  /** Why it cannot be used here, or `undefined` if it can. */
  available(): string | undefined
  create(): Device
}

const entries = new Map<string, DeviceEntry>()
const made = new Map<string, Device>()
let chosen: string | undefined

/** Makes a device known under its name; the last registration of a name counts. */
export function registerDevice(entry: DeviceEntry): void {
  entries.set(entry.name, entry)
  made.delete(entry.name)
}

/** A registered device, with the reason where it cannot be used. */
export interface DeviceStatus {
  readonly name: string
  readonly priority: number
  readonly unavailable: string | undefined
  readonly isDefault: boolean
}

/** All registered devices, the highest priority first. */
export function listDevices(): DeviceStatus[] {
  const name = defaultDeviceName()
  return byPriority().map((entry) => ({
    name: entry.name,
    priority: entry.priority,
    unavailable: entry.available(),
    isDefault: entry.name === name,
  }))
}

const byPriority = (): DeviceEntry[] => [...entries.values()].sort((a, b) => b.priority - a.priority)

/** What TENON_DEVICE named when this module was loaded: reading the environment at every call would cost as much as a small program. */
const forced = environmentVariable('TENON_DEVICE') || undefined

function defaultDeviceName(): string | undefined {
  return chosen ?? forced ?? byPriority().find((entry) => entry.available() === undefined)?.name
}

/** Computes on this device from now on. `undefined` goes back to TENON_DEVICE or the best one found. */
export function setDefaultDevice(name: string | undefined): void {
  if (name !== undefined) device(name)
  chosen = name
}

/** The device of a name; a ConfigError where there is none, a DeviceError where it cannot be used. */
export function device(name: string): Device {
  const old = made.get(name)
  if (old !== undefined) return old
  const entry = entries.get(name)
  if (entry === undefined) {
    throw new ConfigError(`device: expected one of ${[...entries.keys()].join(', ')}, got '${name}'. Check TENON_DEVICE or setDefaultDevice.`)
  }
  const reason = entry.available()
  if (reason !== undefined) throw new DeviceError(`device '${name}': expected it to be usable here, it is not: ${reason}.`)
  const device = entry.create()
  made.set(name, device)
  return device
}

/** The device that computes: what setDefaultDevice or TENON_DEVICE names, else the best that can be used. */
export function currentDevice(): Device {
  const name = defaultDeviceName()
  if (name === undefined) throw new DeviceError('device: expected a registered device that can be used, there is none. Import from tenon.')
  return device(name)
}

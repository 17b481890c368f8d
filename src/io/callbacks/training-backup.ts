// The state of a training and of its callbacks as one safetensors file: tensors by name, everything else as JSON in its header.

import { FormatError, type Tensor } from '../../core/index.ts'
import type { CallbackState, TrainingProgress, TrainingState } from '../../nn/index.ts'
import { crc32c } from '../checksums.ts'
import { decodeSafetensors, encodeSafetensors } from '../safetensors.ts'

/** What a training and its callbacks need to go on. */
export interface TrainingBackup {
  readonly state: TrainingState
  /** By place in the list and class: `1/EarlyStopping`. */
  readonly callbacks: ReadonlyMap<string, CallbackState>
  /** Whether a callback has ended the training. */
  readonly stopTraining: boolean
}

const entry = 'tenon.training'
const prefix = 'callbacks/'

/** The bytes of a file. */
export function encodeBackup({ state, callbacks, stopTraining }: TrainingBackup): Uint8Array<ArrayBuffer> {
  const tensors = new Map(state.tensors)
  for (const [key, { tensors: own = {} }] of callbacks) {
    for (const [name, value] of Object.entries(own)) tensors.set(`${prefix}${key}/${name}`, value)
  }
  const json = { progress: state.progress, callbacks: Object.fromEntries([...callbacks].map(([key, value]) => [key, value.json])), stopTraining }
  return sealed(encodeSafetensors(tensors, { [sealEntry]: noSeal, [entry]: JSON.stringify(json, writeNumber) }))
}

/** The checksum of a whole file (CRC-32C, in hexadecimal) is the first thing in it, and is computed with zeros in its place. */
const sealEntry = 'checksum'
const noSeal = '00000000'
const sealStart = new TextEncoder().encode(`{"__metadata__":{"${sealEntry}":"`)
const sealAt = 8 + sealStart.length

function sealed(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  bytes.set(new TextEncoder().encode(crc32c(bytes).toString(16).padStart(noSeal.length, '0')), sealAt)
  return bytes
}

/** A FormatError where a file is not what was written. */
function checkSeal(bytes: Uint8Array, path: string): void {
  const blank = bytes.slice()
  const seal = new TextDecoder().decode(blank.subarray(sealAt, sealAt + noSeal.length))
  const isSealed = sealStart.every((byte, i) => byte === blank[8 + i]) && seal.length === noSeal.length
  if (isSealed) blank.set(new TextEncoder().encode(noSeal), sealAt)
  const found = crc32c(blank).toString(16).padStart(noSeal.length, '0')
  if (isSealed && found === seal) return
  const received = isSealed ? `bytes of another (${found} instead of ${seal})` : 'one without'
  throw new FormatError(`read '${path}': expected a backup with its own checksum, got ${received}. The file is cut off or damaged.`)
}

/** What a file holds; a FormatError that names it where it is damaged or something else. */
export function decodeBackup(bytes: Uint8Array, path: string): TrainingBackup {
  checkSeal(bytes, path)
  const { tensors, metadata } = decodeSafetensors(bytes, path)
  const json: unknown = JSON.parse(metadata[entry] ?? 'null', readNumber)
  if (!isBackupJson(json)) {
    throw new FormatError(`read '${path}': expected the state of a training, got a file without. Pass a folder that backups were written to.`)
  }
  const own = new Map<string, Tensor>()
  const ofCallbacks = new Map<string, Record<string, Tensor>>()
  for (const [name, value] of tensors) {
    const [, key, rest] = /^callbacks\/(\d+\/[^/]*)\/(.*)$/.exec(name) ?? []
    if (key === undefined || rest === undefined) own.set(name, value)
    else ofCallbacks.set(key, { ...ofCallbacks.get(key), [rest]: value })
  }
  const callbacks = Object.entries(json.callbacks).map(([key, value]) => [key, { json: value, tensors: ofCallbacks.get(key) ?? {} }] as const)
  return { state: { tensors: own, progress: json.progress }, callbacks: new Map(callbacks), stopTraining: json.stopTraining }
}

/** JSON has no NaN, no infinities and no negative zero. */
const writeNumber = (_: string, value: unknown): unknown =>
  typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)) ? { number: Object.is(value, -0) ? '-0' : String(value) } : value

function readNumber(_: string, value: unknown): unknown {
  if (!isRecord(value) || typeof value.number !== 'string' || Object.keys(value).length !== 1) return value
  return Number(value.number)
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isNumbers = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === 'number')
const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 0

function isBackupJson(
  json: unknown,
): json is { progress: TrainingProgress; callbacks: Record<string, CallbackState['json']>; stopTraining: boolean } {
  if (!isRecord(json) || typeof json.stopTraining !== 'boolean') return false
  return isRecord(json.callbacks) && Object.values(json.callbacks).every(isRecord) && isProgress(json.progress)
}

function isProgress(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value.position) || !isRecord(value.history) || !isRecord(value.history.history)) return false
  const { version, position, iterations, epochIterations, history, optimizer, hasAverages } = value
  const counts = [version, position.epoch, position.step, iterations, epochIterations]
  const series = [history.epoch, ...Object.values(value.history.history)]
  return counts.every(isCount) && series.every(isNumbers) && typeof optimizer === 'string' && typeof hasAverages === 'boolean'
}

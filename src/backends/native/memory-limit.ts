// The memory of this machine against what a program asks for, before it runs.

import { totalmem } from 'node:os'
import type { GraphFunction } from '../../compiler/device.ts'
import { explainMemory } from '../../compiler/explain.ts'
import { ConfigError, DeviceError } from '../../core/errors.ts'
import type { Assembly } from './assemble.ts'

/** Bytes that programs may use: TENON_MEMORY_LIMIT (MiB), else what the machine or its container has. */
export function memoryLimit(): number {
  const text = process.env.TENON_MEMORY_LIMIT
  if (text !== undefined && text !== '') {
    const mebibytes = Number(text)
    if (!(mebibytes > 0)) throw new ConfigError(`native: expected TENON_MEMORY_LIMIT in MiB, a number above 0, got '${text}'. Change it.`)
    return mebibytes * 2 ** 20
  }
  const constrained = process.constrainedMemory?.() ?? 0
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem()
}

const megabytes = (bytes: number): string => (bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${Math.ceil(bytes / 2 ** 20)} MiB`)

/** Throws a DeviceError that says how much is missing and for what, where a program needs more memory than there is. */
export function checkMemory(graph: GraphFunction, assembly: Assembly): void {
  const limit = memoryLimit()
  const { inputBytes, outputBytes, arenaBytes, largest } = explainMemory(graph, assembly.kernels, assembly.plan)
  const needed = inputBytes + outputBytes + arenaBytes
  if (needed <= limit) return
  const values = largest
    .slice(0, 3)
    .map(({ value, bytes }) => `${value} (${megabytes(bytes)})`)
    .join(', ')
  throw new DeviceError(
    `native: expected a program of at most ${megabytes(limit)}, this one needs ${megabytes(needed)}: inputs ${megabytes(inputBytes)}, results ${megabytes(outputBytes)}, ` +
      `intermediate values ${megabytes(arenaBytes)}${values === '' ? '' : `, the largest ${values}`}. Use a smaller batch, checkpoint, or a lower precision.`,
  )
}

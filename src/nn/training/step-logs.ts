// What steps report, as numbers and in states that are saved.

import { numbersOf, type Tensor } from '../../core/index.ts'
import { flatFigures } from './compiled-metrics.ts'
import { ownCopy } from '../model/weights.ts'

/** What a step reports, by name: scalars, or vectors (reported as `name_0`, `name_1`, …). */
export type StepLogs = Readonly<Record<string, Tensor>>

/** The figures so far in a state. */
export function logsOf(tensors: ReadonlyMap<string, Tensor>): StepLogs {
  const logs: Record<string, Tensor> = {}
  for (const [name, value] of tensors) if (name.startsWith('logs/')) logs[name.slice('logs/'.length)] = ownCopy(value)
  return logs
}

/** Figures by name; those that have several values (one for each class) as `name_0`, `name_1`, …. */
export async function figuresOf(logs: StepLogs, order: readonly string[]): Promise<Record<string, number>> {
  const known = Object.keys(logs)
  const names = [...order.filter((name) => known.includes(name)), ...known.filter((name) => !order.includes(name))]
  const read = names.map(async (name) => {
    const value = logs[name]
    const numbers = value === undefined ? [] : Array.from(numbersOf(await value.storage()))
    return [name, value?.rank === 0 ? (numbers[0] ?? Number.NaN) : numbers] as const
  })
  return flatFigures(await Promise.all(read))
}

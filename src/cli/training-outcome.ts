// What a training ended with, as a file: every tensor of its state, and its history; and where two of them differ.

import { byteSize, Callback, type Logs, type AnyModel, numbersOf, type Tensor, tensor } from '../index.ts'
import { decodeSafetensors, encodeSafetensors, readWhole, writeWhole } from '../io/index.ts'

/** What a process that trains tells the one that has started it. */
export type TrainingMessage = 'begin' | 'batch'

/** Writes what a training ended with, and tells of its batches. */
export class OutcomeWriter extends Callback {
  override readonly isLast = true
  private readonly path: string
  private readonly tell: (message: TrainingMessage) => void

  constructor(path: string, tell: (message: TrainingMessage) => void) {
    super()
    this.path = path
    this.tell = tell
  }

  override onTrainBegin(): void {
    this.tell('begin')
  }

  override onTrainBatchEnd(): void {
    this.tell('batch')
  }

  override async onTrainEnd(_logs: Logs, model: AnyModel): Promise<void> {
    const { tensors, progress } = await model.trainingState()
    const all = new Map(tensors)
    const { epoch, history } = progress.history
    const counts = [progress.iterations, progress.epochIterations, progress.position.epoch, progress.position.step]
    for (const [name, series] of Object.entries({ ...history, epoch, counts }))
      all.set(`history/${name}`, tensor(Float64Array.from(series), [series.length]))
    await writeWhole(this.path, encodeSafetensors(all))
  }
}

/** The tensors of an outcome. */
export async function readOutcome(path: string): Promise<ReadonlyMap<string, Tensor>> {
  return decodeSafetensors(await readWhole(path), path).tensors
}

/** A line for each tensor that is not the same, bit by bit. */
export function differences(whole: ReadonlyMap<string, Tensor>, interrupted: ReadonlyMap<string, Tensor>): string[] {
  const names = [...new Set([...whole.keys(), ...interrupted.keys()])]
  return names.flatMap((name) => {
    const [a, b] = [whole.get(name), interrupted.get(name)]
    if (a === undefined || b === undefined) return [`${name}: only in the ${a === undefined ? 'interrupted' : 'uninterrupted'} training`]
    if (a.dtype !== b.dtype || String(a.shape) !== String(b.shape)) return [`${name}: ${a.dtype} [${a.shape}] and ${b.dtype} [${b.shape}]`]
    const different = elementsThatDiffer(a, b)
    const [first] = different
    if (first === undefined) return []
    const [x, y] = [a, b].map((value) => shown(numbersOf(value.storageSync())[first]))
    return [`${name}: ${different.length} of ${a.size} numbers differ, first number ${first}: ${x} uninterrupted, ${y} interrupted`]
  })
}

/** Zeros of both signs are told apart. */
const shown = (value: number | bigint | undefined): string => (Object.is(value, -0) ? '-0' : String(value))

function elementsThatDiffer(a: Tensor, b: Tensor): number[] {
  const size = byteSize(a.dtype)
  const [x, y] = [a, b].map((value) => new Uint8Array(value.storageSync().bytes, 0, value.size * size))
  const different = new Set<number>()
  x?.forEach((byte, i) => {
    if (byte !== y?.[i]) different.add(Math.floor(i / size))
  })
  return [...different]
}

/** How many tensors and numbers an outcome has, by kind. */
export function contents(outcome: ReadonlyMap<string, Tensor>): string {
  const kinds = new Map<string, { tensors: number; numbers: number }>()
  for (const [name, { size }] of outcome) {
    const kind = name.split('/')[0] ?? name
    const { tensors, numbers } = kinds.get(kind) ?? { tensors: 0, numbers: 0 }
    kinds.set(kind, { tensors: tensors + 1, numbers: numbers + size })
  }
  return [...kinds].map(([kind, { tensors, numbers }]) => `${kind} (${tensors}, ${numbers} numbers)`).join(', ')
}

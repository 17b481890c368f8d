// tenon verify-resume FILE: whether a training that is killed again and again ends with the same bits as one that is not.

import { fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ConfigError, TrainingError } from '../index.ts'
import { BackupAndRestore } from '../io/index.ts'
import type { Command } from './command.ts'
import { loadFile } from './load-file.ts'
import { contents, differences, OutcomeWriter, readOutcome } from './training-outcome.ts'

const name = 'verify-resume'
/** Tensors that differ and are listed. */
const shownDifferences = 20

/** Trainings that end before they can be killed, until none is tried again. */
const fastTrainings = 10

/** `tenon verify-resume`. */
export const verifyResume: Command = {
  summary: 'proves that a training that is killed and started again ends with the same bits',
  help: `tenon verify-resume FILE [--kills N] [--save-freq N|epoch] [--double]

FILE exports \`train\` (or as default) a function of a list of callbacks that builds, compiles and fits a model and passes the callbacks on to fit:

  export async function train(callbacks: Callback[]): Promise<void> {
    const model = …
    await model.fit(x, y, { epochs: 4, callbacks: [new EarlyStopping(), ...callbacks] })
  }

It is run once in a process of its own. Then it is run with BackupAndRestore, its process is killed (SIGKILL) at random moments and started again
until it is done. Weights, the optimizer's memory, metrics, counters and the history of both are compared bit by bit. Exit code 0: they are the same;
1: they are not.

--kills N      how often the training is killed (default 5)
--save-freq N  batches between backups, or 'epoch' (default 3)
--double       keep two backups (doubleCheckpoint)

Example: tenon verify-resume examples/resume.ts --kills 8`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        kills: { type: 'string', default: '5' },
        'save-freq': { type: 'string', default: '3' },
        double: { type: 'boolean', default: false },
        // What the command tells the processes that it starts.
        outcome: { type: 'string' },
        backup: { type: 'string' },
      },
    })
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) {
      throw new ConfigError(`${name}: expected one file, got ${positionals.length}. Example: tenon ${name} examples/resume.ts`)
    }
    const saveFreq = values['save-freq'] === 'epoch' ? 'epoch' : count('--save-freq', values['save-freq'])
    const { outcome, backup: backupDir, double } = values
    if (outcome === undefined) return verify(file, { kills: count('--kills', values.kills), saveFreq, double })
    const backup = backupDir === undefined ? [] : [new BackupAndRestore({ backupDir, saveFreq, doubleCheckpoint: double })]
    const train = trainingOf(await loadFile(name, file), file)
    await train([new OutcomeWriter(outcome, (message) => process.send?.(message)), ...backup])
  },
}

function count(what: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new ConfigError(`${name}: expected ${what} to be a positive whole number, got '${text}'. Example: tenon ${name} examples/resume.ts --kills 8`)
}

type Train = (callbacks: readonly object[]) => unknown

function trainingOf(exported: ReadonlyMap<string, unknown>, file: string): Train {
  const isTrain = (value: unknown): value is Train => typeof value === 'function'
  const train = exported.get('train') ?? exported.get('default')
  if (isTrain(train)) return train
  throw new ConfigError(
    `${name} '${file}': expected an export 'train', a function of callbacks, got ${[...exported.keys()].join(', ') || 'nothing'}. See tenon ${name} --help.`,
  )
}

/** How a process that trained came to its end. */
interface Run {
  readonly finished: boolean
  readonly batches: number
  /** Milliseconds of a batch. */
  readonly pace: number
}

/** When a process is killed: so many batches after its training begins, and some milliseconds more. */
interface Kill {
  readonly batches: number
  readonly delay: number
}

/** Trains in a process of its own, which may be killed. */
function trainApart(args: readonly string[], kill?: Kill): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = fork(process.argv[1] ?? '', [name, ...args], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let [batches, begin, last, begun] = [0, 0, 0, false]
    const errors: string[] = []
    child.stderr?.on('data', (text: Buffer) => errors.push(String(text)))
    child.on('message', (message) => {
      last = performance.now()
      if (message === 'begin') begin = last
      else batches++
      begun = true
      if (kill !== undefined && batches === kill.batches) setTimeout(() => child.kill('SIGKILL'), kill.delay)
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const wasKilled = kill !== undefined && signal === 'SIGKILL'
      const text = errors.join('').trim()
      if (code !== 0 && !wasKilled)
        reject(new TrainingError(`${name}: expected a training that ends, it failed:\n${text || `exit code ${code}, ${signal}`}`))
      else if (!begun && !wasKilled) {
        reject(new ConfigError(`${name}: expected a training with the callbacks, got none. Pass the callbacks that train is given on to fit.`))
      } else resolve({ finished: !wasKilled, batches, pace: (last - begin) / Math.max(batches, 1) })
    })
  })
}

interface Plan {
  readonly kills: number
  readonly saveFreq: number | 'epoch'
  readonly double: boolean
}

async function verify(file: string, { kills, saveFreq, double }: Plan): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tenon-resume-'))
  const [whole, parts, again] = ['whole', 'parts', 'again'].map((part) => join(folder, `${part}.safetensors`))
  if (whole === undefined || parts === undefined || again === undefined) return
  try {
    const start = performance.now()
    const { batches, pace } = await trainApart([file, '--outcome', whole])
    console.log(`uninterrupted: ${batches} batches in ${((performance.now() - start) / 1000).toFixed(1)} s`)
    const resumed = [file, '--outcome', parts, '--backup', join(folder, 'backup'), '--save-freq', String(saveFreq), ...(double ? ['--double'] : [])]
    const killed = await trainKilled(resumed, { kills, batches, pace })
    const expected = await readOutcome(whole)
    const found = differences(expected, await readOutcome(parts))
    if (found.length === 0) {
      console.log(`\nSAME: killed ${killed} times, the training ended with the same bits.\n${contents(expected)}`)
      return
    }
    process.exitCode = 1
    console.log(`\nDIFFERENT: killed ${killed} times, the training ended with other bits in ${found.length} of ${expected.size} tensors.`)
    for (const line of found.slice(0, shownDifferences)) console.log(line)
    if (found.length > shownDifferences) console.log(`… and ${found.length - shownDifferences} more`)
    await trainApart([file, '--outcome', again])
    if (differences(expected, await readOutcome(again)).length > 0) {
      console.log(`\nTwo uninterrupted trainings differ as well: ${file} itself is not the same each time. Seed its data and its model.`)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Trains in processes that are killed, one after the other, until one is done; how many were killed. */
async function trainKilled(
  args: readonly string[],
  { kills, batches, pace }: Pick<Run, 'batches' | 'pace'> & { readonly kills: number },
): Promise<number> {
  // On average, all kills together leave room for the training to come to its last part.
  const most = Math.min(Math.ceil((2 * batches) / (kills + 1)), batches)
  for (let [killed, early] = [0, 0]; ; ) {
    const kill = { batches: Math.floor(Math.random() * most), delay: early > 0 ? 0 : Math.random() * 2 * pace }
    const run = await trainApart(args, killed < kills ? kill : undefined)
    if (!run.finished) {
      killed++
      console.log(`killed after ${run.batches} batches`)
    } else if (killed > 0) return killed
    else if (++early > fastTrainings) {
      throw new TrainingError(`${name}: expected a training that is slow enough to be killed, got one that ended first. Give it more epochs.`)
    }
  }
}

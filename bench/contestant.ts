// One contestant of a benchmark: a process that prepares cases and times them when asked, so that several can take turns in one run. The
// protocol is described in contestants/protocol.py; contestants/serve.ts is its TypeScript side.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'

/** A case as JSON: what every contestant gets to prepare. */
export type Case = Readonly<Record<string, string | number | boolean | readonly number[]>>

/** How a contestant is started. */
export interface ContestantProgram {
  /** Shown where the contestant cannot start and so cannot say its own name. */
  readonly name: string
  readonly script: string
  readonly threads: number
  /** Added to the environment. */
  readonly environment?: Readonly<Record<string, string>>
}

/** A contestant that could not be started or could not prepare a case, and why. */
export class MissingContestant extends Error {}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The Python that bench/setup makes. */
export const python = here('.venv/bin/python')

/** The environment of a contestant: `threads` threads for every library, and no choice of kernels forced on it. */
export function contestantEnvironment(threads: number): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...rest } = process.env
  const count = String(threads)
  return { ...rest, OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count, MKL_NUM_THREADS: count, TENON_THREADS: count }
}

/** The command that runs a contestant's script. */
export function commandOf(script: string): readonly [command: string, args: readonly string[]] {
  return script.endsWith('.py') ? [python, [here(script)]] : [process.execPath, ['--import', 'tsx', here(script)]]
}

/** A running contestant. */
export class Contestant {
  readonly name: string
  readonly version: string
  readonly details: string
  private readonly child: ChildProcessWithoutNullStreams
  private readonly replies: AsyncIterator<string>
  private readonly errors: string[]

  private constructor(hello: Reply, child: ChildProcessWithoutNullStreams, replies: AsyncIterator<string>, errors: string[]) {
    this.name = text(hello, 'name')
    this.version = text(hello, 'version')
    this.details = text(hello, 'details')
    this.child = child
    this.replies = replies
    this.errors = errors
  }

  /** Starts a contestant and waits until it has said who it is. */
  static async start({ name, script, threads, environment }: ContestantProgram): Promise<Contestant> {
    const [command, args] = commandOf(script)
    if (!existsSync(command)) throw new MissingContestant(`${name}: not installed, run bench/setup`)
    const child = spawn(command, args, { env: { ...contestantEnvironment(threads), ...environment } })
    const errors: string[] = []
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => errors.splice(0, errors.length, ...[...errors, chunk].slice(-20)))
    child.stdin.on('error', () => undefined)
    const replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const first = await replies.next()
    if (first.done === true) throw new MissingContestant(`${name}: ${lastLine(errors) ?? 'it stopped before it said who it is'}`)
    return new Contestant(parseReply(first.value), child, replies, errors)
  }

  /** Builds a case and runs it until it is warm. Returns what the contestant says of it. */
  prepare(work: Case, warmUps = 3): Promise<Reply> {
    return this.ask({ op: 'prepare', case: work, warmUps })
  }

  /** Seconds that one run of the prepared case takes, the mean over about `seconds`. */
  async time(seconds: number): Promise<number> {
    return number(await this.ask({ op: 'time', seconds }), 'seconds')
  }

  /** Resident bytes of the process: the most so far, and now. */
  async memory(): Promise<{ readonly peak: number; readonly now: number }> {
    const reply = await this.ask({ op: 'memory' })
    return { peak: number(reply, 'peak'), now: number(reply, 'now') }
  }

  /** Ends the process. */
  close(): void {
    this.child.stdin.end()
    this.child.kill()
  }

  private async ask(request: object): Promise<Reply> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`)
    const next = await this.replies.next()
    if (next.done === true) throw new MissingContestant(`${this.name}: it stopped. ${lastLine(this.errors) ?? ''}`)
    const reply = parseReply(next.value)
    if (typeof reply.error === 'string') throw new MissingContestant(`${this.name}: ${reply.error}`)
    return reply
  }
}

/** A line from a contestant. */
export type Reply = Readonly<Record<string, unknown>>

const isReply = (value: unknown): value is Reply => typeof value === 'object' && value !== null && !Array.isArray(value)

function parseReply(line: string): Reply {
  const value: unknown = JSON.parse(line)
  if (!isReply(value)) throw new MissingContestant(`expected an object from a contestant, got ${line}`)
  return value
}

/** A number in a reply. */
export function number(reply: Reply, key: string): number {
  const value = reply[key]
  if (typeof value !== 'number') throw new MissingContestant(`expected a number '${key}' from a contestant, got ${JSON.stringify(reply)}`)
  return value
}

function text(reply: Reply, key: string): string {
  const value = reply[key]
  return typeof value === 'string' ? value : ''
}

function lastLine(errors: readonly string[]): string | undefined {
  return errors.join('').trim().split('\n').at(-1)
}

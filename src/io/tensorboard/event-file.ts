// Event files on disk: what TensorBoard finds in a folder and follows while it grows.

import { open, mkdir, type FileHandle } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { FormatError } from '../../core/index.ts'
import { isFull } from '../files.ts'
import { type EventEncoder, eventEncoder, type SummaryValue } from './event.ts'
import { encodeRecord } from './record.ts'

/** Options of {@link EventFile.create}. */
export interface EventFileOptions {
  /** Seconds since 1970; default the machine's clock. */
  readonly now?: () => number
  /** Default: the machine's. */
  readonly host?: string
}

let opened = 0

/**
 * A growing event file in a folder.
 *
 * ```ts
 * const events = await EventFile.create('logs/train')
 * await events.write('loss', 1, { kind: 'scalar', value: 0.25 })
 * await events.close()
 * ```
 */
export class EventFile {
  readonly path: string
  private readonly file: FileHandle
  private readonly encoder: EventEncoder
  private readonly now: () => number
  private length = 0

  private constructor(path: string, file: FileHandle, encoder: EventEncoder, now: () => number) {
    this.path = path
    this.file = file
    this.encoder = encoder
    this.now = now
  }

  /** Makes the folder and a new file in it, `events.out.tfevents.<seconds>.<host>.<process>.<number>`. */
  static async create(folder: string, options: EventFileOptions = {}): Promise<EventFile> {
    const { now = () => Date.now() / 1000, host = hostname() } = options
    const started = now()
    const name = `events.out.tfevents.${String(Math.floor(started)).padStart(10, '0')}.${host}.${process.pid}.${opened++}`
    const path = join(folder, name)
    try {
      await mkdir(folder, { recursive: true })
      const made = new EventFile(path, await open(path, 'wx'), await eventEncoder(), now)
      await made.append(made.encoder.version(started))
      return made
    } catch (error) {
      throw error instanceof FormatError ? error : notWritten(path, error, 'an event file that can be written')
    }
  }

  /** Adds an event. A full disk is an error, and the file then ends with the event before. */
  async write(tag: string, step: number, value: SummaryValue): Promise<void> {
    await this.append(await this.encoder.summary({ wallTime: this.now(), step, tag, value }))
  }

  /** Closes the file; what was written is on the disk. */
  async close(): Promise<void> {
    try {
      await this.file.sync()
    } finally {
      await this.file.close()
    }
  }

  private async append(message: Uint8Array): Promise<void> {
    const frame = encodeRecord(message)
    try {
      await writeAll(this.file, frame, this.length)
    } catch (error) {
      await this.file.truncate(this.length).catch(() => undefined)
      const expected = isFull(error) ? `room for ${frame.length} more bytes` : 'an event file that can be written'
      throw notWritten(this.path, error, expected)
    }
    this.length += frame.length
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
}

function notWritten(path: string, cause: unknown, expected: string): FormatError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new FormatError(
    `write '${path}': expected ${expected}, got ${reason}. What was written before is still in it. Check the folder and the space on its disk.`,
    { cause },
  )
}

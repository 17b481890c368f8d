// How the front reaches the host: in this thread, or in a thread of its own.

import { DeviceError } from '../../core/errors.ts'
import type { Answer, Command, Question } from './commands.ts'
import { Host } from './host.ts'
import type { BindingLimits } from './memory-parts.ts'

export interface Channel {
  /** Whether `askNow` can be used. */
  readonly canWait: boolean
  post(command: Command): void
  ask(question: Question): Promise<Answer>
  /** Waits for the answer; blocks this thread. */
  askNow(question: Question): Answer
  /** Changes when memory on the GPU was lost: what has a copy elsewhere must be uploaded again, and programs made known again. */
  generation(): number
}

const donatedMemory = 'webgpu: expected numbers in the memory of the GPU, they are gone. Do not read donated tensors.'

/** A host in this thread: nothing can be read at once. */
export class LocalChannel implements Channel {
  readonly canWait = false
  private losses = 0
  private readonly host: Host

  /** `limits`: stricter ones than the adapter's. */
  constructor(limits: Partial<BindingLimits> = {}) {
    this.host = new Host({ lost: () => this.losses++, finished: () => undefined, fail: () => undefined }, donatedMemory, limits)
  }

  post(command: Command): void {
    this.host.post(command)
  }

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve) => {
      this.host.ask(question, (answer) => resolve(answer.kind === 'bytes' ? { kind: 'bytes', bytes: answer.bytes.slice() } : answer))
    })
  }

  askNow(): never {
    throw new DeviceError(
      'webgpu: expected to wait for the GPU, but this thread cannot: a page has only asynchronous reads. Use await x.data() in place of x.dataSync(), or compute in a worker of a cross-origin isolated page.',
    )
  }

  generation(): number {
    return this.losses
  }
}

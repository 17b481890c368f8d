// Answers in shared memory, for a thread that waits for them.

import type { AdapterFacts, Answer } from './commands.ts'
import type { GpuFeature } from './gpu-kernel.ts'

const headBytes = 16
const kinds = ['error', 'adapter', 'bytes', 'done'] as const

/** Room for an answer with `bytes` bytes, or a message. */
export function answerRoom(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(headBytes + Math.max(8192, bytes))
}

export function writeAnswer(into: SharedArrayBuffer, answer: Answer): void {
  const payload = payloadOf(answer)
  const room = into.byteLength - headBytes
  const length = Math.min(payload.length, room)
  new Uint8Array(into, headBytes, length).set(payload.subarray(0, length))
  new Int32Array(into, 0, 2).set([kinds.indexOf(answer.kind), length])
}

function payloadOf(answer: Answer): Uint8Array {
  switch (answer.kind) {
    case 'error':
      return new TextEncoder().encode(answer.message)
    case 'adapter':
      return new TextEncoder().encode(JSON.stringify({ ...answer.facts, features: [...answer.facts.features] }))
    case 'bytes':
      return answer.bytes
    case 'done':
      return new Uint8Array(0)
  }
}

/** The answer that {@link writeAnswer} wrote; its bytes are a copy. */
export function readAnswer(from: SharedArrayBuffer): Answer {
  const [kind = 0, length = 0] = new Int32Array(from, 0, 2)
  const bytes = new Uint8Array(length)
  bytes.set(new Uint8Array(from, headBytes, length))
  switch (kinds[kind]) {
    case 'adapter': {
      const plain: Omit<AdapterFacts, 'features'> & { features: readonly GpuFeature[] } = JSON.parse(new TextDecoder().decode(bytes))
      return { kind: 'adapter', facts: { ...plain, features: new Set(plain.features) } }
    }
    case 'bytes':
      return { kind: 'bytes', bytes }
    case 'done':
      return { kind: 'done' }
    default:
      return { kind: 'error', message: new TextDecoder().decode(bytes) }
  }
}

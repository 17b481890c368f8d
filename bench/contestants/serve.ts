// The TypeScript side of the protocol that protocol.py describes: one JSON object a line.

import { createInterface } from 'node:readline'
import { type Prepared, repeat, secondsOf } from '../repeat.ts'

/** A case with its values as the harness sent them. */
export type Work = ReadonlyMap<string, unknown>

/** Says who it is and answers requests until the input ends. */
export async function serve(
  hello: { readonly name: string; readonly version: string; readonly details: string },
  prepare: (work: Work) => Prepared | Promise<Prepared>,
) {
  const reply = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`)
  reply(hello)
  let prepared: Prepared = { run: () => undefined }
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const request = recordOf(JSON.parse(line))
      switch (request.get('op')) {
        case 'prepare': {
          prepared = await prepare(recordOf(request.get('case')))
          const warmUps = request.get('warmUps')
          await secondsOf(prepared, typeof warmUps === 'number' ? warmUps : 3)
          reply(prepared.info ?? {})
          break
        }
        case 'time':
          reply({ seconds: await repeat(prepared, numberIn(request, 'seconds')) })
          break
        case 'memory':
          reply({ peak: process.resourceUsage().maxRSS * 1024, now: process.memoryUsage.rss() })
          break
        default:
          reply({ error: `unknown operation ${String(request.get('op'))}` })
      }
    } catch (error) {
      reply({ error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) })
    }
  }
}

function recordOf(value: unknown): Work {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}

/** A number in a request or case. */
export function numberIn(work: Work, key: string): number {
  const value = work.get(key)
  if (typeof value !== 'number') throw new RangeError(`expected a number '${key}', got ${JSON.stringify(value)}`)
  return value
}

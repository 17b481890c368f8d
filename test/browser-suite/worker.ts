// Runs in a worker of a page: loads one file of tests, runs its tests and posts each result to the server.
// Its address says what to do: ?file=nn/training/fit.test.js&run=3&env={"TENON_DEVICE":"wasm"}

import { errorText, runDeclared } from './shims/node-test.ts'
import type { Message } from './test-report.ts'

const query = new URL(import.meta.url).searchParams
const post = async (message: Message): Promise<void> => {
  await fetch(`/report/${query.get('run')}`, { method: 'POST', body: JSON.stringify(message) })
}

// Tests and devices read their settings where they do in Node, some as soon as they are loaded.
Object.assign(globalThis, { process: { env: JSON.parse(query.get('env') ?? '{}') } })
try {
  const { notedErrors } = await import('../primitives/worst-errors.ts')
  const file = new URL(query.get('file') ?? '', import.meta.url).href
  await import(file)
  await runDeclared((test) => post({ kind: 'test', test }))
  await post({ kind: 'end', errors: notedErrors() })
} catch (error) {
  await post({ kind: 'broken', text: errorText(error) })
}

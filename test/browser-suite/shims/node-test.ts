// Stands for `node:test` in a page: tests are noted when a file declares them, run one after another, and reported as they end.

import type { TestReport } from '../test-report.ts'

type Body = (context: Context) => unknown
interface Options {
  readonly skip?: boolean | string
}
interface Declared {
  readonly name: string
  readonly skip: boolean | string
  readonly body: Body
}

const declared: Declared[] = []
const hooks: Readonly<Record<'before' | 'after' | 'beforeEach' | 'afterEach', (() => unknown)[]>> = {
  before: [],
  after: [],
  beforeEach: [],
  afterEach: [],
}

/** What a test is given: the part of Node's TestContext that tests use. */
class Context {
  readonly name: string
  private readonly cleanUps: (() => unknown)[] = []
  private readonly replaced: (() => void)[] = []

  constructor(name: string) {
    this.name = name
  }

  readonly mock = {
    /** Replaces a method until the end of the test. */
    method: (owner: object, key: string, implementation: unknown): void => {
      const own = Object.getOwnPropertyDescriptor(owner, key)
      Object.defineProperty(owner, key, { value: implementation, configurable: true, writable: true })
      this.replaced.push(() => {
        if (own === undefined) Reflect.deleteProperty(owner, key)
        else Object.defineProperty(owner, key, own)
      })
    },
    restoreAll: (): void => {
      for (const restore of this.replaced.splice(0).reverse()) restore()
    },
  }

  after(cleanUp: () => unknown): void {
    this.cleanUps.push(cleanUp)
  }

  async end(): Promise<void> {
    this.mock.restoreAll()
    for (const cleanUp of this.cleanUps) await cleanUp()
  }
}

/** Declares a test. */
export function test(name: string, options: Options | Body, body?: Body): void {
  if (typeof options === 'function') declared.push({ name, skip: false, body: options })
  else if (body !== undefined) declared.push({ name, skip: options.skip ?? false, body })
}

const adding = (list: (() => unknown)[]) => (hook: () => unknown) => {
  list.push(hook)
}
export const before = adding(hooks.before)
export const after = adding(hooks.after)
export const beforeEach = adding(hooks.beforeEach)
export const afterEach = adding(hooks.afterEach)

/** What an error says, the places included. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const heading = `${error.name}: ${error.message}`
  return error.stack?.startsWith(heading) === false ? `${heading}\n${error.stack}` : (error.stack ?? heading)
}

async function failureOf(body: () => unknown): Promise<string | undefined> {
  try {
    await body()
    return undefined
  } catch (error) {
    return errorText(error)
  }
}

async function runOne({ name, body }: Declared): Promise<string | undefined> {
  const context = new Context(name)
  const failures = [
    await failureOf(async () => {
      for (const hook of hooks.beforeEach) await hook()
      await body(context)
    }),
    await failureOf(() => context.end()),
    await failureOf(async () => {
      for (const hook of hooks.afterEach) await hook()
    }),
  ]
  return failures.find((failure) => failure !== undefined)
}

/** Runs what was declared, in order. */
export async function runDeclared(report: (result: TestReport) => Promise<void>): Promise<void> {
  for (const hook of hooks.before) await hook()
  for (const entry of declared) {
    if (entry.skip !== false) {
      await report({ name: entry.name, skipped: entry.skip === true ? 'skipped' : entry.skip })
      continue
    }
    const failure = await runOne(entry)
    await report(failure === undefined ? { name: entry.name } : { name: entry.name, failure })
  }
  for (const hook of hooks.after) await hook()
}

// biome-ignore lint/style/noDefaultExport: Node's module has one, and tests import it.
export default test

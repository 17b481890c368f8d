// Stands for `node:assert/strict` in a page: the assertions that tests use, with Node's meaning.

class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

function fail(message: string): never {
  throw new AssertionError(message)
}

/** Values as text, with what JSON has no word for. */
function show(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`
    if (typeof part === 'number' && (!Number.isFinite(part) || Object.is(part, -0))) return Object.is(part, -0) ? '-0' : String(part)
    if (part instanceof Error) return `${part.name}: ${part.message}`
    if (ArrayBuffer.isView(part) && !(part instanceof DataView)) return Array.from(entriesOf(part), ([, x]) => x)
    if (part instanceof Map || part instanceof Set) return [...part]
    if (part instanceof RegExp || typeof part === 'function') return String(part)
    return part
  })
  return text === undefined ? String(value) : text.length > 600 ? `${text.slice(0, 600)}…` : text
}

const entriesOf = (value: object): [string, unknown][] => Object.entries(value)

/** Whether two values are the same in structure, prototypes and every primitive by Object.is. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (a instanceof Map && b instanceof Map) return a.size === b.size && [...a].every(([key, value]) => b.has(key) && same(value, b.get(key)))
  if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((value) => b.has(value))
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime()
  if (a instanceof ArrayBuffer && b instanceof ArrayBuffer) return same(new Uint8Array(a), new Uint8Array(b))
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false
  const [left, right] = [entriesOf(a), new Map(entriesOf(b))]
  return left.length === right.size && left.every(([key, value]) => right.has(key) && same(value, right.get(key)))
}

function equal(actual: unknown, expected: unknown, message?: string): void {
  if (!Object.is(actual, expected)) fail(message ?? `expected ${show(expected)}, got ${show(actual)}`)
}

function notEqual(actual: unknown, expected: unknown, message?: string): void {
  if (Object.is(actual, expected)) fail(message ?? `expected anything but ${show(expected)}`)
}

function deepEqual(actual: unknown, expected: unknown, message?: string): void {
  if (!same(actual, expected)) fail(`${message === undefined ? '' : `${message}: `}expected ${show(expected)}, got ${show(actual)}`)
}

function notDeepEqual(actual: unknown, expected: unknown, message?: string): void {
  if (same(actual, expected)) fail(message ?? `expected anything but ${show(expected)}`)
}

function ok(value: unknown, message?: string): asserts value {
  if (!value) fail(message ?? `expected a true value, got ${show(value)}`)
}

function match(text: string, pattern: RegExp, message?: string): void {
  if (!pattern.test(text)) fail(message ?? `expected text that matches ${pattern}, got ${text}`)
}

/** What a thrown error must be: a pattern of its text, its class, its properties, or a function that judges it. */
type Expected = RegExp | Readonly<Record<string, unknown>> | ((error: unknown) => unknown)

function checkError(error: unknown, expected: Expected | undefined): void {
  if (expected === undefined) return
  if (expected instanceof RegExp) {
    match(String(error), expected)
    return
  }
  if (typeof expected === 'function') {
    if (isErrorClass(expected) ? !(error instanceof expected) : expected(error) !== true) fail(`expected another error than ${show(error)}`)
    return
  }
  for (const [key, value] of Object.entries(expected)) {
    const received: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined
    if (value instanceof RegExp) match(String(received), value)
    else deepEqual(received, value, `'${key}' of the error`)
  }
}

const isErrorClass = (value: object): boolean => value === Error || Reflect.get(value, 'prototype') instanceof Error

function throws(body: () => unknown, expected?: Expected): void {
  try {
    body()
  } catch (error) {
    checkError(error, expected)
    return
  }
  fail('expected an error, there was none')
}

async function rejects(promise: PromiseLike<unknown> | (() => PromiseLike<unknown>), expected?: Expected): Promise<void> {
  try {
    await (typeof promise === 'function' ? promise() : promise)
  } catch (error) {
    checkError(error, expected)
    return
  }
  fail('expected an error, there was none')
}

// biome-ignore lint/style/noDefaultExport: Node's module has one, and tests import it.
export default { deepEqual, equal, fail, match, notDeepEqual, notEqual, ok, rejects, throws }

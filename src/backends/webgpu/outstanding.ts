// Promises of the GPU that are not settled yet. Dawn takes the whole process down where its thread ends before they are.

const outstanding = new Set<Promise<unknown>>()

/** Promises of pipelines, which drivers take long to make. */
let beingMade = 0
/** When a promise was made or settled last. */
let changed = 0

/** The same promise, kept in mind until it is settled. */
export function untilSettled<T>(promise: Promise<T>): Promise<T> {
  outstanding.add(promise)
  changed = performance.now()
  const forget = (): void => {
    outstanding.delete(promise)
    changed = performance.now()
  }
  promise.then(forget, forget)
  return promise
}

/** {@link untilSettled} of a pipeline. */
export function untilMade<T>(promise: Promise<T>): Promise<T> {
  beingMade++
  const forget = (): void => {
    beingMade--
  }
  promise.then(forget, forget)
  return untilSettled(promise)
}

/** Resolves when there is none, and what waited for them had its turn. */
export async function noneOutstanding(): Promise<void> {
  while (outstanding.size > 0) {
    await Promise.allSettled([...outstanding])
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}

/** Milliseconds without news after which the GPU is asked less often. */
const eager = 10

/**
 * In a thread of Node that has nothing else to do: lets Dawn, which asks for news in every turn of the event loop, ask once a millisecond where news
 * is far. Otherwise it keeps a core busy that the driver could make pipelines with.
 */
export function askSparingly(): void {
  const { setImmediate: soon } = globalThis
  const inTime = (ask: (...given: unknown[]) => void, ...given: unknown[]): unknown =>
    beingMade === 0 && performance.now() - changed < eager ? soon(ask, ...given) : setTimeout(ask, 1, ...given)
  Reflect.set(globalThis, 'setImmediate', inTime)
}

// Promises of the GPU that are not settled yet. Dawn takes the whole process down where its thread ends before they are.

const outstanding = new Set<Promise<unknown>>()

/** The same promise, kept in mind until it is settled. */
export function untilSettled<T>(promise: Promise<T>): Promise<T> {
  outstanding.add(promise)
  const forget = (): void => {
    outstanding.delete(promise)
  }
  promise.then(forget, forget)
  return promise
}

/** Resolves when there is none, and what waited for them had its turn. */
export async function noneOutstanding(): Promise<void> {
  while (outstanding.size > 0) {
    await Promise.allSettled([...outstanding])
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}

// Whether a transformation is running a user's function to see what it does. A tensor that is read meanwhile must not let its graph go:
// the derivative still has to pass through it.

let depth = 0

/** Runs `fn`; tensors read by it keep their graphs. */
export function traced<R>(fn: () => R): R {
  depth++
  try {
    return fn()
  } finally {
    depth--
  }
}

/** Whether a function is being traced. */
export function isTracing(): boolean {
  return depth > 0
}

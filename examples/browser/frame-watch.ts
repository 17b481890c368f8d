// How smoothly a page runs while it trains: the longest time between two frames.

/** Watches frames between `start` and `stop`. */
export class FrameWatch {
  /** Milliseconds between the two frames that lay furthest apart. */
  worst = 0
  private request: number | undefined

  start(): void {
    this.stop()
    let last: number | undefined
    const look = (now: number): void => {
      if (last !== undefined && !document.hidden) this.worst = Math.max(this.worst, now - last)
      last = document.hidden ? undefined : now
      this.request = requestAnimationFrame(look)
    }
    this.request = requestAnimationFrame(look)
  }

  stop(): void {
    if (this.request !== undefined) cancelAnimationFrame(this.request)
    this.request = undefined
  }
}

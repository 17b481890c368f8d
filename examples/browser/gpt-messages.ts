// What the GPT page and its worker say to each other.

/** From the page. */
export type ToWorker =
  /** The first message: the size of the model, what computes, and whether to begin anew where a checkpoint exists. */
  | { readonly kind: 'open'; readonly size: SizeName; readonly device: DeviceName; readonly anew: boolean }
  | { readonly kind: 'train'; readonly untilStep: number }
  | { readonly kind: 'pause' }
  | { readonly kind: 'temperature'; readonly value: number }
  /** Writes a text now; training waits. */
  | { readonly kind: 'write' }
  /** The page may be closed soon. */
  | { readonly kind: 'save' }

/** To the page. */
export type FromWorker =
  | {
      readonly kind: 'ready'
      readonly parameters: number
      readonly step: number
      readonly losses: readonly LossAt[]
      readonly samples: readonly Sample[]
      readonly store: string
    }
  | { readonly kind: 'progress'; readonly step: number; readonly losses: readonly LossAt[]; readonly tokensPerSecond: number }
  | { readonly kind: 'sample-begins'; readonly step: number }
  | { readonly kind: 'characters'; readonly text: string }
  | { readonly kind: 'saved'; readonly step: number; readonly bytes: number }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string }

/** What computes. */
export type DeviceName = 'wasm' | 'webgpu'

/** The training loss of a step. */
export interface LossAt {
  readonly step: number
  readonly value: number
}

/** What the model wrote after a number of steps. */
export interface Sample {
  readonly step: number
  readonly text: string
}

/** Sizes to choose from. */
export const sizes = {
  small: { layers: 2, heads: 4, width: 64, contextLength: 64, batch: 8 },
  medium: { layers: 4, heads: 4, width: 128, contextLength: 64, batch: 12 },
} as const

/** A size by its name. */
export type SizeName = keyof typeof sizes

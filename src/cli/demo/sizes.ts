// How much the demo trains: the whole, the quick one, and those for WebAssembly and for a device that only interprets.

/** Digits: how many, how often. */
export interface DigitsSize {
  readonly trainingDigits: number
  readonly testDigits: number
  readonly textbookEpochs: number
  /** 0: no convolutional network. */
  readonly convolutionalEpochs: number
}

/** Shakespeare: the GPT's sizes and how long it learns. */
export interface ShakespeareSize {
  readonly layers: number
  readonly heads: number
  readonly width: number
  readonly context: number
  readonly batch: number
  readonly steps: number
  /** Steps between two lines of progress. */
  readonly stepsPerReport: number
  /** Windows of text to validate with. */
  readonly validationWindows: number
  readonly sampleLength: number
}

/** Everything. */
export interface DemoSize {
  readonly digits: DigitsSize
  readonly shakespeare: ShakespeareSize
}

const gpt = { layers: 4, heads: 4, width: 128, context: 64, batch: 12 }

/** Under three minutes on two cores. */
export const full: DemoSize = {
  digits: { trainingDigits: 60_000, testDigits: 10_000, textbookEpochs: 5, convolutionalEpochs: 4 },
  shakespeare: { ...gpt, steps: 2000, stepsPerReport: 250, validationWindows: 1200, sampleLength: 400 },
}

/** Under 40 seconds on two cores. */
export const quick: DemoSize = {
  digits: { trainingDigits: 60_000, testDigits: 10_000, textbookEpochs: 2, convolutionalEpochs: 1 },
  shakespeare: { ...gpt, steps: 300, stepsPerReport: 100, validationWindows: 240, sampleLength: 200 },
}

/** For WebAssembly. */
export const onWebAssembly: DemoSize = {
  digits: { trainingDigits: 30_000, testDigits: 2_000, textbookEpochs: 3, convolutionalEpochs: 1 },
  shakespeare: { ...gpt, steps: 200, stepsPerReport: 50, validationWindows: 96, sampleLength: 120 },
}

/** For the reference device. */
export const onInterpreter: DemoSize = {
  digits: { trainingDigits: 2_000, testDigits: 500, textbookEpochs: 3, convolutionalEpochs: 0 },
  shakespeare: { layers: 1, heads: 2, width: 32, context: 16, batch: 4, steps: 60, stepsPerReport: 20, validationWindows: 16, sampleLength: 60 },
}

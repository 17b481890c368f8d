// The figures of each epoch as a table.

import { FormatError } from '../../core/index.ts'
import { Callback, type CallbackState, type Logs, optionChecks } from '../../nn/index.ts'

const where = 'csvLogger'

/** Options of {@link CSVLogger}. */
export interface CSVLoggerOptions {
  readonly filename: string
  /** Between the columns. Default ','. */
  readonly separator?: string
  /** Go on in a file that is there. Default false: it is replaced. */
  readonly append?: boolean
}

/**
 * Writes epoch, loss and metrics as rows of a table, as Keras's CSVLogger. The table is written as a whole after each epoch: where the disk is full, the
 * rows before are still there.
 *
 * ```ts
 * await model.fit(x, y, { epochs: 5, callbacks: [new CSVLogger({ filename: 'log.csv' })] })
 * ```
 */
export class CSVLogger extends Callback {
  private readonly filename: string
  private readonly separator: string
  private readonly append: boolean
  private columns: readonly string[] | undefined
  private text = ''

  constructor(options: CSVLoggerOptions) {
    super()
    const { filename, separator = ',', append = false } = optionChecks.checkOptionNames(where, options, ['filename', 'separator', 'append'])
    this.filename = optionChecks.textOf(where, 'filename', filename)
    if (typeof separator !== 'string' || separator.length !== 1) {
      throw optionChecks.wrongOption(where, 'separator', 'one character', separator, "Use ',' or ';'.")
    }
    this.separator = separator
    this.append = optionChecks.flag(where, 'append', append)
  }

  override async onTrainBegin(): Promise<void> {
    const { readIfThere } = await import('../files.ts')
    this.text = this.append ? await readIfThere(this.filename) : ''
    this.columns = undefined
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    if (this.columns === undefined) {
      this.columns = columnsOf(logs)
      if (this.text === '') this.text = this.line(['epoch', ...this.columns])
    }
    this.text += this.line([String(epoch), ...this.columns.map((name) => (logs[name] === undefined ? 'NA' : String(logs[name])))])
    const { writeWhole } = await import('../files.ts')
    await writeWhole(this.filename, new TextEncoder().encode(this.text))
  }

  override getState(): CallbackState {
    return { json: { text: this.text, columns: this.columns ?? null } }
  }

  override setState({ json: { text, columns = null } }: CallbackState): void {
    const isNames = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === 'string')
    if (typeof text !== 'string' || !(columns === null || isNames(columns))) {
      throw new FormatError('csvLogger: expected the text and columns of a saved table, got something else. Begin the training anew.')
    }
    this.text = text
    this.columns = columns ?? undefined
  }

  private line(fields: readonly string[]): string {
    const quoted = fields.map((field) => (/["\r\n]/.test(field) || field.includes(this.separator) ? `"${field.replaceAll('"', '""')}"` : field))
    return `${quoted.join(this.separator)}\n`
  }
}

/** The figures in order; where the first epoch was not validated, room for the figures of a later one that is. */
function columnsOf(logs: Logs): string[] {
  const names = Object.keys(logs).sort()
  if (names.some((name) => /^val[A-Z]/.test(name))) return names
  return [...names, ...names.map((name) => `val${name.slice(0, 1).toUpperCase()}${name.slice(1)}`)]
}

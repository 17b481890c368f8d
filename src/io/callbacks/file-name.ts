// Names of files with figures in them: `m-{epoch:02d}-{valLoss:.3f}.keras`.

import { ConfigError } from '../../core/index.ts'
import { tenonOption } from '../keras/keras-names.ts'

/**
 * Puts figures into a name: `{name}`, with Python's formats `{epoch:02d}`, `{valLoss:.3f}`; `val_loss` is `valLoss`. `where` begins the error for a
 * figure that is not there.
 */
export function fileName(where: string, pattern: string, figures: Readonly<Record<string, number>>): string {
  return pattern.replaceAll(/\{(\w+)(?::([^}]*))?\}/g, (_, name: string, format: string | undefined) => {
    const value = figures[name] ?? figures[tenonOption(name)]
    if (value === undefined) {
      throw new ConfigError(`${where}: expected one of ${Object.keys(figures).join(', ')} in '${pattern}', got '${name}'. Change the name.`)
    }
    return formatted(where, pattern, value, format ?? '')
  })
}

function formatted(where: string, pattern: string, value: number, format: string): string {
  const match = /^(0?)(\d*)(?:\.(\d+))?([dfe]?)$/.exec(format)
  if (match === null) throw new ConfigError(`${where}: expected formats such as 02d or .3f in '${pattern}', got '${format}'. Change the name.`)
  const [, zero, width, digits, kind] = match
  const places = digits === undefined || digits === '' ? 6 : Number(digits)
  const text = kind === 'e' ? value.toExponential(places) : kind === 'f' || digits ? value.toFixed(places) : String(value)
  return text.padStart(Number(width ?? 0), zero === '0' ? '0' : ' ')
}

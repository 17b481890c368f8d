// Options that nobody knows are refused: in plain JavaScript, a wrong name would silently change nothing.

import { ConfigError } from '../../core/index.ts'
import { nearestName } from './identifiers.ts'

/** A ConfigError that names the nearest known option where one is not known. */
export function checkOptionNames(where: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    throw new ConfigError(`${where}: expected options among ${known.join(', ')}, got '${name}'. Did you mean '${nearestName(name, known)}'?`)
  }
}

// Options that nobody knows are refused: in plain JavaScript, a wrong name would silently change nothing.

import { ConfigError } from '../../core/index.ts'
import { nearestName } from './identifiers.ts'
import { shown } from './option-checks.ts'

/** The options; a ConfigError that names the nearest known option where one is not known, or where there are no options in an object. */
export function checkOptionNames<O>(where: string, options: O, known: readonly string[]): O {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const [first = 'name'] = known
    throw new ConfigError(`${where}: expected options in an object, got ${shown(options)}. Write { ${first}: … }.`)
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name)) continue
    throw new ConfigError(`${where}: expected options among ${known.join(', ')}, got '${name}'. Did you mean '${nearestName(name, known)}'?`)
  }
  return options
}

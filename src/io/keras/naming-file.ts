// Errors of a load, with the name of the file: layers check what they are told and say what is wrong with it, but not where it comes from, and not for
// every kind of nonsense that a damaged file may hold.

import { DeviceError, FormatError, TenonError } from '../../core/index.ts'
import { shortened } from './json.ts'

/** The error itself where it names the file (`where` begins it, or the file's format) or where the device is to blame, else one that does. */
export function namingFile(where: string, error: unknown): TenonError {
  if (error instanceof FormatError || error instanceof DeviceError) return error
  if (error instanceof TenonError && error.message.startsWith(where)) return error
  const reason = error instanceof TenonError ? error.message.replace(/\.$/, '') : String(error)
  return new FormatError(
    `${where}: expected a description that a model can be made of, got one that cannot (${shortened(reason)}). The file is damaged, or is not for this version.`,
    { cause: error },
  )
}

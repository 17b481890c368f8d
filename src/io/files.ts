// Files in Node: read whole, written whole or not at all. Loaded on demand, so that models can live where there are no files.

import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FormatError } from '../core/index.ts'

/** Writes beside the file, syncs, and renames: the file is the old one or the new one, never a part. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(draft, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw await notWritten(path, bytes.length, error)
  }
  await syncFolder(dirname(path))
}

/** Why a file could not be written, and what is in its place. */
async function notWritten(path: string, size: number, cause: unknown): Promise<FormatError> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  const rest = isThere ? 'The file that was there before is unchanged.' : 'No file of that name was there before, and none is now.'
  const [expected, cure] = isFull(cause)
    ? [`room for ${size} bytes`, 'Free some space on the disk and go on.']
    : ['a file that can be written', 'Check the folder and its permissions.']
  return new FormatError(`write '${path}': expected ${expected}, got ${reason(cause)}. ${rest} ${cure}`, { cause })
}

/** Whether a disk, or one's share of it, has no room left. */
export function isFull(error: unknown): boolean {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** Makes a rename last; some systems cannot sync folders, and there the file is still whole. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch {
    return
  }
}

/** The bytes of a file. */
export async function readWhole(path: string): Promise<Uint8Array> {
  try {
    const found = await stat(path)
    const { size } = found
    if (!found.isFile()) throw new RangeError(found.isDirectory() ? 'a folder' : 'a device')
    if (size > 2 ** 32) throw new RangeError(`${size} bytes, more than 4 GiB`)
    return await readFile(path)
  } catch (error) {
    throw new FormatError(`read '${path}': expected a file that can be read, got ${reason(error)}. Check the path.`, { cause: error })
  }
}

/** Makes the folder that a file is to lie in, and those above it. */
export async function makeFolderOf(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
  } catch (error) {
    throw new FormatError(`write '${path}': expected a folder that can be made, got ${reason(error)}. Check the path and its permissions.`, {
      cause: error,
    })
  }
}

/** The text of a file; empty where there is none. */
export async function readIfThere(path: string): Promise<string> {
  const missing = await stat(path).then(
    () => false,
    () => true,
  )
  return missing ? '' : new TextDecoder().decode(await readWhole(path))
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))

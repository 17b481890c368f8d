// The folder of a backup in Node. Loaded on demand.

import { link, readdir, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolderOf, readWhole, writeWhole } from '../files.ts'
import type { BackupFolder } from './backup-store.ts'

/** Opens a folder of the machine, which is made when something is written to it. */
export function openBackupFolder(folder: string): BackupFolder {
  const pathOf = (name: string): string => join(folder, name)
  return {
    pathOf,
    async read(name) {
      const path = pathOf(name)
      return (await isThere(path)) ? readWhole(path) : undefined
    },
    async write(name, bytes) {
      await makeFolderOf(pathOf(name))
      await writeWhole(pathOf(name), bytes)
    },
    async keep(name, asName) {
      if (!(await isThere(pathOf(name)))) return
      await rm(pathOf(asName), { force: true })
      // A second name of the same bytes: the next write puts another file under the first. Not all file systems have that.
      await link(pathOf(name), pathOf(asName)).catch(async () => writeWhole(pathOf(asName), await readWhole(pathOf(name))))
    },
    async remove(names) {
      for (const name of names) await rm(pathOf(name), { force: true })
      await rmdir(folder).catch(() => undefined)
    },
    async tidy(name) {
      const found = await readdir(folder).catch(() => [])
      for (const other of found) if (other.startsWith(`${name}.`) && other.endsWith('.tmp')) await rm(pathOf(other), { force: true })
    },
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

// What an HDF5 file holds, as plain data: groups with attributes, and tensors.

import type { Tensor } from '../../core/index.ts'

/** A value that is attached to a group by name. */
export type Hdf5Attribute = string | number | readonly string[] | readonly number[]

/** A group: attributes, and members that are groups or datasets. A whole file is its root group. */
export interface Hdf5Group {
  readonly attributes: Map<string, Hdf5Attribute>
  readonly members: Map<string, Hdf5Group | Tensor>
}

/** A group without anything. */
export const emptyGroup = (): Hdf5Group => ({ attributes: new Map(), members: new Map() })

/** Whether a member is a group. */
export const isGroup = (member: Hdf5Group | Tensor | undefined): member is Hdf5Group => member !== undefined && 'members' in member

/** The group at a path (`layers/dense/vars`) below another; undefined where there is none. */
export function groupAt(group: Hdf5Group, path: string): Hdf5Group | undefined {
  let found: Hdf5Group | undefined = group
  for (const name of path.split('/')) {
    if (name === '') continue
    const member: Hdf5Group | Tensor | undefined = found?.members.get(name)
    found = isGroup(member) ? member : undefined
  }
  return found
}

/** The group at a path below another, made where it is missing. */
export function makeGroup(group: Hdf5Group, path: string): Hdf5Group {
  let found = group
  for (const name of path.split('/')) {
    if (name === '') continue
    const member = found.members.get(name)
    const next: Hdf5Group = isGroup(member) ? member : emptyGroup()
    if (next !== member) found.members.set(name, next)
    found = next
  }
  return found
}

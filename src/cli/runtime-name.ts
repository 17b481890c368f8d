// The JavaScript runtime that this process is.

/** Name and version: Node, Deno or Bun. */
export function runtimeName(): { readonly name: string; readonly version: string } {
  const { bun, deno, node } = process.versions
  if (bun !== undefined) return { name: 'Bun', version: bun }
  if (deno !== undefined) return { name: 'Deno', version: deno }
  return { name: 'Node', version: node }
}

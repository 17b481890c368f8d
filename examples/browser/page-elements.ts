// Elements of a page by their identifier, of the kind that the script expects.

/** The element with an identifier; an error where it is missing or another kind. */
export function element<T extends Element>(id: string, kind: new () => T): T {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new TypeError(`page: expected a ${kind.name} with id '${id}', got ${found === null ? 'none' : found.constructor.name}. Check the HTML.`)
}

// JSON of strangers, bounded before it is parsed: nothing deep enough to overflow the stack of whoever walks it, nothing that unpacks to gigabytes.

/** The deepest that lists and objects may lie in each other: a model inside a model takes four levels. */
const maxDepth = 256
/** The most bytes: values take up to ten times their text. As much as the header of a safetensors file may be. */
const maxBytes = 100_000_000

const [quote, backslash, openList, closeList, openObject, closeObject] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d] as const

/** The value that bytes of UTF-8, or a text, stand for. A RangeError or SyntaxError says why there is none. */
export function parseJson(json: Uint8Array | string): unknown {
  const bytes = typeof json === 'string' ? new TextEncoder().encode(json) : json
  if (bytes.length > maxBytes) throw new RangeError(`${bytes.length} bytes, more than ${maxBytes}`)
  checkDepth(bytes)
  return JSON.parse(typeof json === 'string' ? json : new TextDecoder('utf-8', { fatal: true }).decode(bytes))
}

function checkDepth(bytes: Uint8Array): void {
  let depth = 0
  let inText = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === quote) inText = !inText
    else if (inText) i += byte === backslash ? 1 : 0
    else if (byte === openList || byte === openObject) depth++
    else if (byte === closeList || byte === closeObject) depth--
    if (depth > maxDepth) throw new RangeError(`lists and objects more than ${maxDepth} deep`)
  }
}

// Pictures as PNG files (W3C, third edition): 8 bits a channel, no filters.

import { ConfigError } from '../../core/index.ts'
import { crc32 } from '../checksums.ts'

/** Bytes by row, column and channel. */
export interface Picture {
  readonly height: number
  readonly width: number
  /** 1 grey, 2 grey and alpha, 3 red, green and blue, 4 and alpha. */
  readonly channels: 1 | 2 | 3 | 4
  readonly bytes: Uint8Array
}

const colourTypes = { 1: 0, 2: 4, 3: 2, 4: 6 } as const

/** The bytes of a PNG file. */
export async function encodePng({ height, width, channels, bytes }: Picture): Promise<Uint8Array<ArrayBuffer>> {
  const row = width * channels
  if (bytes.length !== height * row || bytes.length === 0) {
    throw new ConfigError(`png: expected ${height} × ${width} × ${channels} bytes, at least one, got ${bytes.length}. Check the picture's sizes.`)
  }
  const { zlibSync } = await import('fflate')
  const rows = new Uint8Array(height * (row + 1))
  for (let y = 0; y < height; y++) rows.set(bytes.subarray(y * row, (y + 1) * row), y * (row + 1) + 1)
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set([8, colourTypes[channels]], 8)
  const parts = [
    new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', zlibSync(rows)),
    chunk('IEND', new Uint8Array(0)),
  ]
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function chunk(kind: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, content.length)
  bytes.set(new TextEncoder().encode(kind), 4)
  bytes.set(content, 8)
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)))
  return bytes
}

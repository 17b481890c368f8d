// Cyclic redundancy checks: CRC-32 as zip has it, CRC-32C (Castagnoli) as TFRecord has it.

/** One step for each value of a byte, for the polynomial with its bits reversed. */
function table(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ polynomial : rest >>> 1
    return rest
  })
}

function checksum(steps: Uint32Array, bytes: Uint8Array): number {
  let rest = 0xffffffff
  for (const byte of bytes) rest = (rest >>> 8) ^ (steps[(rest ^ byte) & 0xff] ?? 0)
  return (rest ^ 0xffffffff) >>> 0
}

const zipSteps = table(0xedb88320)
const castagnoliSteps = table(0x82f63b78)

/** CRC-32 of zip, gzip and PNG. */
export const crc32 = (bytes: Uint8Array): number => checksum(zipSteps, bytes)

/** CRC-32C of iSCSI and TFRecord. */
export const crc32c = (bytes: Uint8Array): number => checksum(castagnoliSteps, bytes)

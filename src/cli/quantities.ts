// Numbers with units, and tables, as people read them.

/** `1.23 GFLOP`, `45.6 kB`: three figures and a decimal prefix. */
export function quantity(value: number, unit: string): string {
  const prefixes = ['', 'k', 'M', 'G', 'T']
  const power = value < 1000 ? 0 : Math.min(prefixes.length - 1, Math.floor(Math.log10(value) / 3))
  return `${figures(value / 1000 ** power)} ${prefixes[power] ?? ''}${unit}`
}

/** At least three significant figures: `0.123`, `12.3`, `12,345`. */
export function figures(value: number): string {
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toLocaleString('en-US', { minimumFractionDigits: Math.min(digits, 3), maximumFractionDigits: Math.min(digits, 3) })
}

/** Rows with aligned columns; the first row is the heading, columns after the first are aligned to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    widths
      .map((width, i) => (i === 0 ? (row[i] ?? '').padEnd(width) : (row[i] ?? '').padStart(width)))
      .join('  ')
      .trimEnd()
  const [heading = [], ...body] = rows
  return [line(heading), widths.map((width) => '─'.repeat(width)).join('  '), ...body.map(line)].join('\n')
}

// tenon demo, which is also npm start: two networks learn handwritten digits, a small GPT learns Shakespeare, and a table says how fast.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ConfigError, currentDevice, listDevices } from '../../index.ts'
import type { Command } from '../command.ts'
import { productPeak } from '../machine-peak.ts'
import { figures, table } from '../quantities.ts'
import { learnDigits } from './digits.ts'
import { learnShakespeare } from './shakespeare.ts'
import { type DemoSize, full, onInterpreter, onWebAssembly, quick } from './sizes.ts'
import type { Speed } from './speed.ts'

/** `tenon demo`. */
export const demo: Command = {
  summary: 'learn handwritten digits and Shakespeare, see how fast it is',
  help: `tenon demo [--quick]

Trains the textbook network and a convolutional one on MNIST, then a character GPT on Shakespeare, from nothing, and shows what each has
learned and how fast. About two and a half minutes on two cores.

--quick  less training: under 40 seconds

Example: tenon demo --quick`,
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: { quick: { type: 'boolean' } } })
    const start = performance.now()
    const size = sizeFor(values.quick === true)
    const folder = dataFolder()
    const isInterpreter = size === onInterpreter
    const peak = isInterpreter ? undefined : productPeak()
    const speeds = [
      ...(await learnDigits(`${folder}/mnist`, size.digits)),
      await learnShakespeare(`${folder}/tinyshakespeare/input.txt`, size.shakespeare),
    ]
    // The machine may be busier at one time than at another: the better of two measurements is its peak.
    const best = peak === undefined ? undefined : Math.max(peak, productPeak())
    console.log(`\n${closingTable(speeds, best)}\n`)
    if (best !== undefined) console.log(`Peak: ${figures(best / 1e9)} GFLOP/s, the best product of two 1152 × 1152 matrices on this machine.`)
    console.log(`Done in ${((performance.now() - start) / 1000).toFixed(0)} s. What this machine has and what would make it faster: tenon doctor.`)
  },
}

/** How much to train; says why where it is less than asked for. */
function sizeFor(isQuick: boolean): DemoSize {
  const device = currentDevice().name
  if (device !== 'reference' && device !== 'wasm') {
    console.log(`Computing on the ${device} device.\n`)
    return isQuick ? quick : full
  }
  const why = listDevices().find((entry) => entry.name === 'native')?.unavailable ?? 'TENON_DEVICE asks for it'
  if (device === 'wasm') {
    console.log(`Computing on the wasm device, several times slower than the native one: ${why}.`)
    console.log('This is a smaller version: fewer digits, fewer steps.\n')
    return onWebAssembly
  }
  console.log(`Computing on the reference device, an interpreter some hundred times slower than the native one: ${why}.`)
  console.log('This is a smaller version: fewer digits, a smaller GPT, fewer steps.\n')
  return onInterpreter
}

/** The data sets that come with the package. */
function dataFolder(): string {
  const folder = fileURLToPath(new URL('datasets', import.meta.resolve('tenon/package.json')))
  if (!existsSync(folder)) throw new ConfigError(`demo: expected the data sets in '${folder}', found none. Install the package again.`)
  return folder
}

function closingTable(speeds: readonly Speed[], peak: number | undefined): string {
  const heading = ['', 'result', 'speed', 'GFLOP/s', ...(peak === undefined ? [] : ['of peak'])]
  const rows = speeds.map(({ name, result, perSecond, unit, flopsPerSecond }) => [
    name,
    result,
    `${Math.round(perSecond).toLocaleString('en-US')} ${unit}/s`,
    figures(flopsPerSecond / 1e9),
    ...(peak === undefined ? [] : [`${((100 * flopsPerSecond) / peak).toFixed(0)} %`]),
  ])
  return table([heading, ...rows])
}

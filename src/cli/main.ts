#!/usr/bin/env node
// The tenon command: picks a command, and turns what goes wrong into a message and an exit code. 0: done; 1: it failed; 2: it was called
// in a way that is not understood.

import { ConfigError, TenonError } from '../index.ts'
import type { Command } from './command.ts'
import { demo } from './demo/demo.ts'
import { doctor } from './doctor.ts'
import { explain } from './explain.ts'
import { verifyResume } from './verify-resume.ts'

const commands: Readonly<Record<string, Command>> = { demo, doctor, explain, 'verify-resume': verifyResume }

const usage = `tenon COMMAND [options]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(13)} ${summary}`)
  .join('\n')}

tenon COMMAND --help says more of each. Example: tenon doctor`

async function main([name, ...args]: readonly string[]): Promise<void> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(usage)
    return
  }
  const command = commands[name]
  if (command === undefined) throw new ConfigError(`tenon: expected one of ${Object.keys(commands).join(', ')}, got '${name}'. See tenon --help.`)
  if (args.includes('--help') || args.includes('-h')) console.log(command.help)
  else await command.run(args)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  const isUsage = error instanceof ConfigError || (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
  // What Tenon throws on purpose says all there is to say; anything else is a fault whose place matters.
  console.error(isUsage || error instanceof TenonError ? error.message : error)
  process.exitCode = isUsage ? 2 : 1
}

// What a run of the tests says of the machine it ran on: versions, processor, adapters of WebGPU. No date, no path.

import { spawnSync } from 'node:child_process'
import { findCompiler, thisMachine } from '../src/backends/native/index.ts'
import type { PageRunner } from '../test/browser-suite/page-runner.ts'

/** Processor, Node and compiler, one line each. */
export async function machineFacts(): Promise<string[]> {
  const { model, vectorUnits } = thisMachine()
  const compiler = findCompiler()
  const version = compiler === undefined ? undefined : spawnSync(compiler.path, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0]?.trim()
  return [`Processor: ${model}, ${vectorUnits}`, `Node ${process.version}`, ...(version === undefined ? [] : [`C compiler: ${version}`])]
}

/** The adapter's description in a page. */
export async function pageAdapter(runner: PageRunner): Promise<string> {
  const description = await runner.ask("navigator.gpu?.requestAdapter().then((a) => a?.info.description || a?.info.vendor || 'none') ?? 'none'")
  return String(description)
}

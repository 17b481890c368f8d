// What a run of the tests says of the machine it ran on: versions, processor, adapters of WebGPU. No date, no path.

import { spawnSync } from 'node:child_process'
import { findCompiler, thisMachine } from '../src/backends/native/index.ts'
import { wasmFacts } from '../src/backends/wasm/index.ts'
import { createWebgpuDevice } from '../src/backends/webgpu/index.ts'
import { TenonError } from '../src/index.ts'
import type { PageRunner } from '../test/browser-suite/page-runner.ts'
import { softwareGpu } from './software-gpu.ts'

/** What the adapter of WebGPU in this process is, or why there is none. */
async function nodeAdapter(): Promise<string> {
  Object.assign(process.env, softwareGpu())
  try {
    return (await createWebgpuDevice().describe()).description
  } catch (error) {
    if (error instanceof TenonError) return `none (${error.message})`
    throw error
  }
}

/** Processor, Node, WebAssembly, adapter and compiler, one line each. */
export async function machineFacts(): Promise<string[]> {
  const { model, vectorUnits } = thisMachine()
  const compiler = findCompiler()
  const version = compiler === undefined ? undefined : spawnSync(compiler.path, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0]?.trim()
  const { relaxedSimd } = wasmFacts()
  return [
    `Processor: ${model}, ${vectorUnits}`,
    ...(version === undefined ? [] : [`C compiler: ${version}`]),
    `Node ${process.versions.node}, ${relaxedSimd.usable ? 'with' : 'without'} relaxed SIMD, WebGPU adapter: ${await nodeAdapter()}`,
  ]
}

/** The adapter's description in a page. */
export async function pageAdapter(runner: PageRunner): Promise<string> {
  const parts = '[a.info.vendor, a.info.architecture, a.info.description].filter((part) => part !== "").join(" ")'
  const description = await runner.ask(`navigator.gpu?.requestAdapter().then((a) => a === null ? 'none' : ${parts}) ?? 'none'`)
  return String(description)
}

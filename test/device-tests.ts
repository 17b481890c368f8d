// Which files of tests are to pass on every device, and in a page too.

import { readdirSync } from 'node:fs'

/** Paths under test/ (a file, or a folder with what is in it) whose tests are not run again on other devices, and why. */
export const notOnEveryDevice: Readonly<Record<string, string>> = {
  backends: 'tests of one device choose it themselves',
  browser: 'starts browsers',
  'browser-suite': 'starts browsers',
  cli: 'starts processes',
  'core/shape-types.types.test.ts': 'runs the type checker',
  data: 'reads data and computes little',
  examples: 'starts processes',
  io: 'reads and writes files',
  'nn/bad-input': 'computes nothing',
  'nn/training/threads.test.ts': 'tests the native device',
  package: 'starts processes',
  runtimes: 'starts processes',
  scripts: 'tests scripts of the project',
}

/** Of the rest, what a page cannot run, and why. */
export const notInPages: Readonly<Record<string, string>> = {
  'compiler/evaluate.test.ts': "measures the process's memory",
  'core/tensor-text.test.ts': "shows tensors as Node's console does",
  'nn/saving/custom-objects.test.ts': 'loads whole models, which pages do not',
  'nn/model/weights.test.ts': 'reads and writes files',
}

const startsWith = (starts: readonly string[]) => (path: string) => starts.some((start) => path === start || path.startsWith(`${start}/`))

/** All files of tests, by their paths under test/, with forward slashes. */
export function allTests(): string[] {
  return readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.test.ts'))
    .sort()
}

/** Files whose tests pass on every device. */
export const deviceTests = (): string[] => allTests().filter((path) => !startsWith(Object.keys(notOnEveryDevice))(path))

/** Rules of derivatives and batches, each tried in hundreds of small programs of double precision. */
const rules = ['core/batching.test.ts', 'core/gradients.test.ts', 'core/tangents.test.ts']

/** Compositions of primitives, hundreds of programs: what primitives pass everywhere they pass, too. */
const compositions = ['golden/parity', 'ops', 'core/random']

/** What is run on a device in Node: what is worth its time there, or, with `full`, all that says anything of the device. */
export function testsOn(device: string, full = false): string[] {
  const all = deviceTests().filter((path) => full || !path.endsWith('.slow.test.ts'))
  switch (device) {
    case 'reference':
      // Primitives are compared with the reference.
      return all.filter((path) => !startsWith(['primitives'])(path))
    case 'native':
      // Hundreds of programs are hundreds of runs of the C compiler.
      return full ? all : all.filter((path) => !startsWith([...rules, ...compositions])(path))
    case 'webgpu':
      // Double precision is computed by WebAssembly.
      return all.filter((path) => !startsWith(full ? rules : [...rules, ...compositions])(path))
    default:
      return all
  }
}

/**
 * Programs by the hundred of what other tests pass in pages: WebGPU in software takes ten milliseconds and more to make a kernel, and these make
 * thousands. They are run on WebGPU in Node, and by WebAssembly in pages; in pages on WebGPU in a full run.
 */
const manyPrograms = [
  'core/faces.test.ts',
  'nn/feeding/training-data.test.ts',
  'nn/layers/preprocessing',
  'nn/optimizers/plain-loop.test.ts',
  'nn/training/steps.test.ts',
  'nn/training/training-state.test.ts',
]

const canBeInPages = (device: string): string[] => testsOn(device).filter((path) => !startsWith([...compositions, ...Object.keys(notInPages)])(path))

/** What is run on a device in a page. */
export const pageTests = (device: string): string[] => canBeInPages(device).filter((path) => device !== 'webgpu' || !startsWith(manyPrograms)(path))

/** What is run on a device in a page by a full run only. */
export function slowPageTests(device: string): string[] {
  const usual = new Set(pageTests(device))
  return canBeInPages(device).filter((path) => !usual.has(path))
}

// A folder where Tenon is installed as npm would, made without a network: the built package, and what it depends on beside it.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { transformSync } from 'esbuild'
import { bundleForNode } from '../../scripts/build-node.ts'

/** Makes it and gives its path; the caller removes it. */
export async function installPackage(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tenon-installed-'))
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, 'tenon'), { recursive: true })
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', join(modules, 'tenon', 'dist')])
  cpSync('package.json', join(modules, 'tenon', 'package.json'))
  await bundleForNode(join(modules, 'tenon'))
  for (const dependency of ['koffi', '@koromix', 'webgpu'].filter((name) => existsSync(join('node_modules', name)))) {
    cpSync(join('node_modules', dependency), join(modules, dependency), { recursive: true })
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  return folder
}

/** Puts a program of this folder into another, as JavaScript. */
export function placeProgram(name: string, folder: string): void {
  const source = readFileSync(join(import.meta.dirname, `${name}.ts`), 'utf8')
  writeFileSync(join(folder, `${name}.js`), transformSync(source, { loader: 'ts', format: 'esm' }).code)
}

import assert from 'node:assert/strict'
import test from 'node:test'
import { areaOf, floorViolations, importsOf, readPackages, readSources } from '../../scripts/check-floors.ts'

const check = (path: string, text: string): string[] => floorViolations([{ path, text }], ['koffi'])

test('floors: the project keeps them', () => {
  assert.deepEqual(floorViolations(readSources(), readPackages()), [])
})

test('floors: an import that runs upwards is named with the file and what is allowed', () => {
  assert.deepEqual(check('src/core/tensor.ts', "import { jit } from '../compiler/index.ts'\n"), [
    "src/core/tensor.ts: imports '../compiler/index.ts', but core may import no other area.",
  ])
  assert.match(check('src/nn/fit.ts', "import { render } from '../backends/native/index.ts'\n")[0] ?? '', /nn may import only compiler, core, ops\./)
})

test('floors: one backend does not import another', () => {
  assert.equal(check('src/backends/native/device.ts', "import { run } from '../reference/index.ts'\n").length, 1)
})

test('floors: core, compiler and nn import no package and nothing of Node', () => {
  for (const path of ['src/core/a.ts', 'src/compiler/a.ts', 'src/nn/a.ts']) {
    assert.equal(check(path, "import { readFile } from 'node:fs/promises'\n").length, 1)
    assert.equal(check(path, "import koffi from 'koffi'\n").length, 1)
    assert.equal(check(path, "const fs = await import('node:fs')\n").length, 1)
  }
})

test('floors: a package must be a dependency', () => {
  assert.deepEqual(check('src/backends/native/load.ts', "import koffi from 'koffi'\nimport { join } from 'node:path'\n"), [])
  assert.match(check('src/cli/main.ts', "import { Command } from 'commander'\n")[0] ?? '', /not among the dependencies/)
})

test('floors: another area is entered by its index', () => {
  assert.match(check('src/io/save.ts', "import { Dense } from '../nn/layers/dense.ts'\n")[0] ?? '', /Import from its index\.ts/)
  assert.deepEqual(check('src/io/save.ts', "import { layers } from '../nn/index.ts'\n"), [])
  assert.deepEqual(check('src/backends/native/render.ts', "import type { Kernel } from '../../compiler/loop-ir.ts'\n"), [])
})

test('floors: exports, type imports, bare and dynamic imports all count; comments do not', () => {
  const text = [
    "import './side-effect.ts'",
    'import {',
    '  a,',
    "} from './several-lines.ts'",
    "export * from './exported.ts'",
    "export type { B } from './types.ts'",
    "const later = await import('./later.ts')",
    " * import { c } from './in-a-docstring.ts'",
    "// import { d } from './in-a-comment.ts'",
  ].join('\n')
  assert.deepEqual(importsOf(text), ['./side-effect.ts', './several-lines.ts', './exported.ts', './types.ts', './later.ts'])
})

test('floors: a backend is an area of its own, the front door another', () => {
  assert.equal(areaOf('src/backends/native/kernels/attention.ts'), 'backends/native')
  assert.equal(areaOf('src/index.ts'), 'index')
  assert.equal(areaOf('src/llm/models/gpt.ts'), 'llm')
})

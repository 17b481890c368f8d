import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { build } from 'esbuild'

const { exports: exported }: { exports: Record<string, { readonly types?: string }> } = JSON.parse(readFileSync('package.json', 'utf8'))

/** The paths that package.json exports and that are modules. */
function subpaths(): string[] {
  return Object.keys(exported).filter((path) => !path.endsWith('.json'))
}

/** Where the declarations of an exported path lie in the package. */
const typesOf = (path: string): string => exported[path]?.types ?? 'missing'

const useEverything = (paths: readonly string[]) => `
import { layers, random, Sequential } from 'tenon'
for (const path of ${JSON.stringify(paths.map((path) => `tenon${path.slice(1)}`))}) {
  if (Object.keys(await import(path)).length === 0) throw new Error(path + ' exports nothing')
}
const model = new Sequential()
model.add(layers.dense({ units: 64, activation: 'relu', inputDim: 100 }))
model.add(layers.dense({ units: 10, activation: 'softmax' }))
model.compile({ loss: 'sparse_categorical_crossentropy', optimizer: 'sgd', metrics: ['accuracy'] })
const x = random.normal(random.key(1), [32, 100])
const history = await model.fit(x, x.argmax(-1).remainder(10), { verbose: 0 })
console.log(JSON.stringify(history.history))
`

test('the packed package: installs into a fresh folder, every subpath resolves, the textbook network trains, the command runs, a bundler for pages finds the way in', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenon-packed-'))
  try {
    const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { encoding: 'utf8' }).trim().split('\n').at(-1) ?? ''
    // What npm install would do, without a network: unpack, and put the only dependency beside it.
    const modules = join(folder, 'node_modules')
    mkdirSync(join(modules, 'tenon'), { recursive: true })
    execFileSync('tar', ['-xzf', join(folder, packed), '-C', join(modules, 'tenon'), '--strip-components=1'])
    for (const dependency of ['koffi', '@koromix']) cpSync(join('node_modules', dependency), join(modules, dependency), { recursive: true })
    for (const path of subpaths()) {
      assert.ok(existsSync(join(modules, 'tenon', typesOf(path))), `${path} has no types`)
    }
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'use.js'), useEverything(subpaths()))
    const output = execFileSync(process.execPath, ['use.js'], { cwd: folder, encoding: 'utf8' })
    assert.match(output, /"loss":\[\d+\.\d+\]/)
    const help = execFileSync(process.execPath, [join(modules, 'tenon', 'dist', 'node', 'cli', 'main.js'), '--help'], { encoding: 'utf8' })
    assert.match(help, /tenon COMMAND/)
    const { metafile } = await build({
      stdin: { contents: "import { tensor } from 'tenon'\nconsole.log(tensor([1]).add(1).dataSync())", resolveDir: folder },
      ...{ bundle: true, platform: 'browser', format: 'esm', splitting: true, outdir: join(folder, 'page'), write: false, metafile: true },
    })
    const modulesOfPage = Object.keys(metafile.inputs)
    assert.ok(modulesOfPage.some((path) => path.endsWith('tenon/dist/browser/index.js')))
    assert.deepEqual(
      modulesOfPage.filter((path) => /koffi|backends\/native/.test(path)),
      [],
    )
    assert.ok(existsSync(join(modules, 'tenon', 'dist', 'browser', 'tenon.min.js')), 'the module for pages is not in the package')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

import assert from 'node:assert/strict'
import test from 'node:test'
import { serveExamples } from '../../scripts/serve-browser-examples.ts'

test('examples:browser: serves pages, scripts, the module and data, with and without the headers for shared memory', async () => {
  for (const isolated of [true, false]) {
    const server = await serveExamples({ isolated })
    try {
      for (const [path, type] of [
        ['/', 'text/html; charset=utf-8'],
        ['/digit.js', 'text/javascript; charset=utf-8'],
        ['/tenon.min.js', 'text/javascript; charset=utf-8'],
        ['/datasets/mnist/t10k-labels-idx1-ubyte.gz', 'application/octet-stream'],
      ] as const) {
        const response = await fetch(`${server.url}${path}`)
        assert.equal(response.status, 200, path)
        assert.equal(response.headers.get('content-type'), type)
        assert.equal(response.headers.get('cross-origin-embedder-policy'), isolated ? 'require-corp' : null)
      }
    } finally {
      await server.close()
    }
  }
})

test('examples:browser: serves nothing outside the folders of pages and data', async () => {
  const server = await serveExamples()
  try {
    for (const path of [
      '/none.js',
      '/package.json',
      '/..%2f..%2fscripts%2fbuild-browser.js',
      '/datasets/..%2f.ci/run.txt',
      '/datasets/..%2fREADME.txt',
    ]) {
      assert.equal((await fetch(`${server.url}${path}`)).status, 404, path)
    }
  } finally {
    await server.close()
  }
})

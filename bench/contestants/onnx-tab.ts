// ONNX Runtime Web on WebGPU, in a tab of Chromium: it does not run on WebGPU in Node. It makes inference only, so it takes part in products.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { peerFolder, peerVersion } from '../peers/packages.ts'
import { Site, startBrowser } from '../tabs.ts'
import { numberIn, serve } from './serve.ts'

const files = join(peerFolder('onnxruntime-web'), 'dist')
const text = readFileSync(join(files, 'ort.webgpu.min.mjs'), 'utf8')
const version = peerVersion('onnxruntime-web')
const browser = await startBrowser(process.env.BENCH_GPU === 'software' ? 'software' : 'hardware')
const site = await Site.start({ name: 'ONNX Runtime Web', version, text, packedBytes: 0, files }, 'onnx.ts')
process.once('exit', () => browser.close())

await serve({ name: 'ONNX Runtime Web', version, details: `WebGPU of Chromium ${browser.version()}` }, async (work) => {
  if (work.get('kind') !== 'gemm') throw new RangeError('it cannot train')
  const page = await site.openProduct(browser, numberIn(work, 'm'))
  return { run: () => page.evaluate('globalThis.time(0)'), time: async (seconds) => Number(await page.evaluate(`globalThis.time(${seconds})`)) }
})
await browser.close()
site.close()

// The rest of the tests that pass on every device, inside headless Chromium on WebGPU: minutes where the processor computes it.

import { pageTests, quickTests } from '../device-tests.ts'
import { testInChromium } from './in-chromium.ts'

const quick = new Set(quickTests())

testInChromium(
  'webgpu',
  pageTests().filter((file) => !quick.has(file)),
)

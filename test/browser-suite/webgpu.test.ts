// The tests that pass on every device once more, inside headless Chromium on WebGPU.

import { pageTests } from '../device-tests.ts'
import { testInChromium } from './in-chromium.ts'

testInChromium('webgpu', pageTests('webgpu'))

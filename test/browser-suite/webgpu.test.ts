// The quick part of the tests that pass on every device once more, inside headless Chromium on WebGPU.

import { quickTests } from '../device-tests.ts'
import { testInChromium } from './in-chromium.ts'

testInChromium('webgpu', quickTests())

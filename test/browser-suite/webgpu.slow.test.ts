// Of the tests that pass on every device, those that take WebGPU in software minutes in a page.

import { slowPageTests } from '../device-tests.ts'
import { testInChromium } from './in-chromium.ts'

testInChromium('webgpu', slowPageTests('webgpu'))

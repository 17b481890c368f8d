// The GPU itself, in Node: multiply-adds of vectors that never leave the registers, which no program on it can exceed. Whether the adapter
// is software on the processor is said in `software`.

/// <reference types="@webgpu/types" />
import { installWebgpu } from './dawn.ts'
import { serve } from './serve.ts'

const threadsPerGroup = 256
const chains = 8
const steps = 4096

/** Chains of multiply-adds that do not wait for each other; the sum is written so that none is left out. */
const program = `
@group(0) @binding(0) var<storage, read_write> sums: array<vec4f>;

@compute @workgroup_size(${threadsPerGroup})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let factor = vec4f(0.999 + f32(id.x) * 1e-9);
  ${range((i) => `var x${i} = vec4f(f32(id.x + ${i}u));`)}
  for (var i = 0; i < ${steps}; i++) {
    ${range((i) => `x${i} = fma(x${i}, factor, vec4f(0.5));`)}
  }
  sums[id.x] = ${range((i) => `x${i}`, ' + ')};
}`

function range(text: (index: number) => string, between = '\n  '): string {
  return Array.from({ length: chains }, (_, i) => text(i)).join(between)
}

const gpu = installWebgpu()
const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
if (adapter === null) throw new Error('no adapter answered; install libvulkan1 and a Vulkan driver')
const device = await adapter.requestDevice()
const { vendor, architecture, description, isFallbackAdapter } = adapter.info
const software = isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(`${architecture} ${description}`)

await serve({ name: 'multiply-adds', version: '', details: [vendor, architecture, description].join(' ') }, () => {
  const groups = software ? 4 : 4096
  const threads = groups * threadsPerGroup
  const sums = device.createBuffer({ size: threads * 16, usage: GPUBufferUsage.STORAGE })
  const pipeline = device.createComputePipeline({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code: program }), entryPoint: 'main' },
  })
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: sums } }] })
  return {
    run: () => {
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, group)
      pass.dispatchWorkgroups(groups)
      pass.end()
      device.queue.submit([encoder.finish()])
    },
    settle: () => device.queue.onSubmittedWorkDone(),
    info: { flops: threads * steps * chains * 4 * 2, software: software ? 1 : 0 },
  }
})

// The WebGPU backend of a page, fetched when it is first asked for: pages that do not use it do not pay for it. The bundle for pages without a
// bundler puts another module in the place of this one, which fetches the file beside the bundle.

/** The WebGPU backend. */
export const fetchWebgpu = () => import('../backends/webgpu/index.ts')

// Where the host's thread finds its source: beside this module. A bundle that has everything in one file puts another module in the place of
// this one, with a URL that its page can load.

/** The module that a worker starts with. */
export function hostWorkerUrl(): URL {
  const isSource = import.meta.url.endsWith('.ts')
  const url = new URL(`./host-worker${isSource ? '.ts' : '.js'}`, import.meta.url)
  return isSource && !Reflect.has(process.features, 'typescript') ? withLoader(url) : url
}

/** From TypeScript sources on a Node that cannot run them itself: its workers do not take over the loader of the main thread. */
function withLoader(url: URL): URL {
  const loader = import.meta.resolve('tsx/esm/api')
  const text = `import { register } from ${JSON.stringify(loader)}; register(); await import(${JSON.stringify(url.href)})`
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`)
}

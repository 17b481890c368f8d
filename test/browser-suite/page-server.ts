// Serves the page and its modules as pages need them to be served that share memory between threads, and takes what tests report.

import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'

/** A server that runs. */
export interface PageServer {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string
  close(): void
}

const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
const noContent = 204
const notFound = 404

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

/** Starts it on a free port. `report` gets what is posted to /report/RUN. */
export async function servePage(modules: ReadonlyMap<string, Uint8Array>, report: (run: string, body: string) => void): Promise<PageServer> {
  const page = readFileSync(join(import.meta.dirname, 'page.html'))
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://page').pathname.slice(1)
    if (request.method === 'POST' && path.startsWith('report/')) {
      report(path.slice('report/'.length), await bodyOf(request))
      response.writeHead(noContent, isolation).end()
      return
    }
    const content = path === '' ? page : modules.get(path)
    if (content === undefined) response.writeHead(notFound, isolation).end()
    else response.writeHead(200, { ...isolation, 'Content-Type': path === '' ? 'text/html' : 'text/javascript' }).end(content)
  }
  const server: Server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

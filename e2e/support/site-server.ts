import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/** A site that is nothing but its own files, as a developer's server or a host for files serves it. */
export interface SiteServer extends AsyncDisposable {
  /** Without a trailing slash. */
  readonly origin: string
}

/** To a browser these are three sites; two ports of one of them are two origins of one site. */
type Host = 'localhost' | '127.0.0.1' | 'elsewhere.localhost'

/**
 * Bundles a page's script as a site would, and serves it with a page around it, at every path.
 *
 * @param options.script - A file in `e2e/sites`.
 * @param options.settings - What the script finds in `globalThis.settings`.
 */
export async function serveSite(options: {
  readonly script: string
  readonly settings: Readonly<Record<string, string>>
  readonly host?: Host
  readonly port?: number
}): Promise<SiteServer> {
  const { script, settings, host = 'localhost', port = 0 } = options
  const bundle = await bundled(script)
  const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>A site</title><body><main id="main"></main>
<script>globalThis.settings = ${JSON.stringify(settings)}</script>
<script type="module" src="/site.js"></script>`
  return listen(host, port, (request, response) => {
    const isScript = request.url === '/site.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8')
    response.end(isScript ? bundle : page)
  })
}

/** Serves a page with nothing on it, at every path: tests put there what the site is to have. */
export function serveEmptyPage(host: Host, port = 0): Promise<SiteServer> {
  return listen(host, port, (_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(
      '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>A site</title><body></body></html>',
    )
  })
}

async function listen(host: Host, port: number, answer: RequestListener): Promise<SiteServer> {
  const server = createServer(answer)
  // Browsers know by themselves that every name below `localhost` is this machine; it need not.
  const address = host === 'elsewhere.localhost' ? 'localhost' : host
  await new Promise<void>((resolve) => server.listen(port, address, resolve))
  return {
    origin: `http://${host}:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** The sources beside these tests, which in a copy of the repository are others than those that a link in `node_modules` leads to. */
const ourOwn = Object.fromEntries(
  ['sdk', 'wix-bridge'].map((name) => [
    `@adjourn/${name}`,
    fileURLToPath(new URL(`../../packages/${name}/src/index.ts`, import.meta.url)),
  ]),
)

async function bundled(script: string): Promise<string> {
  const input = fileURLToPath(new URL(`../sites/${script}`, import.meta.url))
  const bundle = await rolldown({ input, platform: 'browser', logLevel: 'silent', resolve: { alias: ourOwn } })
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false })
  await bundle.close()
  return output[0].code
}

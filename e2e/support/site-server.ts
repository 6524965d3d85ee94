import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/** A site that is nothing but its own files, as a developer's server or a host for files serves it. */
export interface SiteServer extends AsyncDisposable {
  /** Without a trailing slash. */
  readonly origin: string
}

/**
 * Bundles a page's script as a site would, and serves it with a page around it, at every path.
 *
 * @param options.script - A file in `e2e/sites`.
 * @param options.settings - What the script finds in `globalThis.settings`.
 * @param options.host - `localhost` and `127.0.0.1` are two sites to a browser.
 */
export async function serveSite(options: {
  readonly script: string
  readonly settings: Readonly<Record<string, string>>
  readonly host?: 'localhost' | '127.0.0.1'
  readonly port?: number
}): Promise<SiteServer> {
  const { script, settings, host = 'localhost', port = 0 } = options
  const bundle = await bundled(script)
  const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>A site</title><body><main id="main"></main>
<script>globalThis.settings = ${JSON.stringify(settings)}</script>
<script type="module" src="/site.js"></script>`
  const server = createServer((request, response) => {
    const isScript = request.url === '/site.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8')
    response.end(isScript ? bundle : page)
  })
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  return {
    origin: `http://${host}:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function bundled(script: string): Promise<string> {
  const input = fileURLToPath(new URL(`../sites/${script}`, import.meta.url))
  const bundle = await rolldown({ input, platform: 'browser', logLevel: 'silent' })
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false })
  await bundle.close()
  return output[0].code
}

import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const vite = fileURLToPath(new URL('../node_modules/vite/bin/vite.js', import.meta.url))

/**
 * Has Vite build a site for production.
 *
 * @param directory - Where the packages are installed that the site imports.
 * @param script - The site's own code.
 * @returns The one script that a browser gets, minified.
 * @throws {Error} With what Vite said, when it fails or only warns.
 */
export async function bundle(directory: string, script: string): Promise<string> {
  const site = mkdtempSync(join(directory, 'site-'))
  writeFileSync(
    join(site, 'index.html'),
    '<!doctype html><title>A site</title><script type="module" src="site.js"></script>',
  )
  writeFileSync(join(site, 'site.js'), script)
  // What Vite adds for browsers that cannot preload is no part of what the package costs.
  writeFileSync(join(site, 'vite.config.js'), 'export default { build: { modulePreload: { polyfill: false } } }')
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [vite, 'build', '--logLevel=warn'], {
    cwd: site,
    env: { PATH: process.env['PATH'] },
  })
  const assets = readdirSync(join(site, 'dist/assets'))
  const [asset] = assets
  if (stdout + stderr !== '' || asset === undefined || assets.length > 1) {
    throw new Error(`Vite made ${assets.join(', ')} and said:\n${stdout}${stderr}`)
  }
  return readFileSync(join(site, 'dist/assets', asset), 'utf8')
}

import { gzipSync } from 'node:zlib'
import { bundle } from '../../packaging/bundle.ts'
import { install } from '../../packaging/install.ts'
import { type PackageName, pack } from '../../packaging/pack.ts'
import { everything, loginAndLogout } from '../../packaging/sites.ts'
import type { Entry, Scenario } from './scenario.ts'

/** Nothing is timed here: the same sources give the same figures. */
export const packages: Scenario = {
  name: 'packages',
  title: 'The published packages, and what the SDK adds to a page',
  counts: true,
  entries: [
    tarball('adjourn'),
    tarball('@adjourn/sdk'),
    tarball('@adjourn/wix-bridge'),
    inBrowser('sdk-login', 'SDK in a browser: login, tokens and logout', loginAndLogout),
    inBrowser('sdk-everything', 'SDK in a browser: everything', everything),
  ],
}

function tarball(name: PackageName): Entry {
  return {
    key: name,
    title: name,
    measure: async ({ workplace }) => {
      const { packedBytes, unpackedBytes, files } = await pack(name, workplace)
      return { packedBytes, unpackedBytes, files: files.length }
    },
  }
}

/** What Vite makes of a site, of which nothing but the SDK counts: its own code is a few lines. */
function inBrowser(key: string, title: string, site: string): Entry {
  return {
    key,
    title,
    measure: async ({ workplace }) => {
      const directory = await install(await pack('@adjourn/sdk', workplace), workplace)
      const code = await bundle(directory, site)
      return { minifiedBytes: code.length, gzippedBytes: gzipSync(code, { level: 9 }).length }
    },
  }
}

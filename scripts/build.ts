/**
 * `npm run build`: makes the package that a release publishes, in `packages/server/dist`.
 *
 * Our own files and those of the library of schemas, a thousand in all, become a few: to find and to read them one by one took
 * more than half of a start. All other packages stay what they are and are installed beside it, so that whoever runs the
 * service gets their repairs without waiting for a release of ours.
 */
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('../', import.meta.url))
const server = join(root, 'packages/server')
/** Packages that are taken in. Each costs a place for its licence. */
const takenIn = ['typebox']
/** What an operator reads of `docs`: what the command itself refers to, and what that refers to. */
const manual = [
  'administration.md',
  'api-keys.md',
  'audit.md',
  'backup-and-failover.md',
  'clients.md',
  'configuration.md',
  'hosted-pages.md',
  'importing-members.md',
  'limits.md',
  'mail.md',
  'observability',
  'observability.md',
  'proofs-and-approval.md',
]

/**
 * Builds into a directory, from which the packages that the server depends on must be found.
 *
 * @returns The program.
 */
export async function build(directory: string): Promise<string> {
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const bundle = await rolldown({
    input: { adjourn: join(server, 'bin/adjourn.js'), 'worker-process': join(server, 'src/workers/worker-process.ts') },
    platform: 'node',
    external: (name) => /^[^./]/.test(name) && !takenIn.some((taken) => name === taken || name.startsWith(`${taken}/`)),
  })
  // All in one folder: the parent of the workers looks for their program beside itself.
  await bundle.write({ dir: directory, entryFileNames: '[name].js', chunkFileNames: '[name].js' })
  await bundle.close()
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`)
  copyFileSync(join(root, 'LICENSE'), join(directory, 'LICENSE'))
  copyFileSync(join(server, 'README.md'), join(directory, 'README.md'))
  for (const page of manual) cpSync(join(root, 'docs', page), join(directory, 'docs', page), { recursive: true })
  for (const name of takenIn) {
    copyFileSync(join(root, 'node_modules', name, 'license'), join(directory, `LICENSE-${name}`))
  }
  return join(directory, 'adjourn.js')
}

/** What the package says of itself: what the source says, less what only a checkout needs. */
function manifest(): object {
  const { name, version, description, keywords, license, type, dependencies } = JSON.parse(
    readFileSync(join(server, 'package.json'), 'utf8'),
  )
  const installed = Object.entries(dependencies).filter(([dependency]) => !takenIn.includes(dependency))
  return {
    name,
    version,
    description,
    keywords,
    license,
    type,
    engines: { node: '>=24' },
    bin: { adjourn: 'adjourn.js' },
    // A command and no library: how its files are called is nobody's to rely on.
    exports: { './package.json': './package.json' },
    // Not what a start from here has kept.
    files: ['*.js', 'docs', 'LICENSE*'],
    dependencies: Object.fromEntries(installed),
  }
}

if (import.meta.main) {
  const program = await build(join(server, 'dist'))
  process.stdout.write(`Built ${program}\n`)
}

import {
  closeSync,
  constants,
  cpSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { CredentialKind, Installation, Wanted } from '../contender.ts'
import { type RunningServer, runServer } from './run-server.ts'

/** What a contender says of itself, so that its data can be made once and started from as often as is needed. */
export interface FileBased {
  /** The program and its parameters, to be run by Node. */
  readonly program: readonly string[]
  /** The environment of a server whose data is in a directory. */
  environment(directory: string): Readonly<Record<string, string>>
  /** Said in addition at the first start, which makes the schema. */
  readonly firstEnvironment?: Readonly<Record<string, string>>
  /** Fills a directory in which the server was started once, so that its schema is there. Gives the known credentials. */
  seed(directory: string): Promise<Credentials> | Credentials
  /** Done to every copy before a server is started on it. */
  freshen?(directory: string): void
}

export type Credentials = Readonly<Partial<Record<CredentialKind, readonly string[]>>>

/** Sets a contender up whose data is files. */
export async function installFiles({ directory, nodeFlags }: Wanted, contender: FileBased): Promise<Installation> {
  const template = join(directory, 'template')
  const credentials = await onlyOnce(directory, async () => {
    mkdirSync(template, { recursive: true })
    const first = await runServer({
      args: contender.program,
      env: { ...contender.environment(template), ...contender.firstEnvironment },
      nodeFlags: [],
    })
    await first.stop()
    return contender.seed(template)
  })
  let copies = 0
  return {
    credentials,
    start: async (more = {}) => {
      copies += 1
      const copy = join(directory, `copy-${copies}`)
      // Of a run that was killed.
      rmSync(copy, { recursive: true, force: true })
      cpSync(template, copy, { recursive: true, mode: constants.COPYFILE_FICLONE })
      contender.freshen?.(copy)
      // Pages of the copy that are still to be written would be written by the first commits that are measured.
      syncAll(copy)
      const env = { ...contender.environment(copy), ...more }
      const server = await runServer({ args: contender.program, env, nodeFlags })
      return removing(server, copy)
    },
  }
}

function removing(server: RunningServer, directory: string): RunningServer {
  return {
    ...server,
    stop: async () => {
      await server.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** What is made in a directory that is kept is not made again; one that was not finished is made anew. */
export async function onlyOnce(
  directory: string,
  make: () => Promise<Credentials>,
): Promise<Installation['credentials']> {
  const finished = join(directory, 'credentials.json')
  if (existsSync(finished)) return JSON.parse(readFileSync(finished, 'utf8')) as Installation['credentials']
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const files = writeCredentials(directory, await make())
  writeFileSync(finished, JSON.stringify(files))
  return files
}

/** Writes the files of credentials into a directory. */
export function writeCredentials(directory: string, credentials: Credentials): Installation['credentials'] {
  const files: Partial<Record<CredentialKind, string>> = {}
  for (const [kind, lines] of Object.entries(credentials) as [CredentialKind, readonly string[]][]) {
    files[kind] = join(directory, `${kind}.txt`)
    writeFileSync(files[kind], lines.join('\n'), { mode: 0o600 })
  }
  return files
}

function syncAll(directory: string): void {
  for (const name of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue
    const file = openSync(join(name.parentPath, name.name), 'r+')
    fsyncSync(file)
    closeSync(file)
  }
}

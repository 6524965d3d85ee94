import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Witness } from '../../domain/installation.ts'
import { UnreadableWitness, type WitnessKeeper } from '../../ports/witness.ts'

/** How its directory is made. */
const ofItsOwn = { recursive: true, mode: 0o700 } as const

/**
 * The witness in a file of its own, as JSON for people to read.
 *
 * A new one is written beside it, brought to the disk and put in its place, so that a process or a machine that dies
 * leaves the old one or the new one. Nodes that share a file write over each other, which does no harm: each wrote what it
 * saw to be committed.
 */
export class WitnessFile implements WitnessKeeper {
  readonly place: string
  readonly #failed: (error: unknown) => void

  /** @param failed - Told when the file could not be written. */
  constructor(path: string, failed: (error: unknown) => void) {
    this.place = resolve(path)
    this.#failed = failed
  }

  read(): Witness | undefined {
    let content: string
    try {
      content = readFileSync(this.place, 'utf8')
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
    const witness = parse(content)
    if (witness === undefined) throw new UnreadableWitness(this.place)
    return witness
  }

  keepNow(witness: Witness): void {
    mkdirSync(dirname(this.place), ofItsOwn)
    const partial = this.#partial()
    const file = openSync(partial, 'w', 0o600)
    try {
      writeSync(file, format(witness))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(partial, this.place)
  }

  async keep(witness: Witness): Promise<void> {
    const partial = this.#partial()
    // The directory is looked for only when it is missed, as this is done up to ten times a second.
    const file = await open(partial, 'w', 0o600).catch(async (error: unknown) => {
      if (!isMissing(error)) throw error
      await mkdir(dirname(this.place), ofItsOwn)
      return open(partial, 'w', 0o600)
    })
    try {
      await file.writeFile(format(witness))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(partial, this.place).catch(async (error: unknown) => {
      await rm(partial, { force: true })
      throw error
    })
  }

  failed(error: unknown): void {
    this.#failed(error)
  }

  /** Of this process alone, since several may keep one witness. */
  #partial(): string {
    return join(dirname(this.place), `.${basename(this.place)}-${process.pid}`)
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function format({ installationId, epoch, n, chain, auditN, timeline }: Witness): string {
  return `${JSON.stringify({
    installation: installationId,
    epoch,
    revocationLog: { n, chain: Buffer.from(chain).toString('hex') },
    audit: { n: auditN },
    timeline,
  })}\n`
}

function parse(content: string): Witness | undefined {
  const [installationId, epoch, n, chain, auditN, timeline] = fieldsOf(content)
  if (typeof installationId !== 'string' || typeof chain !== 'string' || !/^[0-9a-f]{64}$/.test(chain)) return undefined
  if (!isCount(epoch) || !isCount(n) || !isCount(auditN)) return undefined
  if (timeline !== null && !isCount(timeline)) return undefined
  return { installationId, epoch, n, chain: new Uint8Array(Buffer.from(chain, 'hex')), auditN, timeline }
}

function fieldsOf(content: string): readonly unknown[] {
  try {
    const { installation, epoch, revocationLog, audit, timeline } = JSON.parse(content)
    return [installation, epoch, revocationLog?.n, revocationLog?.chain, audit?.n, timeline]
  } catch {
    return []
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

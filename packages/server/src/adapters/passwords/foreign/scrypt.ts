import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { UnreadableHash } from '../unreadable-hash.ts'
import { fromBase64, fromHex, isSameDigest, readSaltAndDigest } from './encodings.ts'
import type { ForeignHash } from './foreign-hash.ts'

/** RFC 7914: `N`, `r` and `p`. */
interface ScryptCost {
  readonly n: number
  readonly r: number
  readonly p: number
}

/** `128 * N * r` bytes. OWASP's highest setting takes half of it. */
const memoryBytesMax = 256 * 1024 * 1024
/** `N * r * p`, which the time follows: twice OWASP's highest setting, and under a second. */
const workMax = 2 ** 21

/** `$scrypt$ln=16,r=8,p=1$<salt>$<digest>` */
const phc = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,6}),p=(\d{1,6})\$([^$]+)\$([^$]+)$/
/** `scrypt:32768:8:1$<salt as text>$<digest in hex>` */
const werkzeug = /^scrypt:(\d{1,10}):(\d{1,6}):(\d{1,6})\$([^$]+)\$([^$]+)$/

const derive = promisify<string, Uint8Array, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
)

/**
 * Reads an scrypt hash in PHC format or as Werkzeug writes it.
 *
 * @throws {UnreadableHash} When it is malformed or costs too much.
 */
export function readScrypt(encoded: string): ForeignHash | undefined {
  if (!/^\$?scrypt[:$]/.test(encoded)) return undefined
  const [, ln, r, p, salt = '', digest = ''] = phc.exec(encoded) ?? []
  if (ln !== undefined) {
    const cost = { n: 2 ** Number(ln), r: Number(r), p: Number(p) }
    return foreignHash(cost, readSaltAndDigest(fromBase64(salt), fromBase64(digest)))
  }
  const [, n, blocks, lanes, saltText = '', hex = ''] = werkzeug.exec(encoded) ?? []
  if (n === undefined) throw new UnreadableHash('it begins like an scrypt hash and is none that can be checked')
  const cost = { n: Number(n), r: Number(blocks), p: Number(lanes) }
  return foreignHash(cost, readSaltAndDigest(Buffer.from(saltText), fromHex(hex)))
}

function foreignHash(cost: ScryptCost, { salt, digest }: ReturnType<typeof readSaltAndDigest>): ForeignHash {
  assertAffordable(cost)
  const { n: N, r, p } = cost
  // Node's own reckoning of the memory has a little more in it than `128 * N * r`.
  const options = { N, r, p, maxmem: 2 * memoryBytesMax }
  return { isOf: async (password) => isSameDigest(await derive(password, salt, digest.length, options), digest) }
}

function assertAffordable({ n, r, p }: ScryptCost): void {
  const seen = `N = ${n}, r = ${r}, p = ${p}`
  if (n < 2 || r < 1 || p < 1 || !Number.isInteger(Math.log2(n))) {
    throw new UnreadableHash(`its scrypt parameters cannot be: ${seen}`)
  }
  if (128 * n * r > memoryBytesMax || n * r * p > workMax) {
    throw new UnreadableHash(`its scrypt parameters ask for too much: ${seen}`)
  }
}

import { timingSafeEqual } from 'node:crypto'
import { isGuid } from '../../domain/ids.ts'
import { isSecretOf, type MacedSecretKind, secretPrefix } from '../../domain/secrets.ts'
import type { Keyring } from '../../ports/keys.ts'
import type { Proofs } from '../../ports/proofs.ts'

type ProofKind = Extract<MacedSecretKind, 'proof' | 'state'>

const codeDigits = 6

/**
 * Proofs as `adj_<kind>_<id>.<mac>`: the id is the 16 bytes of the challenge's GUID in base64url, and the MAC covers
 * everything before it, the prefix included. Each kind has a MAC key of its own, and so has the code.
 */
export function createProofs(keyring: Pick<Keyring, 'mac' | 'verifyMac' | 'trustedMacs'>): Proofs {
  const mint = (kind: ProofKind, challengeId: string) => {
    const authenticated = secretPrefix(kind) + bytesOf(challengeId).toString('base64url')
    return `${authenticated}.${Buffer.from(keyring.mac(kind, authenticated)).toString('base64url')}`
  }
  const read = (kind: ProofKind, token: string) => {
    if (!isSecretOf(kind, token)) return undefined
    const end = token.lastIndexOf('.')
    const mac = Buffer.from(token.slice(end + 1), 'base64url')
    if (!keyring.verifyMac(kind, token.slice(0, end), mac)) return undefined
    return guidOf(Buffer.from(token.slice(secretPrefix(kind).length, end), 'base64url'))
  }
  return {
    recoveryToken: (challengeId) => mint('proof', challengeId),
    readRecoveryToken: (token) => read('proof', token),
    stateToken: (challengeId) => mint('state', challengeId),
    readStateToken: (token) => read('state', token),
    code: (challengeId, codesSent) => codeFrom(keyring.mac(codeContext, sending(challengeId, codesSent))),
    isCode: (challengeId, codesSent, presented) => {
      const macs = keyring.trustedMacs(codeContext, sending(challengeId, codesSent))
      const shown = Buffer.from(presented)
      if (shown.length !== codeDigits) return false
      // All are compared, whichever fits: the time says nothing about which root a code is from.
      return macs.map((mac) => timingSafeEqual(Buffer.from(codeFrom(mac)), shown)).includes(true)
    },
  }
}

const codeContext = 'verification-code'

function sending(challengeId: string, codesSent: number): string {
  if (!Number.isSafeInteger(codesSent) || codesSent < 0) {
    throw new RangeError(`Cannot make a code as the count of codes is not a whole number from 0: ${codesSent}`)
  }
  return `${guidOf(bytesOf(challengeId))}:${codesSent}`
}

/** All 256 bits are reduced at once: what that favours the lower codes by is less than one in 2^230. */
function codeFrom(mac: Uint8Array): string {
  const number = BigInt(`0x${Buffer.from(mac).toString('hex')}`) % 10n ** BigInt(codeDigits)
  return number.toString().padStart(codeDigits, '0')
}

function bytesOf(guid: string): Buffer {
  if (!isGuid(guid)) throw new RangeError('Cannot make a proof as the id of the challenge is not a GUID')
  return Buffer.from(guid.replaceAll('-', ''), 'hex')
}

function guidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

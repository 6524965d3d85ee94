import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, importJWK, type JWK, jwtVerify } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import type { AccessTokenReading, AccessTokenSubject } from '../../ports/access-tokens.ts'
import { NoActiveKey, type StoredKey } from '../../ports/keys.ts'
import { createAccessTokens } from './access-tokens.ts'
import { generateKey } from './generate-keys.ts'
import { createKeyring } from './keyring.ts'
import {
  client,
  fromStart,
  manualClock,
  member,
  sid,
  site,
  startOfTest,
  systemRandomness,
  visitor,
} from './test-installation.ts'

const issuer = 'https://id.example'
const audience = 'https://id.example/api'
const forMember: AccessTokenSubject = { subjectType: 'member', member, sid, site, client, generation: 3 }
const forVisitor: AccessTokenSubject = {
  subjectType: 'visitor',
  visitor,
  site,
  client,
  generation: 3,
  clientGeneration: 2,
}
const forApp: AccessTokenSubject = { subjectType: 'app', site, client, generation: 3, clientGeneration: 2 }
const iat = Math.floor(startOfTest / 1000)
const notGenuine: AccessTokenReading = { state: 'not_genuine' }

let key: StoredKey
let nextKey: StoredKey
let idTokenKey: StoredKey
let privateKey: KeyObject

beforeAll(async () => {
  key = await generateKey('access_token', fromStart)
  nextKey = await generateKey('access_token', { ...fromStart, activeFrom: startOfTest + 3_600_000 })
  const pair = await generateKey('access_token', fromStart)
  idTokenKey = { ...pair, purpose: 'id_token' }
  privateKey = privateKeyOf(key)
})

function privateKeyOf({ privateMaterial }: StoredKey): KeyObject {
  return createPrivateKey({ key: Buffer.from(privateMaterial), format: 'der', type: 'pkcs8' })
}

function service(stored: readonly StoredKey[] = [key, idTokenKey], more: { rememberedTokens?: number } = {}) {
  const clock = manualClock()
  const keyring = createKeyring({ stored, clock })
  const create = (differing: { issuer?: string; audience?: string } = {}) =>
    createAccessTokens({ keyring, clock, randomness: systemRandomness, issuer, audience, ...more, ...differing })
  return { clock, keyring, create, tokens: create() }
}

/** A token made by hand, by default one that is genuine in every respect. */
function craft({
  header = {},
  claims = {},
  signer = privateKey,
}: {
  header?: object
  claims?: object
  signer?: KeyObject
} = {}): string {
  const everyClaim = {
    ...{ iss: issuer, aud: audience, sub: member, client_id: client, iat, exp: iat + 300, jti: 'j', site, gen: 3, sid },
    subject_type: 'member',
  }
  const signedPart = [
    { alg: 'ES256', typ: 'at+jwt', kid: key.kid, ...header },
    { ...everyClaim, ...claims },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = sign('sha256', Buffer.from(signedPart), { key: signer, dsaEncoding: 'ieee-p1363' })
  return `${signedPart}.${signature.toString('base64url')}`
}

describe('signing', () => {
  test('T-07: a member token is an at+jwt with exactly the claims of RFC 9068, sid, site and generation', async () => {
    const { token, expiresAt } = await service().tokens.sign(forMember, 300)
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
    const { jti, ...claims } = decodeJwt(token)
    expect(claims).toEqual({
      ...{ iss: issuer, aud: audience, sub: member, client_id: client, iat, exp: iat + 300, site, gen: 3 },
      ...{ subject_type: 'member', sid },
    })
    expect(jti).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(expiresAt).toBe((iat + 300) * 1000)
  })

  test('T-07: a visitor token has the same claims without a sid', async () => {
    const claims = decodeJwt((await service().tokens.sign(forVisitor, 300)).token)
    expect(claims).toMatchObject({
      sub: visitor,
      subject_type: 'visitor',
      client_id: client,
      site,
      gen: 3,
      client_gen: 2,
    })
    expect(claims).not.toHaveProperty('sid')
  })

  test('T-07: an app token has its client as the subject, and no sid', async () => {
    const claims = decodeJwt((await service().tokens.sign(forApp, 300)).token)
    expect(claims).toMatchObject({ sub: client, subject_type: 'app', client_id: client, site, gen: 3, client_gen: 2 })
    expect(claims).not.toHaveProperty('sid')
  })

  test('T-07: an independent implementation verifies a token with the published key set', async () => {
    const { keyring, tokens, clock } = service()
    const { token } = await tokens.sign(forMember, 300)
    const published = keyring.publicJwks().keys.find(({ kid }) => kid === decodeProtectedHeader(token).kid)
    const verifier = await importJWK({ ...published } as JWK, 'ES256')
    const options = { issuer, audience, typ: 'at+jwt', algorithms: ['ES256'], currentDate: new Date(clock.time) }
    expect((await jwtVerify(token, verifier, options)).payload.sub).toBe(member)
  })

  test('T-07: exp is iat and the lifetime asked for, in whole seconds', async () => {
    for (const lifetime of [1, 300, 600, 14_400]) {
      const claims = decodeJwt((await service().tokens.sign(forMember, lifetime)).token)
      expect([claims.iat, claims.exp]).toEqual([iat, iat + lifetime])
    }
  })

  test.each([0, -1, 0.5, 14_401, Number.NaN, Number.POSITIVE_INFINITY])(
    'a lifetime of %d s is refused',
    async (lifetime) => {
      await expect(service().tokens.sign(forMember, lifetime)).rejects.toThrow(RangeError)
    },
  )

  test.each([-1, 1.5, Number.NaN])('a generation of %d is refused', async (generation) => {
    await expect(service().tokens.sign({ ...forMember, generation }, 300)).rejects.toThrow(RangeError)
  })

  test('T-07: 1,000 tokens for the same subject in the same second have 1,000 different jti', async () => {
    const { tokens } = service()
    const made = await Promise.all(Array.from({ length: 1_000 }, () => tokens.sign(forMember, 300)))
    expect(new Set(made.map(({ token }) => decodeJwt(token).jti)).size).toBe(1_000)
  })

  test('no token contains a comma, also when an identifier does', async () => {
    const { token } = await service().tokens.sign({ ...forMember, sid: 'a,b' as typeof sid }, 300)
    expect(token).not.toContain(',')
  })

  test('without an active key nothing is signed', async () => {
    await expect(service([nextKey]).tokens.sign(forMember, 300)).rejects.toThrow(NoActiveKey)
  })
})

describe('reading', () => {
  test('a token is genuine to the node that signed it and to a node that sees it for the first time', async () => {
    const { create, tokens } = service()
    for (const subject of [forMember, forVisitor]) {
      const { token } = await tokens.sign(subject, 300)
      const atHome = tokens.read(token)
      const elsewhere = create()
      expect(atHome).toMatchObject({ state: 'genuine', expired: false, claims: { subject_type: subject.subjectType } })
      expect(elsewhere.read(token)).toEqual(atHome)
      expect(elsewhere.read(token)).toEqual(atHome)
    }
  })

  test('D-20: a token counts as expired from 60 s after exp, remembered or not, and its claims are still given', async () => {
    const { clock, create, tokens } = service()
    const { token, expiresAt } = await tokens.sign(forMember, 300)
    clock.time = expiresAt + 59_999
    for (const reader of [tokens, create()]) expect(reader.read(token)).toMatchObject({ expired: false })
    clock.time = expiresAt + 60_000
    for (const reader of [tokens, create()]) {
      expect(reader.read(token)).toMatchObject({ state: 'genuine', expired: true, claims: { sid } })
    }
  })

  test('the claims of a token cannot be changed by whoever reads it', async () => {
    const { create, tokens } = service()
    const { token } = await tokens.sign(forMember, 300)
    for (const reader of [tokens, create()]) {
      const reading = reader.read(token)
      expect(Object.isFrozen(reading.state === 'genuine' && reading.claims)).toBe(true)
    }
  })

  test('a token of another issuer or for another audience is not genuine', async () => {
    const { create, tokens } = service()
    const { token } = await tokens.sign(forMember, 300)
    expect(create({ issuer: 'https://other.example' }).read(token)).toEqual(notGenuine)
    expect(create({ audience: 'https://other.example' }).read(token)).toEqual(notGenuine)
    expect(tokens.read(craft({ claims: { aud: [audience] } }))).toEqual(notGenuine)
    expect(tokens.read(craft({ claims: { iss: `${issuer}/` } }))).toEqual(notGenuine)
  })

  test('a token with any one character exchanged is not genuine', async () => {
    const { tokens, create } = service()
    const { token } = await tokens.sign(forMember, 300)
    for (let position = 0; position < token.length; position += 1) {
      const other = token[position] === 'A' ? 'B' : 'A'
      const altered = token.slice(0, position) + other + token.slice(position + 1)
      for (const reader of [tokens, create()]) expect(reader.read(altered)).toEqual(notGenuine)
    }
  })

  test('a token in any other spelling is not genuine', async () => {
    const { tokens } = service()
    const { token } = await tokens.sign(forMember, 300)
    const last = token.at(-1) ?? ''
    const spareBit = token.slice(0, -1) + String.fromCharCode(last.charCodeAt(0) + 1)
    const spellings = [
      ` ${token}`,
      `${token}\n`,
      `${token}=`,
      `${token}.`,
      `.${token}`,
      spareBit,
      token.replace('.', '..'),
    ]
    for (const text of [...spellings, token.split('.').slice(0, 2).join('.'), `${token},${token}`, `Bearer ${token}`]) {
      expect(tokens.read(text)).toEqual(notGenuine)
    }
  })

  test.each(['', '.', '..', 'a.b.c', 'adj_session_x', 'null', '\0', 'e30.e30.', `e30.e30.${'A'.repeat(86)}`])(
    'the text %j is not genuine',
    (text) => {
      expect(service().tokens.read(text)).toEqual(notGenuine)
    },
  )

  test('H-04: a token of 8 KiB is read and a longer one is not genuine, well signed or not', () => {
    const { tokens } = service()
    const tokenOfLength = (length: number) => {
      for (let padding = 5_000; padding < 7_000; padding += 1) {
        const token = craft({ claims: { padding: 'x'.repeat(padding) } })
        if (token.length >= length) return token
      }
      return expect.fail('no padding fits')
    }
    const bare = craft({ claims: { padding: '' } }).length
    const fits = craft({ claims: { padding: 'x'.repeat(Math.floor(((8192 - bare) * 3) / 4) - 2) } })
    expect(fits.length).toBeGreaterThan(8185)
    expect(fits.length).toBeLessThanOrEqual(8192)
    expect(tokens.read(fits)).toMatchObject({ state: 'genuine' })
    expect(tokens.read(tokenOfLength(8193))).toEqual(notGenuine)
  })

  test.each([
    ['no sid', { sid: undefined }],
    ['a sid that is not text', { sid: 1 }],
    ['an unknown kind of subject', { subject_type: 'admin' }],
    ['a visitor with a sid', { subject_type: 'visitor' }],
    ['an app with a sid', { subject_type: 'app', sub: client }],
    ['an app that is not its own client', { subject_type: 'app', sid: undefined }],
    ["a client's generation that is text", { subject_type: 'visitor', sid: undefined, client_gen: '2' }],
    ['no sub', { sub: undefined }],
    ['a sub that is not text', { sub: [member] }],
    ['no exp', { exp: undefined }],
    ['an exp that is text', { exp: `${iat + 300}` }],
    ['an exp that is not whole', { exp: iat + 0.5 }],
    ['no generation', { gen: undefined }],
    ['a negative generation', { gen: -1 }],
    ['no site', { site: undefined }],
    ['an empty client', { client_id: '' }],
    ['no jti', { jti: undefined }],
  ])('a token of ours with %s is not genuine', (_what, claims) => {
    expect(service().tokens.read(craft())).toMatchObject({ state: 'genuine' })
    expect(service().tokens.read(craft({ claims }))).toEqual(notGenuine)
  })
})

describe('headers and keys that others choose', () => {
  test.each([
    'logout+jwt',
    'JWT',
    'secevent+jwt',
    'jwt',
    'statuslist+jwt',
    'AT+JWT',
    'application/at+jwt',
    '',
    null,
    ['at+jwt'],
  ])('T-24: a token of typ %j by the right key is not an access token', (typ) => {
    expect(service().tokens.read(craft({ header: { typ } }))).toEqual(notGenuine)
  })

  test('T-24: a token without typ, as ID tokens are, is not an access token', () => {
    expect(service().tokens.read(craft({ header: { typ: undefined } }))).toEqual(notGenuine)
  })

  test('T-24: a key for ID tokens does not make access tokens', () => {
    const token = craft({ header: { kid: idTokenKey.kid }, signer: privateKeyOf(idTokenKey) })
    expect(service().tokens.read(token)).toEqual(notGenuine)
  })

  test("H-10: a token by the attacker's key is refused, wherever its header says that the key is", () => {
    const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = attacker.publicKey.export({ format: 'jwk' })
    const url = 'https://attacker.example/keys'
    const certificate = attacker.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
    for (const brought of [{}, { jwk }, { jku: url }, { x5u: url }, { x5c: [certificate] }]) {
      for (const kid of [key.kid, 'attacker', url, '', undefined, null, 0, ['a'], { kid: key.kid }]) {
        const token = craft({ header: { ...brought, kid }, signer: attacker.privateKey })
        expect(service().tokens.read(token)).toEqual(notGenuine)
      }
    }
  })

  test('H-10: headers that bring a key along are ignored on a token by our own key', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const header = { jwk: publicKey.export({ format: 'jwk' }), jku: 'https://attacker.example/keys' }
    expect(service().tokens.read(craft({ header }))).toMatchObject({ state: 'genuine' })
  })

  test('H-10: alg none is refused in every spelling, with and without a signature', () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '', undefined]) {
      const token = craft({ header: { alg } })
      const unsigned = token.slice(0, token.lastIndexOf('.') + 1)
      for (const text of [token, unsigned, unsigned.slice(0, -1)])
        expect(service().tokens.read(text)).toEqual(notGenuine)
    }
  })

  test('H-10: HS256 with the public key as the secret is refused', () => {
    const publicKey = createPublicKey(privateKey)
    const secrets = [
      publicKey.export({ type: 'spki', format: 'pem' }),
      publicKey.export({ type: 'spki', format: 'der' }),
      key.publicJwk ?? '',
    ]
    const signedPart = craft({ header: { alg: 'HS256' } })
      .split('.')
      .slice(0, 2)
      .join('.')
    for (const secret of secrets) {
      const mac = createHmac('sha256', secret).update(signedPart).digest()
      for (const signature of [mac, Buffer.concat([mac, mac])]) {
        expect(service().tokens.read(`${signedPart}.${signature.toString('base64url')}`)).toEqual(notGenuine)
      }
    }
  })

  test.each(['ES384', 'ES512', 'RS256', 'PS256', 'EdDSA', 'HS256', 'es256', ['ES256'], null])(
    'H-10: alg %j is refused, although the signature is a good ES256 one',
    (alg) => {
      expect(service().tokens.read(craft({ header: { alg } }))).toEqual(notGenuine)
    },
  )

  test('a header with crit is refused, as it demands an extension and none is understood', () => {
    expect(service().tokens.read(craft({ header: { crit: ['b64'], b64: true } }))).toEqual(notGenuine)
  })

  test('a signature of zeros is refused', () => {
    const signedPart = craft().split('.').slice(0, 2).join('.')
    expect(service().tokens.read(`${signedPart}.${'A'.repeat(86)}`)).toEqual(notGenuine)
  })
})

describe('rotation', () => {
  test('O-15: after a rotation new tokens are by the new key and old tokens still verify', async () => {
    const { clock, create, tokens } = service([key, nextKey])
    const before = (await tokens.sign(forMember, 14_400)).token
    expect(decodeProtectedHeader(before).kid).toBe(key.kid)
    clock.time = nextKey.activeFrom
    const after = (await tokens.sign(forMember, 300)).token
    expect(decodeProtectedHeader(after).kid).toBe(nextKey.kid)
    for (const token of [before, after])
      expect(create().read(token)).toMatchObject({ state: 'genuine', expired: false })
  })

  test('a token by a key that was removed is refused at once, although it is remembered', async () => {
    const { keyring, tokens } = service()
    const { token } = await tokens.sign(forMember, 300)
    expect(tokens.read(token).state).toBe('genuine')
    keyring.replace([nextKey])
    expect(tokens.read(token)).toEqual(notGenuine)
    keyring.replace([key])
    expect(tokens.read(token).state).toBe('genuine')
  })

  test('a token by a key that is retired is refused from that moment on, although it is remembered', async () => {
    const { clock, tokens } = service([{ ...key, retiredAt: startOfTest + 10_000 }])
    const { token } = await tokens.sign(forMember, 300)
    clock.time = startOfTest + 9_999
    expect(tokens.read(token).state).toBe('genuine')
    clock.time = startOfTest + 10_000
    expect(tokens.read(token)).toEqual(notGenuine)
  })

  test('a remembered token is refused when another key has taken the name of its key', async () => {
    const { keyring, tokens } = service()
    const { token } = await tokens.sign(forMember, 300)
    keyring.replace([{ ...nextKey, kid: key.kid }])
    expect(tokens.read(token)).toEqual(notGenuine)
  })
})

describe('the memory of signatures', () => {
  const claimsOf = (reading: AccessTokenReading) => (reading.state === 'genuine' ? reading.claims : undefined)

  test('a token is verified once: the second reading gives the very claims of the first', async () => {
    const { create, tokens } = service()
    const { token } = await tokens.sign(forMember, 300)
    for (const reader of [tokens, create()]) {
      const first = claimsOf(reader.read(token))
      expect(first).toBeDefined()
      expect(claimsOf(reader.read(token))).toBe(first)
    }
  })

  test('a token that fell out of the memory is verified again, with the same answer', async () => {
    const { tokens } = service([key], { rememberedTokens: 2 })
    const { token } = await tokens.sign(forMember, 300)
    const first = claimsOf(tokens.read(token))
    for (let others = 0; others < 3; others += 1) await tokens.sign(forVisitor, 300)
    const second = claimsOf(tokens.read(token))
    expect(second).not.toBe(first)
    expect(second).toEqual(first)
  })

  test('a forged token stays forged at every reading', () => {
    const { tokens } = service()
    const forged = craft({ signer: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey })
    for (let reading = 0; reading < 3; reading += 1) expect(tokens.read(forged)).toEqual(notGenuine)
  })

  test('a small memory changes no answer', async () => {
    const { tokens } = service([key], { rememberedTokens: 2 })
    const made = await Promise.all(Array.from({ length: 20 }, () => tokens.sign(forMember, 300)))
    for (const { token } of [...made, ...made]) expect(tokens.read(token).state).toBe('genuine')
  })
})

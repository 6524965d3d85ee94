import { hash } from '@node-rs/argon2'
import { expect, test } from 'vitest'
import { createPasswordHasher } from './password-hasher.ts'

const hasher = createPasswordHasher({ concurrency: 2, queue: 64 })
const password = 'correct horse bätterié'

/** Made by other software: OpenBSD's and PHP's forms by `crypt`, passlib, Django and Werkzeug as Python has them, and RFC vectors. */
const foreign: readonly (readonly [string, string, string])[] = [
  ['bcrypt $2a$', 'U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['bcrypt $2b$', password, '$2b$10$abcdefghijklmnopqrstuu7534KiDPSC64rKuAUg4CZXGiaOYvOsa'],
  ['bcrypt $2y$', 'correct horse', '$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e'],
  [
    'scrypt of passlib',
    'password',
    '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E',
  ],
  [
    'scrypt of Werkzeug',
    password,
    'scrypt:32768:8:1$saltysalt$2f1f3ab7b81e919f5423037c5a444ac106e4f083ecf9a4428fdee66a1a5a8833db492169cc68cc05507d4f01eb6d2785ae18fed55eeab013b6fe707db5dc172d',
  ],
  [
    'scrypt of RFC 7914',
    'password',
    'scrypt:1024:8:16$NaCl$fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
  ],
  [
    'PBKDF2 of passlib',
    'password',
    '$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44',
  ],
  ['PBKDF2 of passlib with SHA-1', password, '$pbkdf2$1000$c2l4dGVlbiBieXRlIHNsdA$3cTw6b8GUso8IDcTJH2AQ./Ojcs'],
  [
    'PBKDF2 in PHC format',
    password,
    '$pbkdf2-sha512$i=1000,l=64$c2l4dGVlbiBieXRlIHNsdA$jaKJzLvUvKJKeuG2pUksA67OosyXTwOmSLJXWF6/TAteFZ1yzAX+7aOqdLb5CDeFn9w1KMFAIXK6WFsN0s/c/Q',
  ],
  ['PBKDF2 of Django', password, 'pbkdf2_sha256$260000$Zo3QPsalt$xpoWvykf6qwDG6lGxPdW9nlsLOtlFPviFQaBdEmHgGc='],
  ['PBKDF2 of Django with SHA-1', password, 'pbkdf2_sha1$1000$saltysalt$W+yT+Fj3iEjGmGrUwHcWvjInYTA='],
  [
    'PBKDF2 of Werkzeug',
    password,
    'pbkdf2:sha512:1000$saltysalt$71b2e2d69fef85fde58c2b35348fc5f01a849a23ecab7f6a625d91207af9550dff463639c49e9f61e176e21982760dee57ce86b488d6f5243f554499608663a3',
  ],
  [
    'PBKDF2 of RFC 7914',
    'passwd',
    'pbkdf2:sha256:1$salt$55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783',
  ],
]

test.each(foreign)(
  'P-05: a hash of %s is checked, may come in, and is to be replaced',
  async (_kind, right, encoded) => {
    expect(hasher.problemOfForeign(encoded)).toBeUndefined()
    expect(hasher.needsRehash(encoded)).toBe(true)
    expect(await hasher.verify(right, encoded)).toBe(true)
    for (const wrong of [`${right} `, right.toLowerCase().replace(/^./, 'X'), right.slice(1), '', `${right}\0`]) {
      expect(await hasher.verify(wrong, encoded), JSON.stringify(wrong)).toBe(false)
    }
  },
)

test.each(foreign)(
  'a hash of %s that was changed in one place is another password’s, or none',
  async (_kind, right, encoded) => {
    const place = encoded.length - 12
    const other = encoded[place] === '1' ? '2' : '1'
    const changed = `${encoded.slice(0, place)}${other}${encoded.slice(place + 1)}`
    expect(await hasher.verify(right, changed)).toBe(false)
  },
)

test.each([
  ['argon2i', 0, { memoryCost: 4096, timeCost: 3, parallelism: 1 }],
  ['argon2d', 1, { memoryCost: 8192, timeCost: 1, parallelism: 2 }],
  ['argon2id', 2, { memoryCost: 65_536, timeCost: 3, parallelism: 4 }],
] as const)(
  'P-05: a hash of %s with other costs is checked, may come in, and is to be replaced',
  async (_kind, algorithm, costs) => {
    const encoded = await hash(password, { algorithm, ...costs })
    expect(hasher.problemOfForeign(encoded)).toBeUndefined()
    expect(hasher.needsRehash(encoded)).toBe(true)
    expect(await hasher.verify(password, encoded)).toBe(true)
    expect(await hasher.verify(`${password} `, encoded)).toBe(false)
  },
)

test('what this service makes itself may come in and stays', async () => {
  const encoded = await hasher.hash(password)
  expect(hasher.problemOfForeign(encoded)).toBeUndefined()
  expect(hasher.needsRehash(encoded)).toBe(false)
})

const digest = 'A'.repeat(43)
test.each([
  ['', 'it is not an Argon2 hash in PHC format'],
  ['password', 'it is not an Argon2 hash in PHC format'],
  ['5f4dcc3b5aa765d61d8327deb882cf99', 'it is not an Argon2 hash in PHC format'],
  ['$1$salt$qJH7.N4xYta3aEG/dfqo/0', 'it is not an Argon2 hash in PHC format'],
  ['$argon2id$v=19$m=262145,t=1,p=1$c29tZXNhbHQ$x', 'it is not an Argon2 hash in PHC format'],
  [
    `$argon2id$v=19$m=262144,t=5,p=1$c29tZXNhbHRzb21lc2FsdA$${digest}`,
    'it asks for too much: m = 262144 KiB, t = 5, p = 1',
  ],
  [
    `$argon2id$v=19$m=65536,t=17,p=1$c29tZXNhbHRzb21lc2FsdA$${digest}`,
    'it asks for too much: m = 65536 KiB, t = 17, p = 1',
  ],
  [
    '$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
    'it begins like a bcrypt hash and is none that can be checked',
  ],
  [
    '$2$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
    'it begins like a bcrypt hash and is none that can be checked',
  ],
  [
    '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe',
    'it begins like a bcrypt hash and is none that can be checked',
  ],
  [
    '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeWx',
    'it begins like a bcrypt hash and is none that can be checked',
  ],
  ['$2b$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'its bcrypt cost is 15, and 4 to 14 can be checked'],
  ['$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'its bcrypt cost is 31, and 4 to 14 can be checked'],
  ['$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'its bcrypt cost is 3, and 4 to 14 can be checked'],
  [`$scrypt$ln=19,r=8,p=1$c2FsdA$${digest}`, 'its scrypt parameters ask for too much: N = 524288, r = 8, p = 1'],
  [`$scrypt$ln=99,r=8,p=1$c2FsdA$${digest}`, /its scrypt parameters ask for too much/],
  [`$scrypt$ln=16,r=8,p=99$c2FsdA$${digest}`, /its scrypt parameters ask for too much/],
  [`$scrypt$ln=1,r=999999,p=1$c2FsdA$${digest}`, undefined],
  [`$scrypt$ln=0,r=8,p=1$c2FsdA$${digest}`, 'its scrypt parameters cannot be: N = 1, r = 8, p = 1'],
  [`$scrypt$ln=16,r=0,p=1$c2FsdA$${digest}`, 'its scrypt parameters cannot be: N = 65536, r = 0, p = 1'],
  [`scrypt:1000:8:1$salt$${'ab'.repeat(32)}`, 'its scrypt parameters cannot be: N = 1000, r = 8, p = 1'],
  [`scrypt:1024:8:1$salt$${'ab'.repeat(15)}`, 'its digest has 15 bytes, and 16 to 64 can be read'],
  [`scrypt:1024:8:1$salt$${'ab'.repeat(65)}`, 'its digest has 65 bytes, and 16 to 64 can be read'],
  [`scrypt:1024:8:1$salt$${'ab'.repeat(31)}a`, 'its salt or digest is not encoded rightly'],
  [`scrypt:1024:8:1$${'s'.repeat(129)}$${'ab'.repeat(32)}`, 'its salt has 129 bytes, and 1 to 128 can be read'],
  [`scrypt:1024:8:1$$${'ab'.repeat(32)}`, 'it begins like an scrypt hash and is none that can be checked'],
  [`$scrypt$ln=16,r=8,p=1$c2F*dA$${digest}`, 'its salt or digest is not encoded rightly'],
  [`$pbkdf2-sha256$2000001$c2FsdA$${digest}`, 'it asks for too many iterations: 2000001, for a digest of 32 bytes'],
  [`$pbkdf2$1000001$c2FsdA$${digest}`, 'it asks for too many iterations: 1000001, for a digest of 32 bytes'],
  [`$pbkdf2-sha256$9999999999$c2FsdA$${digest}`, /too many iterations/],
  [`$pbkdf2-sha256$0$c2FsdA$${digest}`, 'it says that it was made with no iteration'],
  [`$pbkdf2-md5$1000$c2FsdA$${digest}`, 'it begins like a PBKDF2 hash and is none that can be checked'],
  [`pbkdf2_sha512$1000$salt$${digest}`, 'it begins like a PBKDF2 hash and is none that can be checked'],
  [`pbkdf2:md5:1000$salt$${'ab'.repeat(16)}`, 'it begins like a PBKDF2 hash and is none that can be checked'],
  [`$pbkdf2-sha256$1000$c2FsdA$${digest}$more`, 'it begins like a PBKDF2 hash and is none that can be checked'],
])('P-06: %s is refused before a login could be made to compute it', async (encoded, problem) => {
  const found = hasher.problemOfForeign(encoded)
  if (problem === undefined) expect(found).toBeUndefined()
  else if (typeof problem === 'string') expect(found).toBe(problem)
  else expect(found).toMatch(problem)
  if (found === undefined) return
  // No reason tells anything of the hash.
  expect(found).not.toMatch(/CCCC|AAAA|abab|c29t|c2F/)
})

test('a stored hash that is refused is a broken record, and no wrong password', async () => {
  const encoded = '$2b$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'
  await expect(hasher.verify('U*U', encoded)).rejects.toThrow('Cannot read a stored password hash')
  expect(() => hasher.needsRehash(encoded)).toThrow('Cannot read a stored password hash')
})

test('P-02: a password is right as it was typed when it was hashed elsewhere, and in NFC', async () => {
  const decomposed = password.normalize('NFD')
  const ofNfd = 'pbkdf2_sha256$1000$saltysalt$n//Eix15O7y/3TWoxfbo4kZS4Q+xXgCLDx8zgh6mA6Y='
  const [, , ofNfc = ''] = foreign.find(([kind]) => kind === 'PBKDF2 of Django with SHA-1') ?? []
  expect(await hasher.verify(decomposed, ofNfd)).toBe(true)
  expect(await hasher.verify(password, ofNfd)).toBe(false)
  expect(await hasher.verify(password, ofNfc)).toBe(true)
  expect(await hasher.verify(decomposed, ofNfc)).toBe(true)
})

test('what is not well-formed is never right', async () => {
  for (const [, right, encoded] of foreign.slice(0, 4))
    expect(await hasher.verify(`${right}\ud800`, encoded)).toBe(false)
})

test('bcrypt has looked at 72 bytes of a password, and still does', async () => {
  const encoded = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.D7RDOYXakZhsFmh/LdqQNx0kQ424AFS'
  expect(await hasher.verify('x'.repeat(80), encoded)).toBe(true)
  expect(await hasher.verify('x'.repeat(72), encoded)).toBe(true)
  expect(await hasher.verify('x'.repeat(71), encoded)).toBe(false)
})

test('P-06: hashes of every kind share the bound, and the excess computes nothing', async () => {
  const bounded = createPasswordHasher({ concurrency: 1, queue: 1 })
  const verdicts = foreign.slice(0, 6).map(([, right, encoded]) => bounded.verify(right, encoded))
  const settled = await Promise.allSettled(verdicts)
  expect(settled.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    ...Array.from({ length: 4 }, () => 'rejected'),
  ])
  for (const each of settled.slice(2)) expect(each).toMatchObject({ reason: { name: 'HashingOverloaded' } })
  expect(await bounded.verify('U*U', foreign[0]?.[2] ?? '')).toBe(true)
})

test('P-06: while hashes of other software are checked the event loop goes on', async () => {
  let turns = 0
  const ticking = setInterval(() => {
    turns += 1
  }, 1)
  await Promise.all(foreign.slice(0, 4).map(([, right, encoded]) => hasher.verify(right, encoded)))
  clearInterval(ticking)
  expect(turns).toBeGreaterThan(3)
})

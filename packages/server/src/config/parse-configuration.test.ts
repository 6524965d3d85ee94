import { describe, expect, test } from 'vitest'
import { options } from './options.ts'
import { ConfigurationError, parseConfiguration } from './parse-configuration.ts'

const secretBytes = Uint8Array.from({ length: 32 }, (_, index) => 255 - index)
const adminKey = 'adj_admin_0123456789abcdefghijklmnop'

function problemsOf(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  try {
    parseConfiguration(environment)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

const captchaSecret = '0xsecret-of-the-provider'

test('an empty environment gives the defaults', () => {
  expect(parseConfiguration({})).toEqual({
    host: '127.0.0.1',
    port: 8787,
    baseUrl: undefined,
    trustedProxies: [],
    unlimitedAddresses: [
      ...['127.0.0.0/8', '::1', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16'],
      ...['fc00::/7', 'fe80::/10'],
    ],
    database: { kind: 'sqlite', path: './data/adjourn.db' },
    adminKey: undefined,
    bootstrapClientId: undefined,
    bootstrapRedirectUris: [],
    bootstrapRedirectDomains: [],
    keyEncryptionKey: undefined,
    developmentOrigins: [],
    witness: undefined,
    backupDirectory: './data/backups',
    captchaProvider: undefined,
    captchaSecret: undefined,
    captchaUrl: undefined,
    logLevel: 'info',
    metricsToken: undefined,
    traces: false,
  })
})

test('an empty value counts as unset for every option', () => {
  const empty = Object.fromEntries(Object.values(options).map(({ name }) => [name, '']))
  expect(parseConfiguration(empty)).toEqual(parseConfiguration({}))
})

test('every option is read', () => {
  expect(
    parseConfiguration({
      PATH: '/bin',
      ADJOURN_HOST: '0.0.0.0',
      ADJOURN_PORT: '0',
      ADJOURN_BASE_URL: 'https://Auth.Example:443/',
      ADJOURN_TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.7,2001:db8::/32,::1',
      ADJOURN_UNLIMITED_ADDRESSES: '198.51.100.0/24,2001:db8:1::/48',
      ADJOURN_DATABASE_URL: 'sqlite:/var/lib/adjourn.db',
      ADJOURN_ADMIN_KEY: adminKey,
      ADJOURN_BOOTSTRAP_CLIENT_ID: '3F0C1D6A-8b1e-4c57-9d55-0c6a7b1f2e10',
      ADJOURN_BOOTSTRAP_REDIRECT_URIS: 'https://shop.example/cb,https://*-shop.example/cb , myapp:/x',
      ADJOURN_BOOTSTRAP_REDIRECT_DOMAINS: 'www.shop.example,localhost:4321',
      ADJOURN_KEY_ENCRYPTION_KEY: Buffer.from(secretBytes).toString('base64'),
      ADJOURN_DEVELOPMENT_ORIGINS: 'http://localhost:4321,https://dev.example/',
      ADJOURN_WITNESS: '/var/lib/adjourn/witness',
      ADJOURN_BACKUP_DIRECTORY: '/var/backups/adjourn',
      ADJOURN_CAPTCHA_PROVIDER: 'hcaptcha',
      ADJOURN_CAPTCHA_SECRET: captchaSecret,
      ADJOURN_CAPTCHA_URL: 'https://captcha.example/siteverify',
      ADJOURN_LOG_LEVEL: 'silent',
      ADJOURN_METRICS_TOKEN: 'm'.repeat(32),
      ADJOURN_TRACES: 'on',
    }),
  ).toEqual({
    host: '0.0.0.0',
    port: 0,
    baseUrl: 'https://auth.example',
    trustedProxies: ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1'],
    unlimitedAddresses: ['198.51.100.0/24', '2001:db8:1::/48'],
    database: { kind: 'sqlite', path: '/var/lib/adjourn.db' },
    adminKey,
    bootstrapClientId: '3F0C1D6A-8b1e-4c57-9d55-0c6a7b1f2e10',
    bootstrapRedirectUris: ['https://shop.example/cb', 'https://*-shop.example/cb', 'myapp:/x'],
    bootstrapRedirectDomains: ['www.shop.example', 'localhost:4321'],
    keyEncryptionKey: secretBytes,
    developmentOrigins: ['http://localhost:4321', 'https://dev.example'],
    witness: '/var/lib/adjourn/witness',
    backupDirectory: '/var/backups/adjourn',
    captchaProvider: 'hcaptcha',
    captchaSecret,
    captchaUrl: 'https://captcha.example/siteverify',
    logLevel: 'silent',
    metricsToken: 'm'.repeat(32),
    traces: true,
  })
})

test('the address that the bridge of a site is told by may be set too, and is nobody’s mistake', () => {
  expect(parseConfiguration({ ADJOURN_URL: 'http://127.0.0.1:8787' })).toEqual(parseConfiguration({}))
})

test('every problem is reported, and the message lists them all', () => {
  const environment = {
    ADJOURN_PORT: '99999',
    ADJOURN_LOG_LEVEL: 'loud',
    ADJOURN_METRICS_TOKEN: 'too short',
    ADJOURN_TRACES: 'yes',
    ADJOURN_HOST: '0.0.0.0',
    ADJOURN_BOOTSTRAP_REDIRECT_URIS: 'https://ok.example/,/relative,javascript:x',
    ADJOURN_PROT: '1',
  }
  const problems = problemsOf(environment)
  expect(problems).toEqual([
    'ADJOURN_PROT is not an option; the closest name is ADJOURN_PORT',
    'ADJOURN_PORT must be a whole number from 0 to 65535, not "99999"',
    'ADJOURN_BOOTSTRAP_REDIRECT_URIS entry 2 ("/relative") must be an absolute URL that begins with a scheme',
    'ADJOURN_BOOTSTRAP_REDIRECT_URIS entry 3 ("javascript:x") must not use the scheme javascript:',
    'ADJOURN_LOG_LEVEL must be one of fatal, error, warn, info, debug, silent, not "loud"',
    'ADJOURN_METRICS_TOKEN must have at least 32 characters, all of them printable ASCII other than space and comma',
    'ADJOURN_TRACES must be on or off, not "yes"',
    'ADJOURN_BASE_URL is needed when ADJOURN_HOST is not a loopback address: it is "0.0.0.0", ' +
      'and the server cannot know under which https URL it is reached',
  ])
  const { message } = new ConfigurationError(problems)
  for (const problem of problems) expect(message).toContain(`\n- ${problem}`)
})

describe('unknown names', () => {
  test.each([
    ['ADJOURN_LOGLEVEL', 'ADJOURN_LOG_LEVEL'],
    ['ADJOURN_DATABASE_URI', 'ADJOURN_DATABASE_URL'],
    ['ADJOURN_BASEURL', 'ADJOURN_BASE_URL'],
    ['ADJOURN_TRUSTED_PROXY', 'ADJOURN_TRUSTED_PROXIES'],
    ['ADJOURN_BOOTSTRAP_CLIENTID', 'ADJOURN_BOOTSTRAP_CLIENT_ID'],
    ['ADJOURN_adminkey', 'ADJOURN_'],
    ['ADJOURN_', 'ADJOURN_'],
  ])('%s is refused, and %s suggested, without its value', (name, closest) => {
    const problems = problemsOf({ [name]: 'hunter2' })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(`${name} is not an option; the closest name is ${closest}`)
    expect(problems[0]).not.toContain('hunter2')
  })

  test('other variables, and ours without a value, are nobody’s problem', () => {
    expect(problemsOf({ ADJOURNED: 'x', adjourn_port: 'x', ADJOURN_NEW: '', ADJOURN_OLD: undefined })).toEqual([])
  })
})

describe('ADJOURN_HOST', () => {
  test.each(['localhost', '127.0.0.1', '127.1.2.3', '::1'])('%s needs no base URL', (host) => {
    expect(parseConfiguration({ ADJOURN_HOST: host })).toMatchObject({ host, baseUrl: undefined })
  })

  test.each(['0.0.0.0', '::', '10.0.0.1', 'auth.internal', '[::1]', 'a b', 'http://localhost', '127.0.0.300', 'x:1'])(
    '%s alone is refused',
    (host) => {
      expect(problemsOf({ ADJOURN_HOST: host })).toHaveLength(1)
    },
  )

  test('a host that is itself wrong gives one problem, not a second about the base URL', () => {
    expect(problemsOf({ ADJOURN_HOST: 'a/b' })).toEqual([
      'ADJOURN_HOST must be a host name or an IP address, IPv6 without brackets, not "a/b"',
    ])
  })
})

test.each(['-1', '65536', '1e3', '0x50', ' 80', '080', '80.0', 'http', '٣'])('ADJOURN_PORT %j is refused', (port) => {
  expect(problemsOf({ ADJOURN_PORT: port })).toEqual([expect.stringContaining('ADJOURN_PORT must be')])
})

describe('ADJOURN_BASE_URL', () => {
  test.each([
    ['https://auth.example', 'https://auth.example'],
    ['https://auth.example:8443/', 'https://auth.example:8443'],
    ['http://localhost:8787', 'http://localhost:8787'],
    ['http://127.8.8.8', 'http://127.8.8.8'],
    ['http://[::1]:8787/', 'http://[::1]:8787'],
  ])('%s is kept as %s', (text, baseUrl) => {
    expect(parseConfiguration({ ADJOURN_BASE_URL: text }).baseUrl).toBe(baseUrl)
  })

  test.each([
    'auth.example',
    '/auth',
    'http://auth.example',
    'http://192.168.1.5:8787',
    'http://localhost.evil.example',
    'ftp://auth.example',
    'https://auth.example/path',
    'https://auth.example//',
    'https://auth.example/.',
    'https://auth.example?',
    'https://auth.example/?a=b',
    'https://auth.example#',
    'https://auth.example/#a',
    'https://*.auth.example',
    'https:auth.example',
    'https://auth.example\\',
    ' https://auth.example',
    'https://',
  ])('%j is refused, and shown', (text) => {
    expect(problemsOf({ ADJOURN_BASE_URL: text })).toEqual([expect.stringContaining(JSON.stringify(text))])
  })

  test('a password in it is refused and not shown', () => {
    const [problem, ...others] = problemsOf({ ADJOURN_BASE_URL: 'https://ada:hun/ter2@auth.example' })
    expect(others).toEqual([])
    expect(problem).toContain('ADJOURN_BASE_URL')
    expect(problem).toContain('***@auth.example')
    expect(problem).not.toMatch(/hun|ter2|ada/)
  })
})

test.each([
  '10.0.0.0/33',
  '::/129',
  '10.0.0.0/',
  '10.0.0.0/08',
  '10.0.0/8',
  'proxy.internal',
  '10.0.0.1/8/8',
  'fe80::1%eth0',
  '*',
  'a,,b',
])('ADJOURN_TRUSTED_PROXIES %s is refused', (text) => {
  const problems = problemsOf({ ADJOURN_TRUSTED_PROXIES: text })
  expect(problems).toHaveLength(text.split(',').length)
  for (const problem of problems) expect(problem).toMatch(/^ADJOURN_TRUSTED_PROXIES entry \d \(".*"\) must/)
})

describe('ADJOURN_DATABASE_URL', () => {
  test.each([
    ['sqlite:./data/adjourn.db', './data/adjourn.db'],
    ['sqlite:data.db', 'data.db'],
    ['sqlite:/var/data.db', '/var/data.db'],
    ['sqlite:///var/data.db', '/var/data.db'],
  ])('%s names the file %s', (text, path) => {
    expect(parseConfiguration({ ADJOURN_DATABASE_URL: text }).database).toEqual({ kind: 'sqlite', path })
  })

  test('sqlite::memory: names memory', () => {
    expect(parseConfiguration({ ADJOURN_DATABASE_URL: 'sqlite::memory:' }).database).toEqual({ kind: 'sqlite-memory' })
  })

  test.each([
    'mysql://ada:hunter2@db/x',
    'hunter2',
    'ada:hunter2@db',
    './hunter2.db',
    'sqlite:',
    'sqlite://hunter2/x.db',
    'sqlite:./x.db?key=hunter2',
    'sqlite:file:hunter2',
    'sqlite::hunter2:',
    'SQLITE:hunter2',
    ' sqlite:hunter2',
  ])('%s is refused without being shown', (text) => {
    const problems = problemsOf({ ADJOURN_DATABASE_URL: text })
    expect(problems).toEqual([expect.stringContaining('ADJOURN_DATABASE_URL must')])
    expect(problems[0]).not.toMatch(/hunter2|ada/)
  })
})

describe('captchas', () => {
  const given = { ADJOURN_CAPTCHA_PROVIDER: 'turnstile', ADJOURN_CAPTCHA_SECRET: captchaSecret }

  test('a provider and its secret go together, and an address is of no use without them', () => {
    expect(parseConfiguration(given)).toMatchObject({ captchaProvider: 'turnstile', captchaUrl: undefined })
    expect(problemsOf({ ADJOURN_CAPTCHA_PROVIDER: 'turnstile' })).toEqual([
      'ADJOURN_CAPTCHA_SECRET is needed as well for captchas to be verified',
    ])
    expect(problemsOf({ ADJOURN_CAPTCHA_SECRET: captchaSecret })).toEqual([
      'ADJOURN_CAPTCHA_PROVIDER is needed as well for captchas to be verified',
    ])
    expect(problemsOf({ ADJOURN_CAPTCHA_URL: 'https://captcha.example/' })).toHaveLength(2)
  })

  test.each(['Turnstile', 'google', ' recaptcha'])('the provider %j is refused with those that there are', (text) => {
    const problems = problemsOf({ ...given, ADJOURN_CAPTCHA_PROVIDER: text })
    expect(problems).toEqual([expect.stringContaining('must be one of recaptcha, hcaptcha, turnstile, not')])
  })

  test.each(['with a space', 'umläut', 'x'.repeat(501)])('the secret %j is refused without being shown', (text) => {
    const problems = problemsOf({ ...given, ADJOURN_CAPTCHA_SECRET: text })
    expect(problems).toEqual([expect.stringContaining('ADJOURN_CAPTCHA_SECRET must be printable ASCII')])
    expect(problems[0]).not.toContain(text)
  })

  test.each(['captcha.example', 'http://captcha.example/', 'ftp://captcha.example/', 'https://ada:x@captcha.example/'])(
    'the address %j is refused',
    (text) => {
      expect(problemsOf({ ...given, ADJOURN_CAPTCHA_URL: text })).toEqual([
        expect.stringContaining('ADJOURN_CAPTCHA_URL must'),
      ])
    },
  )

  test('a verifier on this machine may be asked without TLS', () => {
    const captchaUrl = 'http://127.0.0.1:9000/siteverify'
    expect(parseConfiguration({ ...given, ADJOURN_CAPTCHA_URL: captchaUrl })).toMatchObject({ captchaUrl })
  })
})

describe('secrets', () => {
  const badAdminKeys = [
    'x'.repeat(31),
    `${'x'.repeat(32)} y`,
    `${'x'.repeat(32)},y`,
    `${'x'.repeat(32)}\n`,
    `${'x'.repeat(32)}é`,
    `${'x'.repeat(32)}\x7f`,
  ]
  test.each(badAdminKeys)('ADJOURN_ADMIN_KEY %j is refused without being shown', (text) => {
    const problems = problemsOf({ ADJOURN_ADMIN_KEY: text })
    expect(problems).toEqual([expect.stringContaining('ADJOURN_ADMIN_KEY must have at least 32 characters')])
    expect(problems[0]).not.toContain('xxxx')
  })

  test('an administrator key of 32 characters is accepted', () => {
    expect(parseConfiguration({ ADJOURN_ADMIN_KEY: '!'.repeat(32) }).adminKey).toBe('!'.repeat(32))
  })

  const base64 = Buffer.from(secretBytes).toString('base64')
  const base64url = Buffer.from(secretBytes).toString('base64url')
  test.each([base64, base64.replace('=', ''), base64url, `${base64url}=`])('the key %s is 32 bytes', (text) => {
    expect(parseConfiguration({ ADJOURN_KEY_ENCRYPTION_KEY: text }).keyEncryptionKey).toEqual(secretBytes)
  })

  test.each([
    'short',
    Buffer.alloc(31, 7).toString('base64'),
    Buffer.alloc(33, 7).toString('base64'),
    Buffer.alloc(32, 7).toString('hex'),
    `${base64}=`,
    `${base64}\n`,
    ` ${base64}`,
    `${base64.slice(0, 20)} ${base64.slice(20)}`,
    base64.replace('/', '_'),
    `${Buffer.alloc(32).toString('base64').slice(0, 42)}B=`,
    '='.repeat(44),
  ])('ADJOURN_KEY_ENCRYPTION_KEY %j is refused without being shown', (text) => {
    const problems = problemsOf({ ADJOURN_KEY_ENCRYPTION_KEY: text })
    expect(problems).toEqual([expect.stringContaining('ADJOURN_KEY_ENCRYPTION_KEY must be exactly 32 bytes')])
    expect(problems[0]).not.toContain(text)
  })
})

describe('the first client', () => {
  test.each(['x', '3f0c1d6a8b1e4c579d550c6a7b1f2e10', '{3f0c1d6a-8b1e-4c57-9d55-0c6a7b1f2e10}'])(
    'ADJOURN_BOOTSTRAP_CLIENT_ID %s is refused',
    (text) => {
      expect(problemsOf({ ADJOURN_BOOTSTRAP_CLIENT_ID: text })).toEqual([
        expect.stringContaining('ADJOURN_BOOTSTRAP_CLIENT_ID must be a GUID'),
      ])
    },
  )

  test('R-07: redirect URIs and domains of the environment keep the rules of registration', () => {
    expect(
      problemsOf({
        ADJOURN_BOOTSTRAP_REDIRECT_URIS: 'http://shop.example/,https://shop.example/#x,https://ada:pw@shop.example/,',
        ADJOURN_BOOTSTRAP_REDIRECT_DOMAINS: 'https://shop.example,*.shop.example',
      }),
    ).toEqual([
      expect.stringContaining('entry 1 ("http://shop.example/") must use https'),
      expect.stringContaining('entry 2 ("https://shop.example/#x") must not contain a fragment'),
      expect.stringContaining('entry 3 ("https://***@shop.example/") must not contain user information'),
      expect.stringContaining('entry 4 ("") must not be empty'),
      expect.stringContaining('entry 1 ("https://shop.example") must be a host without a scheme'),
      expect.stringContaining('entry 2 ("*.shop.example") must not contain a *'),
    ])
  })
})

describe('ADJOURN_DEVELOPMENT_ORIGINS', () => {
  test('* alone allows every origin', () => {
    expect(parseConfiguration({ ADJOURN_DEVELOPMENT_ORIGINS: '*' }).developmentOrigins).toBe('*')
  })

  test.each([
    'null',
    'localhost:4321',
    'http://localhost:4321,*',
    'http://localhost:4321/path',
    'exp://localhost:4321',
    'https://*.shop.example',
    'https://ada@shop.example',
  ])('%s is refused', (text) => {
    expect(problemsOf({ ADJOURN_DEVELOPMENT_ORIGINS: text })).toEqual([
      expect.stringMatching(/^ADJOURN_DEVELOPMENT_ORIGINS entry \d \(".*"\) must/),
    ])
  })
})

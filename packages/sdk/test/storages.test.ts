/** Where tokens are kept: one contract for every kind, and what a client does when its storage fails. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { callbackUri, startTestServer, type TestServer } from '../../server/test/support/test-server.ts'
import {
  cookieTokens,
  localStorageTokens,
  memoryTokens,
  SignedOutError,
  type SignedOutEvent,
  type TokenStorage,
  type Tokens,
} from '../src/index.ts'
import { requestTokens, signInOnServer } from '../src/server.ts'
import { openPage, replaceGlobals, storageOf } from './page.ts'
import { password, sharedTokens, signInNewMember, siteClient, watchedFetch } from './site.ts'

const some: Tokens = { accessToken: 'a', expiresAt: 1, refreshToken: 'r', role: 'member' }
const others: Tokens = { accessToken: 'é; b=1, "', expiresAt: 2, refreshToken: null, role: 'visitor' }

/** A place where tokens are kept, and what a test does with it besides. */
interface Place {
  /** A storage of the place, as the next page or request makes it. */
  open(): TokenStorage
  /** Puts a text where the tokens are. */
  spoil(text: string): void
  /** A text as the place writes it. */
  written(text: string): string
}

function openedPage() {
  const page = openPage()
  onTestFinished(() => page[Symbol.dispose]())
  return page
}

/** A browser that sends the cookies which a server of the site sets. */
function browser() {
  const [jar, set] = [new Map<string, string>(), [] as string[]]
  const setCookie = (text: string) => {
    set.push(text)
    const [pair = ''] = text.split(';')
    const [name = '', value = ''] = pair.split('=')
    if (text.endsWith('; Max-Age=0')) jar.delete(name)
    else jar.set(name, value)
  }
  const cookies = () => ({ cookie: ['theme=dark', ...[...jar].map((pair) => pair.join('='))].join('; '), setCookie })
  return { jar, set, cookies }
}

const places: Readonly<Record<string, () => Place>> = {
  localStorage: () => {
    const { localStorage } = openedPage()
    const spoil = (text: string) => void localStorage.set('adjourn_tokens', text)
    return { open: () => localStorageTokens(), spoil, written: (text) => text }
  },
  'a cookie of the page': () => {
    const { cookies } = openedPage()
    cookies.set('theme', 'dark')
    const spoil = (text: string) => void cookies.set('adjourn_tokens', text)
    return { open: () => cookieTokens(), spoil, written: encodeURIComponent }
  },
  'a cookie that a server sets': () => {
    const { jar, cookies } = browser()
    const spoil = (text: string) => void jar.set('__Host-adjourn_tokens', text)
    return { open: () => requestTokens(cookies()), spoil, written: encodeURIComponent }
  },
}

describe.each(Object.entries(places))('%s', (_name, place) => {
  test('holds nothing at first, then what was written last, for the next page too, and nothing once that is removed', async () => {
    const { open } = place()
    const storage = open()
    expect(await storage.read()).toBeNull()
    await storage.write(some)
    expect([await storage.read(), await open().read()]).toEqual([some, some])
    await storage.write(others)
    expect([await storage.read(), await open().read()]).toEqual([others, others])
    await storage.write(null)
    expect([await storage.read(), await open().read()]).toEqual([null, null])
    await storage.write(null)
  })

  test.each([
    '',
    'x',
    '%',
    '{"accessToken":"a","expiresAt":1',
    'null',
    '[]',
    '"a"',
    '{"accessToken":1,"expiresAt":1,"refreshToken":null,"role":"member"}',
    '{"accessToken":"a","expiresAt":"1","refreshToken":null,"role":"member"}',
    '{"accessToken":"a","expiresAt":1,"refreshToken":2,"role":"member"}',
    '{"accessToken":"a","expiresAt":1,"role":"member"}',
    '{"accessToken":"a","expiresAt":1,"refreshToken":null,"role":"administrator"}',
  ])('what is not tokens any more is none, and is written over: %s', async (text) => {
    const { open, spoil, written } = place()
    for (const spoilt of [text, written(text)]) {
      spoil(spoilt)
      expect(await open().read()).toBeNull()
    }
    await open().write(some)
    expect(await open().read()).toEqual(some)
  })

  test('a field that is not one of tokens is not handed on', async () => {
    const { open, spoil, written } = place()
    spoil(written(JSON.stringify({ ...some, isAdministrator: true })))
    expect(await open().read()).toEqual(some)
  })
})

test('memory holds what was written last, each storage its own', () => {
  const [first, second] = [memoryTokens(), memoryTokens(some)]
  expect([first.read(), second.read()]).toEqual([null, some])
  first.write(others)
  second.write(null)
  expect([first.read(), second.read()]).toEqual([others, null])
})

describe('localStorage', () => {
  test('needs a browser', () => {
    onTestFinished(replaceGlobals({ localStorage: undefined }))
    expect(() => localStorageTokens()).toThrow(TypeError)
  })

  test('keeps the tokens of two clients apart by their keys', () => {
    const opened = openedPage()
    localStorageTokens('one').write(some)
    localStorageTokens('two').write(others)
    expect([localStorageTokens('one').read(), localStorageTokens('two').read()]).toEqual([some, others])
    expect([...opened.localStorage.keys()]).toEqual(['one', 'two'])
  })

  test('that is full, or that the browser forbids, is an error of the write or read, as it is', () => {
    const full = new DOMException('The quota has been exceeded', 'QuotaExceededError')
    const forbidden = new DOMException('The user denied permission', 'SecurityError')
    const fail = (error: Error) => () => {
      throw error
    }
    const storage = { ...storageOf(new Map()), setItem: fail(full), getItem: fail(forbidden) }
    onTestFinished(replaceGlobals({ localStorage: storage }))
    expect(() => localStorageTokens().write(some)).toThrow(full)
    expect(() => localStorageTokens().read()).toThrow(forbidden)
  })
})

describe('a cookie of the page', () => {
  test('needs a page', () => {
    expect(() => cookieTokens()).toThrow('there is no document here')
  })

  test('is sent by https alone where the page is, and lives for as many days as it is told', () => {
    const set: string[] = []
    for (const protocol of ['https:', 'http:']) {
      let kept = ''
      const document = {
        get cookie() {
          return kept
        },
        set cookie(text: string) {
          set.push(text)
          kept = text.split(';')[0] ?? ''
        },
      }
      const restore = replaceGlobals({ document, location: { protocol } })
      cookieTokens({ name: 'mine', days: 14 }).write(some)
      restore()
    }
    expect(set.map((text) => text.replace(/^mine=%7B.*%7D/, 'mine=…'))).toEqual([
      'mine=…; Path=/; SameSite=Lax; Secure; Max-Age=1209600',
      'mine=…; Path=/; SameSite=Lax; Max-Age=1209600',
    ])
  })

  test('that is too large is an error before anything is written, and what was kept stays', async () => {
    const opened = openedPage()
    const storage = cookieTokens()
    await storage.write(some)
    const before = opened.cookies.get('adjourn_tokens')
    expect(() => storage.write({ ...some, accessToken: 'a'.repeat(4000) })).toThrow(RangeError)
    expect(() => storage.write({ ...some, accessToken: 'a'.repeat(4000) })).toThrow(
      /\d{4} bytes, and browsers take 4096/,
    )
    expect(opened.cookies.get('adjourn_tokens')).toBe(before)
    // As large as browsers take, to the byte.
    const room =
      4096 - 'adjourn_tokens'.length - encodeURIComponent(JSON.stringify({ ...some, accessToken: '' })).length
    await storage.write({ ...some, accessToken: 'a'.repeat(room) })
    expect(await storage.read()).toMatchObject({ accessToken: 'a'.repeat(room) })
    expect(() => storage.write({ ...some, accessToken: 'a'.repeat(room + 1) })).toThrow(RangeError)
  })

  test('that the browser does not take is an error, and not somebody who is not signed in', () => {
    onTestFinished(replaceGlobals({ document: { cookie: '' }, location: { protocol: 'https:' } }))
    Object.defineProperty(Reflect.get(globalThis, 'document'), 'cookie', { get: () => '', set: () => {} })
    expect(() => cookieTokens().write(some)).toThrow('the browser does not take it')
    cookieTokens().write(null)
  })
})

describe('a cookie that a server sets', () => {
  test('is read by no script, and set when it changes alone', () => {
    const { set, cookies } = browser()
    const storage = requestTokens(cookies())
    storage.write(some)
    expect(set[0]).toMatch(/^__Host-adjourn_tokens=%7B.*%7D; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
    const next = requestTokens(cookies(), { days: 14 })
    next.write(some)
    expect(set).toHaveLength(1)
    next.write(others)
    expect(set[1]).toMatch(/; Max-Age=1209600$/)
    next.write(null)
    expect(set[2]).toBe('__Host-adjourn_tokens=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0')
    const plain = requestTokens(cookies(), { secure: false })
    plain.write(some)
    expect(set[3]).toMatch(/^adjourn_tokens=%7B.*%7D; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  test('is not that of another name which ends alike', () => {
    const text = encodeURIComponent(JSON.stringify(some))
    const cookie = `x__Host-adjourn_tokens=${text}; theme=__Host-adjourn_tokens=${text}`
    expect(requestTokens({ cookie, setCookie: () => {} }).read()).toBeNull()
    expect(requestTokens({ cookie: undefined, setCookie: () => {} }).read()).toBeNull()
  })

  test('that is too large, or comes too late for the answer, is an error, and nothing else is claimed afterwards', async () => {
    const { set, cookies } = browser()
    const storage = requestTokens(cookies())
    storage.write(some)
    expect(() => storage.write({ ...some, accessToken: 'a'.repeat(4000) })).toThrow(RangeError)
    expect([storage.read(), set.length]).toEqual([some, 1])
    const sent = new Error('Cannot set headers after they are sent')
    const late = requestTokens({
      ...cookies(),
      setCookie: () => {
        throw sent
      },
    })
    expect(() => late.write(null)).toThrow(sent)
    expect(late.read()).toEqual(some)
  })
})

describe('with a storage that fails', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server.close())

  const broken = new Error('The disk is full')

  /** Memory that fails when it is told to, at once or later. */
  function failingTokens(isLate: boolean) {
    const memory = sharedTokens()
    const fails = { read: false, write: false }
    const tokens = {
      ...memory,
      read: () => (fails.read ? failed(isLate) : memory.read()),
      write: (written: Tokens | null) => (fails.write ? failed(isLate) : memory.write(written)),
    }
    return { tokens, fails }
  }

  function failed(isLate: boolean): Promise<never> {
    if (isLate) return Promise.reject(broken)
    throw broken
  }

  describe.each([
    ['at once', false],
    ['later', true],
  ])('%s', (_when, isLate) => {
    test('what cannot be read is an error of every call, and nobody is told that they are signed out', async () => {
      const { tokens, fails } = failingTokens(isLate)
      const [watch, onSignedOut] = [watchedFetch(), vi.fn()]
      const client = siteClient(server, { tokens, fetch: watch.fetch, onSignedOut })
      await signInNewMember(client)
      const asked = watch.paths.length
      fails.read = true
      const { auth, authentication } = client
      for (const call of [auth.tokens, auth.isSignedIn, auth.authorization, auth.signOut, authentication.logout]) {
        await expect(call()).rejects.toBe(broken)
      }
      expect([watch.paths.length, onSignedOut.mock.calls]).toEqual([asked, []])
      fails.read = false
      expect(await client.auth.signOut()).toBe(true)
    })

    test('what cannot be written signs nobody in', async () => {
      const { tokens, fails } = failingTokens(isLate)
      const client = siteClient(server, { tokens })
      const { email } = await signInNewMember(siteClient(server))
      const signOn = await client.auth.checkPassword({ email, password })
      if (signOn.state !== 'SUCCESS') throw new Error(signOn.state)
      fails.write = true
      await expect(signInOnServer(client, signOn.sessionToken, { redirectUri: callbackUri })).rejects.toBe(broken)
      expect(await client.auth.isSignedIn()).toBe(false)
    })

    test('a sign-out that cannot remove the tokens ends the session all the same, tells it, and says what is left', async () => {
      const { tokens, fails } = failingTokens(isLate)
      const told: SignedOutEvent[] = []
      const client = siteClient(server, { tokens, onSignedOut: (event) => told.push(event) })
      await signInNewMember(client)
      const heard = Promise.withResolvers<SignedOutEvent>()
      const held = sharedTokens(await client.auth.tokens(), tokens.sharedAs)
      const tab = siteClient(server, { tokens: held, onSignedOut: heard.resolve })
      expect(await tab.auth.isSignedIn()).toBe(true)
      fails.write = true
      await expect(client.auth.signOut()).rejects.toBe(broken)
      expect(told).toEqual([{ cause: 'sign_out', because: null }])
      expect(await heard.promise).toEqual({ cause: 'another_tab', because: null })
      fails.write = false
      await expect(client.authentication.changePassword({ newPassword: password })).rejects.toBeInstanceOf(
        SignedOutError,
      )
    })

    test('a session that has ended is that, with what the storage failed with as well', async () => {
      const { tokens, fails } = failingTokens(isLate)
      const told: SignedOutEvent[] = []
      const client = siteClient(server, { tokens, onSignedOut: (event) => told.push(event) })
      await signInNewMember(client)
      const { accessToken = '' } = (await client.auth.tokens()) ?? {}
      await fetch(`${server.url}/v1/logout`, { method: 'POST', headers: { authorization: accessToken } })
      fails.write = true
      const error = await client.authentication.changePassword({ newPassword: password }).catch((each: unknown) => each)
      expect(error).toBeInstanceOf(SignedOutError)
      expect(error).toMatchObject({ because: 'logout', cause: broken })
      expect(told).toEqual([{ cause: 'session_ended', because: 'logout' }])
    })
  })

  test('a request to a server of the site hears nothing of other clients in its process', async () => {
    const [deaf, heard] = [vi.fn(), Promise.withResolvers<SignedOutEvent>()]
    const tokens = sharedTokens()
    const client = siteClient(server, { tokens })
    await signInNewMember(client)
    const held = await client.auth.tokens()
    const { set, cookies } = browser()
    requestTokens(cookies()).write(held)
    const ofRequest = siteClient(server, { tokens: requestTokens(cookies()), onSignedOut: deaf })
    const shared = sharedTokens(held, tokens.sharedAs)
    const tab = siteClient(server, { tokens: shared, onSignedOut: heard.resolve })
    expect([await ofRequest.auth.isSignedIn(), await tab.auth.isSignedIn()]).toEqual([true, true])
    await client.auth.signOut()
    await heard.promise
    // Its answer may have been sent long ago: a cookie that it set now would be an error that nobody catches.
    expect([deaf.mock.calls.length, set.length]).toEqual([0, 1])
  })

  test('clients of people who share nothing wait for no other’s refresh, and leave nothing behind', async () => {
    const channels = vi.fn()
    onTestFinished(replaceGlobals({ BroadcastChannel: channels }))
    const [answer, isAsked] = [Promise.withResolvers<Response>(), Promise.withResolvers<void>()]
    const own = (): TokenStorage => {
      const { read, write } = memoryTokens()
      return { read, write }
    }
    const hanging = siteClient(server, {
      tokens: own(),
      fetch: () => {
        isAsked.resolve()
        return answer.promise
      },
    })
    const late = hanging.auth.authorization()
    await isAsked.promise
    expect(await siteClient(server, { tokens: own() }).auth.authorization()).toMatch(/^ey/)
    expect(channels).not.toHaveBeenCalled()
    answer.resolve(Response.json({ access_token: 'x', expires_in: 60, refresh_token: null }))
    expect(await late).toBe('x')
  })

  test('a request to a server of the site waits for no other’s refresh', async () => {
    const [answer, isAsked] = [Promise.withResolvers<Response>(), Promise.withResolvers<void>()]
    const { cookies } = browser()
    const hanging = siteClient(server, {
      tokens: requestTokens(cookies()),
      fetch: () => {
        isAsked.resolve()
        return answer.promise
      },
    })
    const late = hanging.auth.authorization()
    await isAsked.promise
    const other = siteClient(server, { tokens: requestTokens(cookies()) })
    expect(await other.auth.authorization()).toMatch(/^ey/)
    answer.resolve(Response.json({ access_token: 'x', expires_in: 60, refresh_token: null }))
    expect(await late).toBe('x')
  })
})

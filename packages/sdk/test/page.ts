/** A page of a site, as far as the SDK uses one: cookies, storages, and frames that run the scripts of the pages they show. */
import { runInNewContext } from 'node:vm'
import { siteOrigin } from '../../server/test/support/test-server.ts'

/** What browsers keep of a cookie's name and value together (RFC 6265bis, section 5.7). */
const cookieBytesMost = 4096

type Listener = (event: unknown) => void

interface Frame {
  hidden: boolean
  src: string
  readonly contentWindow: object
  remove(): void
}

export interface Page extends Disposable {
  /** What it keeps by name; a test may spoil it. */
  readonly cookies: Map<string, string>
  readonly localStorage: Map<string, string>
  readonly sessionStorage: Map<string, string>
  readonly location: { href: string; readonly protocol: string; assign(url: string): void }
  readonly style: { visibility: string }
  /** How often it was loaded anew. */
  reloads(): number
  /** Comes back from the back-forward cache. */
  restore(): void
  /** The frames that it holds at present. */
  readonly frames: ReadonlySet<Frame>
  /** Whether a script of its listens to messages. */
  isListening(): boolean
  /** Gives it a message, as another page would by `postMessage`. */
  post(message: { readonly origin: string; readonly source: unknown; readonly data: unknown }): void
}

/** Opens a page at an address: until it is closed, the globals of this process are those of the page. */
export function openPage(href = `${siteOrigin}/`): Page {
  const cookies = new Map<string, string>()
  const [localStorage, sessionStorage] = [new Map<string, string>(), new Map<string, string>()]
  const frames = new Set<Frame>()
  const listeners = new Map<string, Set<Listener>>()
  const style = { visibility: '' }
  let reloads = 0
  const location = {
    href,
    reload() {
      reloads += 1
    },
    protocol: new URL(href).protocol,
    assign(url: string) {
      this.href = new URL(url, this.href).href
    },
  }
  const tell = (type: string, event: unknown) => {
    for (const listener of listeners.get(type) ?? []) listener(event)
  }
  const document = {
    documentElement: { style },
    body: {
      append: (frame: Frame) => {
        frames.add(frame)
        void showIn(frame, new URL(href).origin, (message) => tell('message', message))
      },
    },
    createElement: (): Frame => {
      const frame: Frame = { hidden: false, src: '', contentWindow: {}, remove: () => frames.delete(frame) }
      return frame
    },
    get cookie() {
      return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    },
    set cookie(text: string) {
      const [pair = ''] = text.split(';')
      const [name = '', value = ''] = pair.split('=')
      if (pair.length - 1 > cookieBytesMost) return
      if (/; *Max-Age=0/.test(text)) cookies.delete(name)
      else cookies.set(name, value)
    },
  }
  const restore = replaceGlobals({
    document,
    location,
    localStorage: storageOf(localStorage),
    sessionStorage: storageOf(sessionStorage),
    addEventListener: (type: string, listener: Listener) =>
      listeners.set(type, (listeners.get(type) ?? new Set()).add(listener)),
    removeEventListener: (type: string, listener: Listener) => listeners.get(type)?.delete(listener),
  })
  return {
    cookies,
    localStorage,
    sessionStorage,
    location,
    style,
    reloads: () => reloads,
    restore: () => tell('pageshow', { persisted: true }),
    frames,
    isListening: () => (listeners.get('message')?.size ?? 0) > 0,
    post: (message) => tell('message', message),
    [Symbol.dispose]: restore,
  }
}

/** Puts globals in place of those that there are. @returns Puts them back. */
export function replaceGlobals(globals: Readonly<Record<string, unknown>>): () => void {
  const before = Object.keys(globals).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const)
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  }
  return () => {
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, name)
      else Object.defineProperty(globalThis, name, descriptor)
    }
  }
}

/** The `Storage` of a browser over a map. */
export function storageOf(kept: Map<string, string>) {
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  }
}

/** Goes to the address of a frame and runs the script of the page that is there, with what it needs of its own page. */
async function showIn(frame: Frame, around: string, tell: (message: object) => void): Promise<void> {
  const answer = await fetch(frame.src, { headers: { accept: 'text/html', 'sec-fetch-dest': 'iframe' } })
  const page = await answer.text()
  const dataset = Object.fromEntries(
    [...page.matchAll(/ data-(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, textOf(value)]),
  )
  const script = /<script>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? ''
  const { origin } = new URL(frame.src)
  runInNewContext(script, {
    document: { documentElement: { dataset } },
    parent: {
      postMessage: (data: unknown, to: string) => {
        if (to === around) tell({ origin, source: frame.contentWindow, data })
      },
    },
  })
}

function textOf(html: string): string {
  const entities: Readonly<Record<string, string>> = { quot: '"', lt: '<', gt: '>', amp: '&', '#39': "'" }
  return html.replace(/&(#?\w+);/g, (whole, name: string) => entities[name] ?? whole)
}

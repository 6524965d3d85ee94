import { send } from './send.ts'

/** What a browser was answered when it went somewhere. */
interface Visited {
  readonly status: number
  /** Where the answer sends it on; `undefined` where it shows a page. */
  readonly location: string | undefined
  readonly page: string
}

export interface Browser {
  /**
   * Goes to an address as a click on a page of another site does, with the cookies that it holds for the address, and
   * keeps those that it is given. Shows where it would go next instead of going there.
   *
   * @param from - The origin of the page with the link.
   */
  visit(url: string, from: string): Promise<Visited>
  /** The names of the cookies it holds for an origin. */
  cookieNames(origin: string): readonly string[]
}

/** Opens a browser without any cookies. Knows of cookies what the tests need: their names, values and removal. */
export function openBrowser(): Browser {
  const jars = new Map<string, Map<string, string>>()
  return {
    visit: async (url, from) => {
      const { origin } = new URL(url)
      const jar = jars.get(origin) ?? new Map<string, string>()
      jars.set(origin, jar)
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await send(url, {
        headers: {
          accept: 'text/html,application/xhtml+xml',
          'sec-fetch-dest': 'document',
          'sec-fetch-mode': 'navigate',
          'sec-fetch-site': 'cross-site',
          referer: `${from}/`,
          ...(cookie === '' ? {} : { cookie }),
        },
      })
      for (const line of answer.setCookies) keepCookie(jar, line)
      const { location } = answer.headers
      return { status: answer.status, location: typeof location === 'string' ? location : undefined, page: answer.text }
    },
    cookieNames: (origin) => [...(jars.get(origin)?.keys() ?? [])],
  }
}

function keepCookie(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';')
  const [name = '', value = ''] = pair.split('=')
  if (attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute))) jar.delete(name)
  else jar.set(name, value)
}

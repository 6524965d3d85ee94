/** The pages as a browser uses them: opened, filled in, and sent with what browsers send along. */
import { formOf } from './logout.ts'
import { type Received, type Sent, send } from './send.ts'
import type { Served } from './test-server.ts'

type Headers = NonNullable<Sent['headers']>

/** Opens a page, as somebody who came from another site. */
export function openPage({ url }: Pick<Served, 'url'>, path: string, headers: Headers = {}): Promise<Received> {
  return send(new URL(path, url).href, {
    headers: { accept: 'text/html', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', ...headers },
  })
}

/** Fills in the form of a page and sends it. */
export function press(
  { url }: Pick<Served, 'url'>,
  page: Received,
  fields: Readonly<Record<string, string>>,
  headers: Headers = {},
): Promise<Received> {
  const form = formOf(page.text)
  return send(new URL(form.action, url).href, {
    method: form.method.toUpperCase(),
    headers: { accept: 'text/html', origin: url, 'sec-fetch-site': 'same-origin', ...headers },
    form: { ...form.fields, ...fields },
  })
}

/** The address behind a link of a page, by what is written on it. */
export function linkOf({ text }: Received, label: string): string {
  const link = [...text.matchAll(/<a href="([^"]*)"[^>]*>([^<]*)<\/a>/g)].find(([, , written]) => written === label)
  if (link === undefined) throw new Error(`The page has no link "${label}": ${text}`)
  return (link[1] ?? '').replaceAll('&amp;', '&')
}

/** The sentence that says why a form was not taken. */
export function problemOn({ text }: Received): string | undefined {
  return /<p class="alert" id="problem" role="alert">(.*?)<\/p>/.exec(text)?.[1]
}

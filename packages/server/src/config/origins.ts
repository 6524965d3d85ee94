/** The origins that the environment names: the server's own, and those of sites under development. */
import { isLoopbackHost, readAbsoluteUrl } from '../domain/web-url.ts'
import { type Reading, readList, refused, shown } from './reading.ts'

/**
 * The origin under which the server is reached. It stands in every token and every link, hence https; http only where
 * the connection never leaves the machine.
 */
export function readBaseUrl(text: string): Reading<string> {
  const reading = readOrigin(text)
  if ('problems' in reading) return refused(`${reading.problems.join(' and ')}, not ${shown(text)}`)
  const { protocol, hostname, origin } = reading.value
  if (protocol === 'http:' && !isLoopbackHost(hostname)) {
    return refused(`must use https, as http is for localhost, 127.0.0.0/8 and [::1] only, not ${shown(text)}`)
  }
  return { value: origin }
}

/** A list of origins, or `*` alone for every origin. */
export function readDevelopmentOrigins(text: string): Reading<'*' | readonly string[]> {
  if (text.trim() === '*') return { value: '*' }
  return readList(text, (entry) => {
    if (entry === '*') return refused('must be the only entry, since it allows every origin')
    const reading = readOrigin(entry)
    return 'value' in reading ? { value: reading.value.origin } : reading
  })
}

/** Reads an http or https URL of which nothing remains but its origin. One trailing slash is forgiven. */
function readOrigin(text: string): Reading<URL> {
  const reading = readAbsoluteUrl(text)
  if ('problem' in reading) return refused(reading.problem)
  const { url } = reading
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refused('must begin with http:// or https://')
  // The text is looked at, not the parsed URL, in which an empty query or `/.` no longer shows.
  if (!/^https?:\/\/[^/?#]+\/?$/i.test(text)) return refused('must be an origin, without a path, query or fragment')
  if (url.hostname.includes('*')) return refused('must not contain a * within its host')
  return { value: url }
}

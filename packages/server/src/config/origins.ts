/** The origins that the environment names: the server's own, and those of sites under development. */
import { isLoopbackHost, readOrigin } from '../domain/web-url.ts'
import { type Reading, readList, refused, shown } from './reading.ts'

/**
 * The origin under which the server is reached. It stands in every token and every link, hence https; http only where
 * the connection never leaves the machine.
 */
export function readBaseUrl(text: string): Reading<string> {
  const reading = readOrigin(text)
  if ('problem' in reading) return refused(`${reading.problem}, not ${shown(text)}`)
  const { protocol, hostname, origin } = reading.url
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
    return 'url' in reading ? { value: reading.url.origin } : refused(reading.problem)
  })
}

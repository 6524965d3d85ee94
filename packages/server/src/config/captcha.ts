/** Who verifies captchas, and where. */
import { isLoopbackHost, readAbsoluteUrl } from '../domain/web-url.ts'
import { type CaptchaProvider, captchaProviders } from '../ports/captcha.ts'
import { type Reading, refused, shown } from './reading.ts'

export function readCaptchaProvider(text: string): Reading<CaptchaProvider> {
  const provider = captchaProviders.find((each) => each === text)
  if (provider !== undefined) return { value: provider }
  return refused(`must be one of ${captchaProviders.join(', ')}, not ${shown(text)}`)
}

/** As providers make them: no spaces, nothing outside ASCII. A problem tells nothing of the value. */
export function readCaptchaSecret(text: string): Reading<string> {
  if (/^[\x21-\x7e]{1,500}$/.test(text)) return { value: text }
  return refused('must be printable ASCII without spaces, at most 500 characters')
}

/** Where the secret is sent, hence https; http only where the connection never leaves the machine. */
export function readCaptchaUrl(text: string): Reading<string> {
  const reading = readAbsoluteUrl(text)
  if ('problem' in reading) return refused(`${reading.problem}, not ${shown(text)}`)
  const { protocol, hostname, href } = reading.url
  if (protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname))) return { value: href }
  return refused(`must use https, as http is for localhost, 127.0.0.0/8 and [::1] only, not ${shown(text)}`)
}

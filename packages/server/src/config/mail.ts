/** How mails leave, and whom they are from. */
import { isIP } from 'node:net'
import { normalizeEmail } from '../domain/email.ts'
import { isLoopbackHost } from '../domain/web-url.ts'
import type { MailFrom, SmtpLocation } from './configuration.ts'
import { readHost } from './listening.ts'
import { type Reading, refused, shown } from './reading.ts'

const url = /^(smtps?):\/\/(?:([^/?#@]*)@)?(\[[0-9a-f:.]+\]|[^:/?#@[\]]+)(?::(\d{1,5}))?\/?(?:\?([^#]*))?$/i

const startTls = ['required', 'offered', 'none'] as const

/**
 * Reads the URL of an SMTP server. No problem tells anything of the value: it may hold a password, which a character that
 * should have been escaped can put anywhere.
 */
export function readSmtpUrl(text: string): Reading<SmtpLocation> {
  const [matched, scheme = '', userInfo, hostText = '', portText, query = ''] = url.exec(text) ?? []
  if (matched === undefined) {
    return refused('must be smtp://user:password@host:port or smtps://…, with special characters percent-encoded')
  }
  const problems: string[] = []
  const isImplicit = scheme.toLowerCase() === 'smtps'
  const host = hostText.replace(/^\[|\]$/g, '')
  if ('problems' in readHost(host) || (hostText.startsWith('[') && isIP(host) !== 6)) {
    problems.push('must name a host, or an IP address, IPv6 in brackets')
  }
  const port = Number(portText ?? (isImplicit ? 465 : 587))
  if (port < 1 || port > 65_535) problems.push('must have a port from 1 to 65535, or none')

  const [user, password] = userInfo === undefined ? [] : credentialsOf(userInfo)
  if (userInfo !== undefined && (user === undefined || user === '' || password === undefined || password === '')) {
    problems.push('must have both a user and a password, percent-encoded, or neither')
  }
  const parameters = [...new URLSearchParams(query)]
  const [name, value] = parameters[0] ?? []
  const wanted = startTls.find((each) => each === value)
  if (parameters.length > 1 || (name !== undefined && (name !== 'starttls' || wanted === undefined || isImplicit))) {
    problems.push(`may have one parameter, starttls, for smtp:// alone: ${startTls.join(', ')}`)
  }
  if (problems.length > 0) return { problems }
  const credentials = user === undefined || password === undefined ? null : { user, password }
  const byItself = credentials === null || isLoopbackHost(host) ? 'offered' : 'required'
  return { value: { host, port, encryption: isImplicit ? 'implicit' : (wanted ?? byItself), credentials } }
}

function credentialsOf(userInfo: string): readonly (string | undefined)[] {
  const colon = userInfo.indexOf(':')
  if (colon < 0) return []
  return [userInfo.slice(0, colon), userInfo.slice(colon + 1)].map((part) => {
    try {
      return decodeURIComponent(part)
    } catch {
      return undefined
    }
  })
}

/** Reads an address with or without a name before it. Nothing that could begin another header, or a second address. */
export function readMailFrom(text: string): Reading<MailFrom> {
  const [, name, bracketed] = /^(?:"?([^"<>@\p{C}\p{Zl}\p{Zp}]*?)"?\s*)<([^<>\s]+)>$/u.exec(text.trim()) ?? []
  const address = normalizeEmail(bracketed ?? text.trim())
  if (address === undefined) {
    return refused(
      `must be an e-mail address, such as no-reply@shop.example or The Shop <no-reply@shop.example>, not ${shown(text)}`,
    )
  }
  const trimmed = (name ?? '').trim()
  return { value: { name: trimmed === '' ? null : trimmed, address } }
}

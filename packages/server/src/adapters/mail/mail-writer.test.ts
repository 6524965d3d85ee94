import { describe, expect, test } from 'vitest'
import { parametersOf } from '../../../test/support/mails.ts'
import type { SiteId } from '../../domain/ids.ts'
import { type MailKind, mailKinds } from '../../domain/mail.ts'
import { type Branding, defaultSiteSettings, type Site } from '../../domain/site.ts'
import { createMailWriter } from './mail-writer.ts'

const at = Date.UTC(2026, 0, 15, 9, 30)
const proofs = { recoveryToken: () => 'adj_proof_id.mac', code: (_id: string, sent: number) => `00000${sent}` }
const writer = createMailWriter({ baseUrl: 'https://auth.shop.example', proofs })

function siteWith({ language = 'en', ...branding }: Partial<Branding> & { readonly language?: string } = {}): Site {
  const settings = { ...defaultSiteSettings, language, branding: { ...defaultSiteSettings.branding, ...branding } }
  return { id: 'site' as SiteId, name: 'The Shop', generation: 0, settings, createdAt: at }
}

function write(kind: MailKind, { language = 'en', site = siteWith(), parameters = {} as Record<string, string> } = {}) {
  return writer.write({ kind, language, parameters: { ...parametersOf(at)[kind], ...parameters }, createdAt: at }, site)
}

describe.each(['en', 'de'])('in the language %s', (language) => {
  test.each(mailKinds)('the mail %s says the same as text and as HTML, with the name of the site', (kind) => {
    const { subject, text, html, senderName } = write(kind, { language })
    expect(senderName).toBe('The Shop')
    expect(subject).toContain('The Shop')
    expect(text).toContain('The Shop')
    expect(text.split('\n').every((line) => !line.includes('undefined') && !line.includes('NaN'))).toBe(true)
    expect(html).toContain(`<html lang="${language}">`)
    for (const paragraph of text.split(/\n\n|-- \n/)) expect(html).toContain(paragraph.trim())
  })

  test('no two kinds have the same subject', () => {
    expect(new Set(mailKinds.map((kind) => write(kind, { language }).subject)).size).toBe(mailKinds.length)
  })
})

test('links and codes are brought by the mails that are for them, and by no other', () => {
  const link = 'https://auth.shop.example/recover?recoveryToken=adj_proof_id.mac'
  for (const kind of mailKinds) {
    const written = write(kind)
    const brings = { recovery: 'link', activation: 'link', already_registered: 'link', verification_code: 'code' }[
      kind as string
    ]
    expect([written.link, written.code]).toEqual([brings === 'link' ? link : null, brings === 'code' ? '000001' : null])
    for (const body of [written.text, written.html]) {
      expect(body.includes(link)).toBe(brings === 'link')
      expect(body.includes('000001')).toBe(brings === 'code')
    }
    expect(written.subject).not.toMatch(/adj_|000001/)
  }
  expect(write('verification_code', { parameters: { codesSent: '3' } }).code).toBe('000003')
})

test('a link leads to the configured address, whatever the mail holds', () => {
  const parameters = { host: 'evil.example', baseUrl: 'https://evil.example', url: 'https://evil.example' }
  const { text, html } = write('recovery', { parameters })
  expect(`${text}${html}`).not.toContain('evil.example')
  expect(text).toContain('\nhttps://auth.shop.example/recover?recoveryToken=')
})

test.each([
  ['de', 'en', 'de'],
  ['en', 'de', 'en'],
  ['fr', 'de', 'de'],
  ['DE', 'en', 'de'],
  ['fr', 'it', 'en'],
  ['', '', 'en'],
])('a mail in %j of a site in %j is written in %j', (language, ofSite, written) => {
  const { html } = write('approved', { language, site: siteWith({ language: ofSite }) })
  expect(html).toContain(`<html lang="${written}">`)
})

test.each([
  [1, '1 minute', '1 Minute'],
  [20, '20 minutes', '20 Minuten'],
  [119, '119 minutes', '119 Minuten'],
  [120, '2 hours', '2 Stunden'],
  [7 * 24 * 60, '7 days', '7 Tage'],
])('a link that is good for %d minutes is said to be good for %s, or %s', (minutes, english, german) => {
  const parameters = { until: String(at + minutes * 60_000) }
  expect(write('recovery', { parameters }).text).toContain(`good for ${english},`)
  expect(write('recovery', { language: 'de', parameters }).text).toContain(`gilt ${german} und nur einmal`)
})

test('A-08: what happened is told with its time and trigger', () => {
  const [admin, blocked] = ['admin', 'blocked'].map((cause) => write('sessions_ended', { parameters: { cause } }).text)
  expect(admin).toContain('On 15 January 2026 at 09:30 (UTC) an administrator signed you out')
  expect(blocked).toContain('On 15 January 2026 at 09:30 (UTC) an administrator blocked your account')
  expect(write('password_changed').text).toContain('15 January 2026 at 09:30 (UTC)')
  expect(write('password_reset', { language: 'de' }).text).toContain('15. Januar 2026 um 09:30 (UTC)')
  const byAdministrator = write('password_changed', { parameters: { by: 'administrator' } }).text
  expect(byAdministrator).toContain('an administrator changed the password')
})

test('the name of the site is escaped in HTML, and put into neither a second line nor another direction', () => {
  const displayName = '<img src=x onerror=alert(1)>"&\r\nBcc: a@b.example\u202Egnp'
  const { subject, text, html, senderName } = write('recovery', { site: siteWith({ displayName }) })
  expect(html).not.toMatch(/<img/)
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&amp; Bcc: a@b.example gnp')
  for (const line of [subject, senderName]) expect(line).not.toMatch(/[\r\n\u202E]/)
  expect(text).not.toContain('\u202E')
})

test('an endless name is cut', () => {
  const { senderName, subject } = write('approved', { site: siteWith({ displayName: 'long '.repeat(1_000) }) })
  expect([...senderName]).toHaveLength(101)
  expect(subject.length).toBeLessThan(110)
})

test('the address of who waits for approval is escaped', () => {
  const { html, text } = write('approval_wanted', { parameters: { email: "o'hara&<b>@shop.example" } })
  expect(html).toContain('o&#39;hara&amp;&lt;b&gt;@shop.example')
  expect(text).toContain("o'hara&<b>@shop.example")
})

test.each([
  ['#123456', '#123456', '#ffffff'],
  ['#FFEE00', '#FFEE00', '#000000'],
  ['red;background:url(https://evil.example)', '#1f4e79', '#ffffff'],
  ['', '#1f4e79', '#ffffff'],
])('of the colour %j buttons are %s, and what is on them %s', (color, ground, ink) => {
  expect(write('recovery', { site: siteWith({ color }) }).html).toContain(`background:${ground};color:${ink}`)
})

test.each([
  ['https://shop.example/logo.png?a="b"', true],
  ['http://shop.example/logo.png', false],
  ['javascript:alert(1)', false],
  [null, false],
])('the picture %j is shown: %s', (logoUrl, isShown) => {
  const { html } = write('approved', { site: siteWith({ logoUrl }) })
  expect(html.includes('<img')).toBe(isShown)
  expect(html).not.toContain('a="b"')
})

import { describe, expect, test } from 'vitest'
import { readMailFrom, readSmtpUrl } from './mail.ts'
import { ConfigurationError, parseConfiguration } from './parse-configuration.ts'

describe('an SMTP URL', () => {
  const credentials = { user: 'ada', password: 'hunter2' }
  test.each([
    ['smtp://relay', { host: 'relay', port: 587, encryption: 'offered', credentials: null }],
    ['smtp://relay:25/', { host: 'relay', port: 25, encryption: 'offered', credentials: null }],
    [
      'SMTPS://relay.shop.example',
      { host: 'relay.shop.example', port: 465, encryption: 'implicit', credentials: null },
    ],
    ['smtp://ada:hunter2@relay', { host: 'relay', port: 587, encryption: 'required', credentials }],
    ['smtp://ada:hunter2@127.0.0.1:1025', { host: '127.0.0.1', port: 1025, encryption: 'offered', credentials }],
    ['smtps://ada:hunter2@[2001:db8::1]:9', { host: '2001:db8::1', port: 9, encryption: 'implicit', credentials }],
    ['smtp://ada:hunter2@relay?starttls=offered', { host: 'relay', port: 587, encryption: 'offered', credentials }],
    ['smtp://relay?starttls=required', { host: 'relay', port: 587, encryption: 'required', credentials: null }],
    ['smtp://relay:25?starttls=none', { host: 'relay', port: 25, encryption: 'none', credentials: null }],
    [
      'smtp://ada%40shop:p%3A%2F%3Fw%25:d@relay',
      { host: 'relay', port: 587, encryption: 'required', credentials: { user: 'ada@shop', password: 'p:/?w%:d' } },
    ],
  ])('%s is read', (text, value) => {
    expect(readSmtpUrl(text)).toEqual({ value })
  })

  test.each([
    ['relay:25', 'must be smtp://'],
    ['https://ada:hunter2@relay', 'must be smtp://'],
    ['smtp://', 'must be smtp://'],
    ['smtp://ada:hunt#er2@relay', 'must be smtp://'],
    ['smtp://ada:hun@ter2@relay', 'must be smtp://'],
    ['smtp://ada:hunter2@relay/path', 'must be smtp://'],
    ['smtp://ada:hunter2@re lay', 'must name a host'],
    ['smtp://ada:hunter2@300.1.1.1', 'must name a host'],
    ['smtp://ada:hunter2@relay:0', 'must have a port'],
    ['smtp://ada:hunter2@relay:65536', 'must have a port'],
    ['smtp://ada@relay', 'must have both a user and a password'],
    ['smtp://:hunter2@relay', 'must have both a user and a password'],
    ['smtp://ada:hunt%er2@relay', 'must have both a user and a password'],
    ['smtp://ada:hunter2@relay?starttls=maybe', 'may have one parameter'],
    ['smtp://ada:hunter2@relay?password=hunter2', 'may have one parameter'],
    ['smtp://ada:hunter2@relay?starttls=none&starttls=none', 'may have one parameter'],
    ['smtps://ada:hunter2@relay?starttls=none', 'may have one parameter'],
  ])('%s is refused without being shown', (text, because) => {
    const reading = readSmtpUrl(text)
    const problems = 'problems' in reading ? reading.problems : []
    expect(problems).toEqual([expect.stringContaining(because)])
    expect(problems.join()).not.toMatch(/hunt|er2|ada/)
  })

  test('tells every problem at once', () => {
    expect(readSmtpUrl('smtp://ada@-:0?x=1')).toMatchObject({ problems: { length: 4 } })
  })
})

describe('a sender', () => {
  test.each([
    ['no-reply@shop.example', null, 'no-reply@shop.example'],
    [' No-Reply@Shop.example ', null, 'no-reply@shop.example'],
    ['The Shop <no-reply@shop.example>', 'The Shop', 'no-reply@shop.example'],
    ['"The Shop" <no-reply@shop.example>', 'The Shop', 'no-reply@shop.example'],
    ['<no-reply@shop.example>', null, 'no-reply@shop.example'],
    ['Müllers Laden <post@müller.example>', 'Müllers Laden', 'post@xn--mller-kva.example'],
  ])('%j is read', (text, name, address) => {
    expect(readMailFrom(text)).toEqual({ value: { name, address } })
  })

  test.each([
    'The Shop',
    'The Shop <no-reply>',
    'a@b.example, c@d.example',
    'a@b.example\r\nBcc: c@d.example',
    'Shop\r\nBcc: c@d.example <a@b.example>',
    'Shop\nX: y <a@b.example>',
    'c@d.example <a@b.example>',
    'Shop <a@b.example> <c@d.example>',
  ])('%j is refused', (text) => {
    expect(readMailFrom(text)).toMatchObject({ problems: [expect.stringContaining('must be an e-mail address')] })
  })
})

test('an SMTP server without a sender is a problem that names the variable', () => {
  const read = () => parseConfiguration({ ADJOURN_SMTP_URL: 'smtp://relay' })
  expect(read).toThrow(ConfigurationError)
  expect(read).toThrow(/ADJOURN_MAIL_FROM is needed when ADJOURN_SMTP_URL is set/)
  expect(parseConfiguration({ ADJOURN_MAIL_FROM: 'no-reply@shop.example' }).smtp).toBeUndefined()
})

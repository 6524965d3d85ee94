import { describe, expect, test } from 'vitest'
import { readPostgresUrl } from './postgres-url.ts'

const plain = {
  kind: 'postgres',
  hosts: [{ host: 'db', port: 5432 }],
  user: 'ada',
  password: 'hunter2',
  database: 'x',
  sslMode: 'prefer',
  sslRootCertificate: null,
  connectTimeoutMs: 10_000,
  applicationName: 'adjourn',
}

describe('a PostgreSQL URL', () => {
  test.each([
    ['postgres://ada:hunter2@db/x', {}],
    ['postgresql://ada:hunter2@db/x', {}],
    ['POSTGRES://ada:hunter2@db:5432/x', {}],
    ['postgres://ada@db/x', { password: '' }],
    ['postgres://a%40b:p%3A%2F%3Fw%25:d@db/x%20y', { user: 'a@b', password: 'p:/?w%:d', database: 'x y' }],
    ['postgres://ada:hunter2@[::1]:6000/x', { hosts: [{ host: '::1', port: 6000 }] }],
    [
      'postgres://ada:hunter2@one:1,two,10.0.0.3:3/x?target_session_attrs=read-write',
      {
        hosts: [
          { host: 'one', port: 1 },
          { host: 'two', port: 5432 },
          { host: '10.0.0.3', port: 3 },
        ],
      },
    ],
    ['postgres://ada:hunter2@/x?host=/run/postgresql', { hosts: [{ host: '/run/postgresql', port: 5432 }] }],
    ['postgres://ada:hunter2@db/x?sslmode=verify-full', { sslMode: 'verify-full' }],
    [
      'postgres://ada:hunter2@db/x?sslmode=verify-ca&sslrootcert=/etc/ca.pem',
      { sslMode: 'verify-ca', sslRootCertificate: '/etc/ca.pem' },
    ],
    [
      'postgres://ada:hunter2@db/x?connect_timeout=3&application_name=login',
      { connectTimeoutMs: 3000, applicationName: 'login' },
    ],
  ])('%s is read', (text, more) => {
    expect(readPostgresUrl(text)).toEqual({ value: { ...plain, ...more } })
  })

  test.each([
    ['postgres:ada:hunter2@db/x', 'must be postgres://'],
    ['postgres://ada:hunt#er2@db/x', 'must be postgres://'],
    ['postgres://ada:hun@ter2@db/x', 'must be postgres://'],
    ['postgres://ada:hunter2@db', 'must name a database'],
    ['postgres://db/hunter2', 'must name a user'],
    ['postgres://ada:hunt%er2@db/x', 'must be percent-encoded'],
    ['postgres://ada:hunter2@/x', 'must name one host'],
    ['postgres://ada:hunter2@db,/x', 'must name one host'],
    ['postgres://ada:hunter2@db:0/x', 'must name one host'],
    ['postgres://ada:hunter2@db:65536/x', 'must name one host'],
    ['postgres://ada:hunter2@db/x?host=/run/postgresql', 'must name one host'],
    ['postgres://ada:hunter2@/x?host=hunter2', 'must name one host'],
    ['postgres://ada@db/x?password=hunter2', 'may have these parameters'],
    ['postgres://ada:hunter2@db/x?sslmode=require&sslmode=disable', 'may have these parameters'],
    ['postgres://ada:hunter2@db/x?sslmode=hunter2', 'must have an sslmode of'],
    ['postgres://ada:hunter2@db/x?sslrootcert=/hunter2', 'must have an sslmode of verify-ca'],
    ['postgres://ada:hunter2@db/x?target_session_attrs=any', 'must have a target_session_attrs'],
    ['postgres://ada:hunter2@db/x?target_session_attrs=standby', 'must have a target_session_attrs'],
    ['postgres://ada:hunter2@db/x?connect_timeout=0', 'must have a connect_timeout'],
    ['postgres://ada:hunter2@db/x?connect_timeout=soon', 'must have a connect_timeout'],
  ])('%s is refused without being shown', (text, because) => {
    const reading = readPostgresUrl(text)
    const problems = 'problems' in reading ? reading.problems : []
    expect(problems).toEqual([expect.stringContaining(because)])
    expect(problems.join()).not.toMatch(/hunt|er2|ada/)
  })

  test('tells every problem at once', () => {
    expect(readPostgresUrl('postgres://:p@db:0?sslmode=x&y=1')).toMatchObject({ problems: { length: 5 } })
  })
})

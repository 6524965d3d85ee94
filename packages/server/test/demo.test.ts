import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../../..')

const loggedIn = [
  '✓ logged in',
  '✓ member tokens',
  '✓ a call that needs the member',
  '✓ the access token is active',
  '✓ silent login works',
]
const provenEnd = ['✓ the refresh is refused', '✓ the access token is inactive', '✓ silent login is refused']

test('the demo signs a member in and out by the official packages, proves every end, and exits with 0', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['scripts/demo.ts'], { cwd: root })
  const steps = stdout.split('\n').filter((line) => /^ +[✓✗]/.test(line))
  expect(steps.map((line) => line.trim().replace(/:.*/, ''))).toEqual([
    '✓ visitor tokens',
    '✓ registered',
    ...loggedIn,
    '✓ logged out',
    ...provenEnd,
    ...loggedIn,
    '✓ an address to follow',
    '✓ logged out',
    ...provenEnd,
    ...loggedIn,
    '✓ logged out',
    ...provenEnd,
  ])
  expect(stdout.trimEnd()).toMatch(/Logged out means logged out\.$/)
  expect(stderr).toBe('')
})

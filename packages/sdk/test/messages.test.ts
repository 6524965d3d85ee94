import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { messagesFile, writtenMessages } from '../../../scripts/sdk-messages.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

test('the messages are those of the schemas by which the server checks and writes them', async () => {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const formatted = execFileSync(process.execPath, [biome, 'format', '--stdin-file-path=messages.ts'], {
    cwd: root,
    input: await writtenMessages(),
    encoding: 'utf8',
  })
  expect(readFileSync(messagesFile, 'utf8')).toBe(formatted)
})

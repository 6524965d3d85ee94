import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../../test/support/sqlite-test-database.ts'
import type { Witness } from '../../domain/installation.ts'
import { WitnessFile } from './witness-file.ts'

const witness = (n: number): Witness => ({
  installationId: 'an-installation',
  epoch: 1,
  n,
  chain: new Uint8Array(32).fill(n),
  auditN: n,
  timeline: null,
})

function witnessIn(directory: string): WitnessFile {
  return new WitnessFile(join(directory, 'some', 'where', 'witness'), (error) => expect.fail(String(error)))
}

test('a witness is kept in a directory that is made for it, also after somebody removed it', async () => {
  using directory = temporaryDirectory()
  const file = witnessIn(directory.path)
  for (let n = 1; n <= 3; n += 1) {
    await file.keep(witness(n))
    await file.keep(witness(n + 10))
    expect(file.read()).toEqual(witness(n + 10))
    expect(statSync(dirname(file.place)).mode & 0o777).toBe(0o700)
    expect(statSync(file.place).mode & 0o777).toBe(0o600)
    expect(readdirSync(dirname(file.place))).toEqual(['witness'])
    rmSync(join(directory.path, 'some'), { recursive: true })
    expect(file.read()).toBeUndefined()
  }
  file.keepNow(witness(4))
  expect(file.read()).toEqual(witness(4))
})

test('what keeps a witness from being written is told, and the next one is written once it is gone', async () => {
  using directory = temporaryDirectory()
  const file = witnessIn(directory.path)
  writeFileSync(join(directory.path, 'some'), 'a file in its way')
  await expect(file.keep(witness(1))).rejects.toThrow('ENOTDIR')
  rmSync(join(directory.path, 'some'))
  await file.keep(witness(2))
  expect(file.read()).toEqual(witness(2))
})

import { describe, expect, test } from 'vitest'
import {
  type FoundDatabase,
  generationOfNewEpoch,
  type Home,
  type Installation,
  isVerifiedPromotion,
  misfitsOf,
  type Witness,
} from './installation.ts'

const chainOf = (byte: number) => new Uint8Array(32).fill(byte)

const home: Home = { systemIdentifier: '7000000000000000001', timeline: 3, tableId: '5.16400' }
const installation: Installation = { id: 'here', epoch: 2, copiedAt: null, home: null, synchronous: false }
const inFile: FoundDatabase = {
  installation,
  home: null,
  recoveryTarget: false,
  progress: { n: 10, chain: chainOf(10), auditN: 50 },
  chainAtWitness: chainOf(7),
}
const onServer: FoundDatabase = { ...inFile, installation: { ...installation, home }, home }
const witness: Witness = { installationId: 'here', epoch: 2, n: 7, chain: chainOf(7), auditN: 40, timeline: null }

const kinds = (found: FoundDatabase, seen: Witness | undefined) => misfitsOf(found, seen).map(({ kind }) => kind)

describe('a database and its witness', () => {
  test('a database that has gone on since the witness saw it fits', () => {
    expect(kinds(inFile, witness)).toEqual([])
    expect(kinds(onServer, witness)).toEqual([])
    expect(kinds(inFile, { ...witness, ...inFile.progress })).toEqual([])
  })

  test.each<readonly [string, Partial<FoundDatabase>, Partial<Witness>, string]>([
    ['a log that ends before the witness', {}, { n: 11 }, 'log_behind'],
    ['another chain at the witness’s number', { chainAtWitness: chainOf(8) }, {}, 'other_chain'],
    ['no batch that ends at the witness’s number', { chainAtWitness: undefined }, {}, 'other_chain'],
    ['the same number and another chain', {}, { n: 10, chain: chainOf(9) }, 'other_chain'],
    ['an audit log that ends before the witness', {}, { auditN: 51 }, 'audit_behind'],
    ['another installation', {}, { installationId: 'there' }, 'other_installation'],
    ['an earlier epoch', {}, { epoch: 3 }, 'earlier_epoch'],
  ])('D-18: %s does not fit', (_, found, seen, kind) => {
    expect(kinds({ ...inFile, ...found }, { ...witness, ...seen })).toEqual([kind])
    expect(kinds({ ...onServer, ...found }, { ...witness, ...seen })).toEqual([kind])
  })

  test('a database about which an operator decided since the witness saw it fits', () => {
    const decided = { ...inFile, installation: { ...installation, epoch: 3 } }
    expect(kinds(decided, { ...witness, n: 11 })).toEqual([])
  })

  test('D-18: a copy does not fit, with a witness and without', () => {
    const copy = { ...inFile, installation: { ...installation, copiedAt: 1 } }
    expect(kinds(copy, undefined)).toEqual(['copy'])
    expect(kinds(copy, witness)).toEqual(['copy'])
  })

  test('D-18: a file that was served before does not fit without its witness', () => {
    expect(kinds(inFile, undefined)).toEqual(['witness_missing'])
  })

  test('a node without a witness may join a database on a server', () => {
    expect(kinds(onServer, undefined)).toEqual([])
  })

  test('a database that was never served with a witness fits, unless there is a witness of something newer', () => {
    const fresh = { ...inFile, installation: undefined }
    expect(kinds(fresh, undefined)).toEqual([])
    expect(kinds(fresh, witness)).toEqual([])
    expect(kinds(fresh, { ...witness, n: 11 })).toEqual(['log_behind'])
  })
})

describe('a database and the server that keeps it', () => {
  const at = (now: Partial<Home>, before: Partial<Installation> = {}, recoveryTarget = false): FoundDatabase => ({
    ...onServer,
    installation: { ...installation, home, ...before },
    home: { ...home, ...now },
    recoveryTarget,
  })

  test.each<readonly [string, FoundDatabase, string]>([
    ['data on another server', at({ systemIdentifier: '7000000000000000002', timeline: 1 }), 'other_server'],
    ['a table that was loaded from a dump', at({ tableId: '5.16500' }), 'other_table'],
    ['an earlier timeline', at({ timeline: 2 }, { synchronous: true }), 'earlier_timeline'],
    ['a promoted standby that commits did not wait for', at({ timeline: 4 }), 'promoted_unverified'],
    ['a recovery to a point in time', at({ timeline: 4 }, { synchronous: true }, true), 'recovered'],
  ])('D-18: %s does not fit, with a witness and without', (_, found, kind) => {
    expect(kinds(found, undefined)).toEqual([kind])
    expect(kinds(found, witness)).toEqual([kind])
    expect(isVerifiedPromotion(found)).toBe(false)
  })

  test('D-18: a promoted standby that commits waited for fits, unless its log is behind the witness', () => {
    const promoted = at({ timeline: 4 }, { synchronous: true })
    expect(kinds(promoted, undefined)).toEqual([])
    expect(kinds(promoted, witness)).toEqual([])
    expect(isVerifiedPromotion(promoted)).toBe(true)
    expect(kinds(promoted, { ...witness, n: 11 })).toEqual(['log_behind'])
  })

  test('D-18: a primary that comes back after another was promoted does not fit, though nothing was ended since', () => {
    expect(kinds(at({}), { ...witness, timeline: 4 })).toEqual(['earlier_timeline'])
    expect(kinds(at({}), { ...witness, timeline: 3 })).toEqual([])
  })

  test('a database that has not moved is no promotion', () => {
    expect(isVerifiedPromotion(at({}, { synchronous: true }))).toBe(false)
    expect(isVerifiedPromotion(inFile)).toBe(false)
  })
})

test('D-18: the generation of a new epoch is above those that a lost database may have handed out', () => {
  const now = Date.UTC(2026, 10, 22)
  const restored = generationOfNewEpoch(1, now)
  expect(restored).toBeGreaterThan(1000)
  // The database of then was raised a thousand times, was lost, and its backup is restored a day later.
  expect(generationOfNewEpoch(1, now + 24 * 60 * 60_000)).toBeGreaterThan(restored + 1000)
  expect(generationOfNewEpoch(restored + 5, now)).toBe(restored + 6)
})

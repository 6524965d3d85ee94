import { readFileSync } from 'node:fs'
import type { CredentialKind, Installation } from '../contender.ts'

/** The credentials of a kind, in the order of the sessions. */
export function readCredentials(installation: Installation, kind: CredentialKind): readonly string[] {
  return readFileSync(credentialsFile(installation, kind), 'latin1').split('\n')
}

/** The file of a kind of credentials. */
export function credentialsFile({ credentials }: Installation, kind: CredentialKind): string {
  const file = credentials[kind]
  if (file === undefined) throw new Error(`A contender has no credentials of the kind ${kind}`)
  return file
}

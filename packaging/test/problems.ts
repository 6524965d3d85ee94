import { readFileSync } from 'node:fs'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import type { Packed } from '../pack.ts'

/** What publint, at its strictest, and are-the-types-wrong find in a package. */
export async function problemsOf({ tarball }: Packed): Promise<readonly string[]> {
  const data = new Uint8Array(readFileSync(tarball))
  const { messages, pkg } = await publint({ strict: true, level: 'suggestion', pack: { tarball: data.buffer } })
  const types = await checkPackage(createPackageFromTarballData(data))
  return [
    ...messages.map((message) => formatMessage(message, pkg) ?? message.code),
    // That CommonJS gets a module, as there is nothing but modules, is on purpose.
    ...('problems' in types ? types.problems.filter(({ kind }) => kind !== 'CJSResolvesToESM') : []).map((problem) =>
      JSON.stringify(problem),
    ),
  ]
}

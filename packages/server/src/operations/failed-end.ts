import type { EndAnswer, GrantEndAnswer, StorageUnavailable } from '../ports/storage.ts'

/** The first failure among the answers to an end, if any: then it must not be told as done. */
export function failedEnd(answers: readonly (EndAnswer | GrantEndAnswer)[]): StorageUnavailable | undefined {
  for (const answer of answers) if (answer.outcome === 'failed') return answer.error
  return undefined
}

import type { Duties } from '../../ports/storage.ts'
import { owedDutiesOf, owedDutiesText } from '../stored/owed-duties.ts'
import type { Access } from './access.ts'

/** Tells what is owed, in notices and in mails. */
export function dutyMethods({ rows }: Pick<Access, 'rows'>): Duties {
  return { owedDuties: async () => owedDutiesOf(await rows(owedDutiesText)) }
}

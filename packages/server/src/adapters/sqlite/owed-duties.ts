import type { DatabaseSync } from 'node:sqlite'
import type { OwedDuties } from '../../ports/storage.ts'
import { owedDutiesOf, owedDutiesText } from '../stored/owed-duties.ts'

/** Tells what is owed, in notices and in mails. */
export class OwedDutiesReader {
  readonly #read

  constructor(database: DatabaseSync) {
    this.#read = database.prepare(owedDutiesText)
  }

  read(): readonly OwedDuties[] {
    return owedDutiesOf(this.#read.all())
  }
}

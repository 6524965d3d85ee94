/** The database was written by a version of this service that knows migrations which this one does not. */
export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew'
}

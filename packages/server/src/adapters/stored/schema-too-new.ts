/** The database was written by a version of this service whose schema this one may not be used with. */
export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew'
}

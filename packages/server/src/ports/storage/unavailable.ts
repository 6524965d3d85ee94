/**
 * The database could not be asked, or did not do what it was asked.
 *
 * `nothing_happened`: no part of the call took effect. `unknown`: the commit was under way, so a retry must find out;
 * every call of this port may be repeated safely.
 */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable'
  readonly outcome: 'nothing_happened' | 'unknown'

  constructor(
    message: string,
    options: { readonly outcome: 'nothing_happened' | 'unknown'; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.outcome = options.outcome
  }
}

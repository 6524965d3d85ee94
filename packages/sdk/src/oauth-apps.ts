/** The OAuth apps service: the clients of the site, as its own programs administer them. For the site alone. */
import type {
  CreateOAuthAppRequest,
  OAuthAppResponse,
  OAuthAppSecretResponse,
  QueryOAuthAppsRequest,
  QueryOAuthAppsResponse,
  UpdateOAuthAppRequest,
} from './messages.ts'
import { type Method, method } from './method.ts'
import type { Nothing } from './transport.ts'

const path = '/oauth-app/v1/oauth-apps'

/** Which OAuth app is meant: its id is the id of the client. */
export interface OAuthAppId {
  readonly oAuthAppId: string
}

/** The fields that an OAuth app can be changed in. `null` empties one. */
export type OAuthAppChanges = NonNullable<UpdateOAuthAppRequest['oAuthApp']>

/**
 * Registers an OAuth app. For an app, or an API key with `OAUTH_APPS.MANAGE`.
 *
 * @throws {RefusedError} `PERMISSION_DENIED`; with violations when a field breaks a rule.
 *
 * @example
 * ```ts
 * const { oAuthApp } = await adminClient.headless.OAuthAppService.createOAuthApp({
 *   oAuthApp: { name: 'The shop', allowedRedirectUris: [redirectUri] },
 * })
 * ```
 */
export const createOAuthApp: Method<CreateOAuthAppRequest, OAuthAppResponse> = /* @__PURE__ */ method({
  request: (body) => ({ verb: 'POST', path, body }),
})

/**
 * An OAuth app. For an app, or an API key with `OAUTH_APPS.READ`.
 *
 * @throws {RefusedError} `PERMISSION_DENIED`; `NOT_FOUND`.
 *
 * @example
 * ```ts
 * const { oAuthApp } = await adminClient.headless.OAuthAppService.getOAuthApp({ oAuthAppId })
 * ```
 */
export const getOAuthApp: Method<OAuthAppId, OAuthAppResponse> = /* @__PURE__ */ method({
  request: ({ oAuthAppId }) => ({ verb: 'GET', path: pathOf(oAuthAppId) }),
})

/**
 * Changes fields of an OAuth app: those that are given, or only the ones of them that `mask` names. A list is replaced and not
 * added to. For an app, or an API key with `OAUTH_APPS.MANAGE`.
 *
 * @throws {RefusedError} `PERMISSION_DENIED`; `NOT_FOUND`; with violations when a field breaks a rule.
 *
 * @example
 * ```ts
 * await adminClient.headless.OAuthAppService.updateOAuthApp({ oAuthAppId, oAuthApp: { name: 'The new shop' } })
 * ```
 */
export const updateOAuthApp: Method<
  OAuthAppId & { readonly oAuthApp: OAuthAppChanges; readonly mask?: readonly (keyof OAuthAppChanges)[] },
  OAuthAppResponse
> = /* @__PURE__ */ method({
  // The server changes nothing without a mask.
  request: ({ oAuthAppId, oAuthApp, mask = Object.keys(oAuthApp) }) => ({
    verb: 'PATCH',
    path: pathOf(oAuthAppId),
    body: { oAuthApp, mask },
  }),
})

/**
 * Deletes an OAuth app: nothing of it is accepted from then on. For an app, or an API key with `OAUTH_APPS.MANAGE`.
 *
 * @throws {RefusedError} `PERMISSION_DENIED`; `NOT_FOUND`.
 *
 * @example
 * ```ts
 * await adminClient.headless.OAuthAppService.deleteOAuthApp({ oAuthAppId })
 * ```
 */
export const deleteOAuthApp: Method<OAuthAppId, Nothing> = /* @__PURE__ */ method({
  request: ({ oAuthAppId }) => ({ verb: 'DELETE', path: pathOf(oAuthAppId) }),
})

/**
 * Lists OAuth apps, by pages: by offset, or by cursors. Can be sorted by `createdDate` and `name`. For an app, or an API key with
 * `OAUTH_APPS.READ`.
 *
 * @throws {RefusedError} `PERMISSION_DENIED`; with violations when the query asks for what is not offered.
 *
 * @example
 * ```ts
 * const { oAuthApps, pagingMetadata } = await adminClient.headless.OAuthAppService.queryOAuthApps({
 *   query: { sort: [{ fieldName: 'name' }], cursorPaging: { limit: 20 } },
 * })
 * ```
 */
export const queryOAuthApps: Method<QueryOAuthAppsRequest | undefined, QueryOAuthAppsResponse> = /* @__PURE__ */ method(
  { request: (body = {}) => ({ verb: 'POST', path: `${path}/query`, body }) },
)

/**
 * Makes the secret of an OAuth app, which is told by this answer and never again. For an app, or an API key with
 * `OAUTH_APPS.MANAGE`.
 *
 * @throws {RefusedError} `ALREADY_EXISTS` when the app has one; `PERMISSION_DENIED`, also for a mobile app, which can keep none; `NOT_FOUND`.
 *
 * @example
 * ```ts
 * const { oAuthAppSecret } = await adminClient.headless.OAuthAppService.generateOAuthAppSecret({ oAuthAppId })
 * ```
 */
export const generateOAuthAppSecret: Method<OAuthAppId, OAuthAppSecretResponse> = /* @__PURE__ */ method({
  request: ({ oAuthAppId }) => ({ verb: 'POST', path: `${pathOf(oAuthAppId)}/generate-secret` }),
})

function pathOf(oAuthAppId: string): string {
  return `${path}/${encodeURIComponent(oAuthAppId)}`
}

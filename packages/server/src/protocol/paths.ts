/**
 * Where each method is reached. Every service of the identity API has one canonical path and several prefixes: which one a
 * caller sends depends on the package, the host and the version it uses. The first is the one documented.
 */
const prefixes = {
  authentication: ['', '/_api/iam/authentication', '/iam/authentication', '/authentication', '/_api/authentication'],
  recovery: ['/_api/iam/recovery', '/_iam/recovery', '/iam/recovery'],
  verification: ['/_api/iam/verification', '/iam/verification'],
  signOnPolicy: ['/iam/signon', '/sign-on-policy-service'],
  oauth: ['/oauth2', '/_api/oauth2', '/oauth', '/v1/oauth'],
  oauthApps: ['/oauth-app', '', '/oauth-app-service', '/_api/oauth-app-service'],
  redirects: ['/headless', '/_api/redirects-api', '/redirect-session', ''],
} as const

export type IdentityService = keyof typeof prefixes

/** Every address of a method, the documented one first. Trailing slashes are accepted by the router. */
export function addressesOf(service: IdentityService, path: string): readonly string[] {
  return prefixes[service].map((prefix) => `${prefix}${path}`)
}

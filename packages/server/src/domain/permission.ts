/**
 * What an API key may be allowed, by the identity API's own names where it has one (one of them is misspelt there). An app,
 * which proves itself by its client's secret, may do all of it.
 */
export const permissions = [
  'IAM.AUTHENTICAITON_SIGN_ON', // log a member in without credentials, and get tokens for one
  'IAM.START', // start the verification of a member's address
  'IAM.SEND_ACTIVATION_EMAIL',
  'IAM.SIGN_ON_POLICY_READ',
  'IAM.SIGN_ON_POLICY_UPDATE',
  'OAUTH_APPS.READ',
  'OAUTH_APPS.MANAGE',
  'WIX_HEADLESS.WIX_URL_CREATE', // create redirect sessions
] as const

export type Permission = (typeof permissions)[number]

/** Whether a text is the name of a permission. */
export function isPermission(text: string): text is Permission {
  return (permissions as readonly string[]).includes(text)
}

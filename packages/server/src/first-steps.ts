import type { RunningServer } from './main.ts'

/** The S256 challenge of RFC 7636, appendix B: the code of this example is thrown away. */
const exampleChallenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

/** What the start prints below the ready line: who may call, and three commands that show the main job. */
export function firstSteps({ url, firstClient, newAdministratorKey, mailboxUrl }: RunningServer): string {
  const others = [
    ...(newAdministratorKey === null ? [] : [administratorKeyLine(newAdministratorKey)]),
    ...(mailboxUrl === null ? [] : [`Mails, which are sent to nobody here: ${mailboxUrl}`]),
  ]
  if (firstClient === null) return ['There is no client: make one with POST /admin/v1/clients', ...others].join('\n')
  const [redirectUri] = firstClient.allowedRedirectUris.filter((uri) => !uri.includes('*'))
  return [`Client id: ${firstClient.id}`, ...others, '', ...commands(url, firstClient.id, redirectUri)].join('\n')
}

/** A key that was made just now, and that nobody can find out later. */
export function administratorKeyLine(key: string): string {
  return `Administrator key, shown this once: ${key}`
}

function commands(url: string, clientId: string, redirectUri: string | undefined): readonly string[] {
  const json = quoted('Content-Type: application/json')
  const body = JSON.stringify({ loginId: { email: 'ada@example.com' }, password: 'a long passphrase of ada' })
  const register = ['Register a member:', `  curl -s ${quoted(`${url}/v2/register`)} -H ${json} -d ${quoted(body)}`]
  if (redirectUri === undefined) {
    return [
      ...register,
      'To log in and out by a command, the client needs a redirect URI: set ADJOURN_BOOTSTRAP_REDIRECT_URIS before the first start',
    ]
  }
  const parameters = {
    email: 'ada@example.com',
    password: 'a long passphrase of ada',
    clientId,
    responseType: 'code',
    redirectUri,
    codeChallengeMethod: 'S256',
    codeChallenge: exampleChallenge,
  }
  const form = Object.entries(parameters).map(([name, value]) => `--data-urlencode ${quoted(`${name}=${value}`)}`)
  const origin = quoted(`Origin: ${url}`)
  return [
    ...register,
    'Log in (the session cookie goes to adjourn.cookies):',
    `  curl -s -o /dev/null -w '%{http_code}\\n' -c adjourn.cookies ${quoted(`${url}/oauth2/authorize`)} -H ${origin} ${form.join(' ')}`,
    'Log out:',
    `  curl -s -b adjourn.cookies -X POST ${quoted(`${url}/v1/logout`)} -H ${json}`,
  ]
}

/** A text as one word of a shell, whatever is in it: an IPv6 host has brackets, a redirect URI may have an `&`. */
function quoted(text: string): string {
  return `'${text.replaceAll(`'`, `'\\''`)}'`
}

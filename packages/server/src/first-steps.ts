import type { RunningServer } from './main.ts'

/** The S256 challenge of RFC 7636, appendix B: the code of this example is thrown away. */
const exampleChallenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

/** What the start prints below the ready line: who may call, and three commands that show the main job. */
export function firstSteps({ url, firstClient, newAdministratorKey }: RunningServer): string {
  const [redirectUri] = firstClient.allowedRedirectUris.filter((uri) => !uri.includes('*'))
  return [
    `Client id: ${firstClient.id}`,
    ...(newAdministratorKey === null ? [] : [`Administrator key, shown this once: ${newAdministratorKey}`]),
    ...(redirectUri === undefined ? [] : ['', ...commands(url, firstClient.id, redirectUri)]),
  ].join('\n')
}

function commands(url: string, clientId: string, redirectUri: string): readonly string[] {
  const body = JSON.stringify({ loginId: { email: 'ada@example.com' }, password: 'a long passphrase of ada' })
  return [
    'Register a member:',
    `  curl -s ${url}/v2/register -H 'Content-Type: application/json' -d '${body}'`,
    'Log in (the session cookie goes to adjourn.cookies):',
    `  curl -s -o /dev/null -w '%{http_code}\\n' -c adjourn.cookies ${url}/oauth2/authorize -H 'Origin: ${url}' -d email=ada@example.com --data-urlencode 'password=a long passphrase of ada' -d clientId=${clientId} -d responseType=code --data-urlencode 'redirectUri=${redirectUri}' -d codeChallengeMethod=S256 -d codeChallenge=${exampleChallenge}`,
    'Log out:',
    `  curl -s -b adjourn.cookies -X POST ${url}/v1/logout -H 'Content-Type: application/json'`,
  ]
}

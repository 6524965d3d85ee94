/** A site's script with the official packages, as their documentation has it, and the bridge. Tests call what it lays out. */
import { installWixBridge } from '@adjourn/wix-bridge'
import { authentication, oauth } from '@wix/identity'
import { createClient, OAuthStrategy } from '@wix/sdk'

const { baseUrl, clientId } = (globalThis as unknown as { settings: { baseUrl: string; clientId: string } }).settings
installWixBridge({ baseUrl })
const client = createClient({ modules: { authentication, oauth }, auth: OAuthStrategy({ clientId }) })

/** What a test finds in the page. */
export interface OfficialPage {
  readonly client: typeof client
}

Object.assign(globalThis, { client } satisfies OfficialPage)

/** For `node --import @adjourn/wix-bridge/register`: installs the bridge to the server that `ADJOURN_URL` names. */
import { installWixBridge } from './install-wix-bridge.ts'

const baseUrl = process.env['ADJOURN_URL']
if (baseUrl === undefined || baseUrl === '') {
  throw new TypeError('Cannot install the bridge as ADJOURN_URL is not set: it is the origin of your Adjourn server')
}
installWixBridge({ baseUrl })

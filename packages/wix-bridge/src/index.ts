/** Points the unmodified official packages at an Adjourn server. `@adjourn/wix-bridge/register` does it for a Node process. */
export { installWixBridge, type WixBridge, type WixBridgeOptions } from './install-wix-bridge.ts'

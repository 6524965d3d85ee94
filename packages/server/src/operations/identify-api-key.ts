import type { ApiKey } from '../domain/api-key.ts'
import { hashSecret, isSecretOf } from '../domain/secrets.ts'
import type { Service } from './service.ts'

/**
 * The API key that a text is, as it is now; `undefined` for one that was never made, or was revoked.
 *
 * @throws {StorageUnavailable} When the database does not answer: never a guess.
 */
export async function identifyApiKey(service: Service, text: string): Promise<ApiKey | undefined> {
  return isSecretOf('api', text) ? service.storage.findApiKey(hashSecret(text)) : undefined
}

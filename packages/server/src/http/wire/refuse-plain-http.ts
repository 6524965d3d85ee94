import type { FastifyInstance } from 'fastify'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { addressList } from './address-list.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What is asked by the machines around the service, which may not have a certificate for it. */
    readonly mayBePlain?: boolean
  }
}

/**
 * Refuses what a trusted proxy says that it was sent without TLS, where the service is at an https address. It is not redirected:
 * a password or token that was sent readable must be noticed by whoever sent it, and not by its next hop alone.
 *
 * What another peer claims counts for nothing, and where the proxy says nothing, nothing is known: the service itself speaks
 * plain HTTP with its proxy.
 */
export function refusePlainHttp(
  app: FastifyInstance,
  { baseUrl, trustedProxies }: { readonly baseUrl: string; readonly trustedProxies: readonly string[] },
): void {
  if (!baseUrl.startsWith('https:') || trustedProxies.length === 0) return
  const isTrusted = addressList(trustedProxies)
  app.addHook('onRequest', (request, _reply, done) => {
    const { 'x-forwarded-proto': said } = request.headers
    const mayBePlain = request.routeOptions.config?.mayBePlain === true
    if (
      said !== undefined &&
      request.protocol !== 'https' &&
      !mayBePlain &&
      isTrusted(request.socket.remoteAddress ?? '')
    ) {
      throw new ApplicationRefusal('INVALID_ARGUMENT', 'This service is reached by https alone')
    }
    done()
  })
}

import type { FastifyReply } from 'fastify'
import { cookieRemovals } from './registry.ts'

/** Lets the browser forget every cookie of ours, whatever release set it. */
export function removeCookies(reply: FastifyReply): void {
  // A list of its own: the framework adds to it where a cookie is set besides.
  reply.header('set-cookie', [...cookieRemovals])
}

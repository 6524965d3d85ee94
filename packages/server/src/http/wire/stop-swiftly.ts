import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/**
 * Lets a stop wait for requests in flight and for nothing else.
 *
 * Without it the server would wait, until its patience is over, for connections that browsers open ahead of time and say
 * nothing on, and for those that stay open after an answer.
 */
export function stopSwiftly(app: FastifyInstance): void {
  const connections = new Set<Socket>()
  let stopping = false
  app.server.on('connection', (socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  app.addHook('preClose', async () => {
    stopping = true
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy()
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping) reply.header('connection', 'close')
    done()
  })
}

import { connect } from 'node:net'

/** Sends the head of a logout and waits until the server asks for the rest, which `finish` sends. */
export function beginLogout(url: string, cookie: string) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let received = ''
  const accepted = Promise.withResolvers<void>()
  const ended = new Promise<void>((resolve, reject) => {
    socket.on('close', () => resolve())
    socket.on('error', reject)
  })
  const goAhead = 'HTTP/1.1 100 Continue\r\n\r\n'
  socket.setEncoding('utf8').on('data', (text) => {
    received += text
    if (received.startsWith(goAhead)) accepted.resolve()
  })
  socket.write(
    `POST /v1/logout HTTP/1.1\r\nHost: a\r\nCookie: ${cookie}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
  )
  return {
    accepted: accepted.promise,
    finish: async () => {
      socket.write('{}')
      await ended
      return received.slice(goAhead.length)
    },
  }
}

/** Resolves once nothing listens there any more. */
export async function refusesConnections(url: string): Promise<void> {
  const { hostname, port } = new URL(url)
  const isRefused = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), hostname)
      socket.on('connect', () => {
        socket.destroy()
        resolve(false)
      })
      socket.on('error', () => resolve(true))
    })
  while (!(await isRefused()));
}

import { Connection } from '../load/connection.ts'

export interface Answered {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** Sends one request of a template on a connection of its own. */
export async function ask(port: number, template: string, credential: string): Promise<Answered> {
  const connection = await Connection.open(port)
  try {
    return await askOn(connection, template, credential)
  } finally {
    connection.close()
  }
}

/** Sends one request of a template on an open connection. */
export function askOn(connection: Connection, template: string, credential: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    connection.onLost(reject)
    connection.send(Buffer.from(template.replace('{credential}', credential), 'latin1'), ({ status, head, body }) =>
      resolve({ status, head, body: body.toString('utf8') }),
    )
  })
}

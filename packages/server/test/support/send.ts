import { request as httpRequest } from 'node:http'

export interface Sent {
  readonly method?: string
  /** Exactly these, besides `Host` and what frames the body: also the ones that `fetch` sets by itself. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
  /** A JSON body with its content type. */
  readonly json?: unknown
  /** A form body with its content type. */
  readonly form?: Readonly<Record<string, string>>
}

export interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly setCookies: readonly string[]
  readonly text: string
  /** The body as JSON. Throws when it is none. */
  json<T = Record<string, unknown>>(): T
}

/** Sends one request and follows nothing. */
export function send(url: string, { method, headers, body, json, form }: Sent = {}): Promise<Received> {
  const payload =
    json !== undefined ? JSON.stringify(json) : form !== undefined ? String(new URLSearchParams(form)) : body
  const contentType =
    json !== undefined ? 'application/json' : form !== undefined ? 'application/x-www-form-urlencoded' : undefined
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      {
        method: method ?? (payload === undefined ? 'GET' : 'POST'),
        headers: {
          ...(contentType === undefined ? {} : { 'content-type': contentType }),
          ...(payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }),
          ...headers,
        },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            setCookies: response.headers['set-cookie'] ?? [],
            text,
            json: () => JSON.parse(text),
          })
        })
      },
    )
    request.on('error', reject)
    if (payload !== undefined) request.write(payload)
    request.end()
  })
}

import { type Received, send } from '../support/send.ts'

/** Cookies by file name, as the commands name them. */
export type CookieFiles = Map<string, string>

/**
 * Performs a printed `curl` command without curl or a shell: reads it as a shell would, and the options that our commands
 * use as curl does. Anything else is an error, so that a change of the commands cannot go untested.
 */
export async function perform(command: string, files: CookieFiles): Promise<Received> {
  const [program, ...words] = shellWords(command)
  if (program !== 'curl') throw new Error(`${String(program)} is not curl`)
  let url: string | undefined
  let method: string | undefined
  let saveTo: string | undefined
  const headers: Record<string, string> = {}
  const data: string[] = []
  const next = () => {
    const word = words.shift()
    if (word === undefined) throw new Error(`Something is missing at the end of: ${command}`)
    return word
  }
  while (words.length > 0) {
    const word = next()
    if (word === '-s') continue
    else if (word === '-o' || word === '-w') next()
    else if (word === '-X') method = next()
    else if (word === '-c') saveTo = next()
    else if (word === '-b') headers['cookie'] = files.get(next()) ?? ''
    else if (word === '-H') {
      const header = next()
      headers[header.slice(0, header.indexOf(':')).toLowerCase()] = header.slice(header.indexOf(':') + 1).trim()
    } else if (word === '-d') data.push(next())
    else if (word === '--data-urlencode') {
      const pair = next()
      const equals = pair.indexOf('=')
      data.push(`${pair.slice(0, equals)}=${encodeURIComponent(pair.slice(equals + 1))}`)
    } else if (word.startsWith('-') || url !== undefined) throw new Error(`${word} is not understood in: ${command}`)
    else url = word
  }
  if (url === undefined) throw new Error(`No address in: ${command}`)
  const body = data.length === 0 ? undefined : data.join('&')
  const answer = await send(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      accept: '*/*',
      ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  })
  if (saveTo !== undefined) files.set(saveTo, answer.setCookies.map((line) => line.split(';')[0]).join('; '))
  return answer
}

/** The words of a command line with single quotes and backslashes: what our commands use of a shell. */
export function shellWords(line: string): readonly string[] {
  const words: string[] = []
  for (const [word] of line.trim().matchAll(/(?:'[^']*'|\\.|[^\s'"\\$`;&|<>()*?[\]{}~#])+|\S/gs)) {
    if (/^["$`;&|<>()*?[\]{}~#]$/.test(word)) throw new Error(`A shell would not take ${word} as it stands in: ${line}`)
    words.push(word.replace(/'([^']*)'|\\(.)/gs, (_, quoted: string | undefined, escaped: string) => quoted ?? escaped))
  }
  return words
}

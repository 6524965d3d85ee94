/** The documentation of the SDK as tests read it: docstrings in the sources, and the examples in them and in README.md. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packageFolder = fileURLToPath(new URL('../', import.meta.url))

export interface Example {
  /** Where it stands, such as `oauth.ts: token`. */
  readonly place: string
  readonly code: string
}

export interface Documented {
  /** Of the function, class or constant, or of the method of an interface. */
  readonly name: string
  readonly isMethod: boolean
  readonly examples: readonly Example[]
}

const declaration = /^\s*(?:export )?(?:async )?(?:(?:function|const|class|interface) (?<name>\w+)|(?<method>\w+)\()/
const fence = /^```ts\n([\s\S]*?)^```$/gm

/** What stands in the sources behind a docstring. */
export function documented(): readonly Documented[] {
  return readdirSync(join(packageFolder, 'src')).flatMap((file) => {
    const [, ...parts] = readFileSync(join(packageFolder, 'src', file), 'utf8').split('/**')
    return parts.flatMap((part) => {
      const end = part.indexOf('*/')
      const { name, method } = declaration.exec(part.slice(end + 2))?.groups ?? {}
      const [, ...examples] = part.slice(0, end).split('@example')
      const found = name ?? method
      if (found === undefined && examples.length > 0)
        throw new Error(`An example in ${file} belongs to nothing: ${part}`)
      if (found === undefined) return []
      const text = examples.join('\n').replace(/^ *\* ?/gm, '')
      return [{ name: found, isMethod: method !== undefined, examples: fencedIn(`${file}: ${found}`, text) }]
    })
  })
}

/** Every example of the package. */
export function allExamples(): readonly Example[] {
  const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8')
  return [...documented().flatMap(({ examples }) => examples), ...fencedIn('README.md', readme)]
}

function fencedIn(place: string, text: string): readonly Example[] {
  return [...text.matchAll(fence)].map(([, code = ''], index) => ({
    place: index === 0 ? place : `${place}, example ${index + 1}`,
    code,
  }))
}

import buildWriter from 'fast-json-stringify'
import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import { send } from './support/send.ts'
import { startTestServer } from './support/test-server.ts'

type Content = Readonly<Record<string, { readonly schema: object }>>

interface Operation {
  readonly requestBody?: { readonly content: Content }
  readonly parameters?: readonly { readonly schema: object }[]
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

/** The service compiles them at first use: what cannot be compiled has to be found here. */
test('every schema of the OpenAPI document can be compiled', async () => {
  await using server = await startTestServer()
  const { paths } = (await send(`${server.url}/openapi.json`)).json<{
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  }>()
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
  const schemasOf = (content: Content = {}) => Object.values(content).map(({ schema }) => schema)
  const answers = operations.flatMap(({ responses }) =>
    Object.values(responses).flatMap(({ content }) => schemasOf(content)),
  )
  const messages = operations.flatMap(({ requestBody, parameters = [] }) => [
    ...schemasOf(requestBody?.content),
    ...parameters.map(({ schema }) => schema),
  ])
  for (const schema of answers) expect(() => buildWriter(schema), JSON.stringify(schema)).not.toThrow()
  for (const schema of messages) expect(() => Compile(schema), JSON.stringify(schema)).not.toThrow()
  expect(Math.min(answers.length, messages.length)).toBeGreaterThan(operations.length)
})

import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import Fastify, { type RouteOptions } from 'fastify'
import { version } from '../version.ts'
import { noCompilers } from './wire/no-compilers.ts'

/**
 * Makes the OpenAPI document from the schemas of routes.
 *
 * It is made by an app that serves nothing and knows the routes by their form only, so that the one that serves need not have
 * the generator, and what that loads, at its start.
 */
export async function openApiDocument(routes: readonly RouteOptions[], baseUrl: string): Promise<object> {
  const app = Fastify({ schemaController: { compilersFactory: noCompilers } })
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => String)
  await app.register(swagger, openApiInfo(baseUrl))
  for (const { method, url, schema } of routes) {
    // Of every GET the framework makes one by itself.
    if (method === 'HEAD') continue
    app.route({ method, url, ...(schema === undefined ? {} : { schema }), handler: () => {} })
  }
  await app.ready()
  return app.swagger()
}

/** The head of the document. */
function openApiInfo(baseUrl: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Adjourn',
        version,
        description:
          'Registration, login, sessions, tokens and logout for headless sites. Each method of the identity API is documented at one address and answers at the others that its callers use.',
      },
      servers: [{ url: baseUrl }],
      components: {
        securitySchemes: {
          accessToken: { type: 'http', scheme: 'bearer', description: 'An access token, with or without "Bearer"' },
          apiKey: {
            type: 'apiKey',
            in: 'header',
            name: 'Authorization',
            description: 'An API key, alone or behind an access token and a comma',
          },
          administratorKey: { type: 'http', scheme: 'bearer' },
        },
      },
    },
  }
}

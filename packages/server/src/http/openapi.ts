import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'

/** The head of the OpenAPI document; the rest is made from the schemas of the routes. */
export function openApiInfo(baseUrl: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Adjourn',
        version: '0.1.0',
        description:
          'Registration, login, sessions, tokens and logout for headless sites. Each method of the identity API is documented at one address and answers at the others that its callers use.',
      },
      servers: [{ url: baseUrl }],
      components: {
        securitySchemes: {
          accessToken: { type: 'http', scheme: 'bearer', description: 'An access token, with or without "Bearer"' },
          administratorKey: { type: 'http', scheme: 'bearer' },
        },
      },
    },
  }
}

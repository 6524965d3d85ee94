import { type ContextClient, contextClient } from './context.ts'
import type { ApiRequest } from './transport.ts'

/** How a method is called and how its answer is read. */
export interface MethodSpec<Input, Output> {
  readonly request: (input: Input) => Omit<ApiRequest, 'authorization'>
  /** Of the message; as it is unless told. */
  readonly answer?: (message: never) => Output
}

/** How a method is called: with its input, which may be left out where it may be `undefined`. */
export type InputOf<Input> = undefined extends Input ? [input?: Input] : [input: Input]

const spec: unique symbol = Symbol('method')

/**
 * A method of the API. Called by itself it is made by the client of the context (see `enableContext`); as part of a module
 * that was given to `createClient`, by that client.
 */
export interface Method<Input, Output> {
  (...input: InputOf<Input>): Promise<Output>
  readonly [spec]: MethodSpec<Input, Output>
}

/** Makes a method. */
export function method<Input, Output>(made: MethodSpec<Input, Output>): Method<Input, Output> {
  const inContext = (input?: Input) => callMethod(contextClient(), made, input as Input)
  return Object.assign(inContext, { [spec]: made }) as Method<Input, Output>
}

/** The method as a client makes it. */
export function boundMethod<Input, Output>(
  client: Pick<ContextClient, 'call'>,
  { [spec]: made }: Method<Input, Output>,
): (...input: InputOf<Input>) => Promise<Output> {
  return (input?: Input) => callMethod(client, made, input as Input)
}

/** Whether something that a module exports is a method of the API, and not a helper. */
export function isMethod(value: unknown): value is Method<unknown, unknown> {
  return typeof value === 'function' && spec in value
}

async function callMethod<Input, Output>(
  client: Pick<ContextClient, 'call'>,
  { request, answer }: MethodSpec<Input, Output>,
  input: Input,
): Promise<Output> {
  const message = await client.call(request(input))
  return answer === undefined ? (message as Output) : answer(message as never)
}

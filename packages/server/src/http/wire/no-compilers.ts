/**
 * In the place of the framework's own compilers of schemas: unless others are there when an app is made, they are loaded, with
 * the whole of ajv, although the app is given its own right after.
 */
export const noCompilers = { buildValidator: noCompiler, buildSerializer: noCompiler }

function noCompiler(): never {
  throw new Error('Cannot compile a schema as the app was given no compiler')
}

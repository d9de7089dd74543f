import openapiTS, { astToString } from 'openapi-typescript'

/** @returns the source of src/openapi.ts for the text of an OpenAPI document. It lives here because its tool is this package's. */
export async function typesOf(document: string): Promise<string> {
  const types = astToString(await openapiTS(document, { alphabetize: true, defaultNonNullable: false }))
  return `// Made by tools/openapi.ts from docs/openapi.json; do not edit.\n\n${types}`
}

export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: other people's JSON, looked at field by field
  body: any
}

const answerMs = 20_000

/** One request; whoever hears nothing for too long gives up. */
export async function call(
  method: string,
  url: string,
  options: { body?: object; bearer?: string; signal?: AbortSignal } = {},
): Promise<Answer> {
  const { body, bearer, signal } = options
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(bearer && { authorization: `Bearer ${bearer}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.any([AbortSignal.timeout(answerMs), ...(signal ? [signal] : [])]),
  })
  const text = await response.text()
  return { status: response.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : {} }
}

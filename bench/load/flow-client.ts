import { Agent, request } from 'node:http'
import { json } from 'node:stream/consumers'

/** The site's backend: makes login flows by the public API. */
export interface FlowClient {
  create(): Promise<CreatedFlow>
  close(): void
}

interface CreatedFlow {
  readonly id: string
  readonly secret: string
  readonly qr: { readonly content: string }
}

export interface FlowClientOptions {
  readonly account: { readonly port: number; readonly appid: string }
  readonly apiKey: string
}

export function createFlowClient({ account, apiKey }: FlowClientOptions): FlowClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  let visitors = 0

  const create = (): Promise<CreatedFlow> => {
    visitors += 1
    // A visitor each: the limit for one address is not what is measured.
    const ip = `10.${(visitors >> 16) & 255}.${(visitors >> 8) & 255}.${visitors & 255}`
    const body = JSON.stringify({
      kind: 'login',
      account: account.appid,
      expires_in: 1800,
      browser: {
        ip,
        user_agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36',
      },
    })
    return new Promise((resolve, reject) => {
      request({
        agent,
        host: '127.0.0.1',
        port: account.port,
        method: 'POST',
        path: '/v1/flows',
        headers: {
          authorization: `Bearer ${apiKey}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      })
        .on('error', reject)
        .on('response', async (response) => {
          try {
            const answer = (await json(response)) as CreatedFlow
            if (response.statusCode === 201) resolve(answer)
            else reject(new Error(`POST /v1/flows answered ${response.statusCode}: ${JSON.stringify(answer)}`))
          } catch (error) {
            reject(error)
          }
        })
        .end(body)
    })
  }
  return { create, close: () => agent.destroy() }
}

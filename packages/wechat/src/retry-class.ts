import type { RetryClass } from './errors.ts'

/** @see https://developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html */
const CODES: Readonly<Record<RetryClass, readonly number[]>> = {
  backoff: [
    -1, 43108, 45033, 45169, 61005, 61006, 89501, 89502, 89504, 89505, 268487001, 268487002,
    // Authorise page: too frequent.
    10009,
  ],
  token: [40001, 40014, 42001, 42006],
  quota_minute: [45011],
  quota_day: [40251, 45009, 45102, 48006],
  config: [
    40013, 40036, 40037, 40054, 40055, 40091, 40094, 40125, 40164, 40165, 40166, 40201, 40243, 40246, 40247, 40252,
    43104, 43106, 43107, 43116, 45026, 45027, 45029, 45035, 45064, 45086, 45087, 45094, 45103, 48001, 48003, 48004,
    48008, 50001, 50004, 50007, 61003, 61004, 61007, 61016, 61017, 61023, 61028, 63178, 63183, 65303, 65308, 65309,
    89000, 89001, 89002, 89003, 89004, 89503, 89506, 89507, 200011, 200012, 200013, 200100,
    // Authorise page: domain, ban, scope, third party.
    10003, 10004, 10005, 10015, 10016,
  ],
  // Every code not named here is permanent, too: better a call that fails once than one repeated for ever.
  request: [],
  user: [
    40003, 43004, 43005, 43019, 43101, 46004, 48002, 49003, 50002, 50005, 70000,
    // Authorise page: follow the test account first.
    10006,
  ],
  user_time: [45015, 45047, 45080],
  reauth: [40029, 40030, 40163, 42002, 42003, 42007, 61009, 61010],
}

const CLASSES = new Map<number, RetryClass>()
for (const retry of Object.keys(CODES) as RetryClass[]) for (const code of CODES[retry]) CLASSES.set(code, retry)

/**
 * What may be done about an `errcode`. `path` matters where one code has several meanings: 40001 is a wrong secret on the
 * calls that ask for a token, and a person's own token in `sns`.
 */
export function retryClassOf(errcode: number, path = ''): RetryClass {
  const retry = CLASSES.get(errcode) ?? 'request'
  if (path.startsWith('/sns/')) return retryClassOfSns(errcode, path, retry)
  if (retry === 'token' && (path === '/cgi-bin/token' || path === '/cgi-bin/stable_token')) return 'config'
  return retry
}

function retryClassOfSns(errcode: number, path: string, retry: RetryClass): RetryClass {
  if (errcode === 48001) return 'request'
  if (errcode === 50001) return 'reauth'
  if (retry !== 'token') return retry
  return path.startsWith('/sns/oauth2/') ? 'config' : 'reauth'
}

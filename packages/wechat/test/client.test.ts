import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError, createWechatClient, LimitError, type WechatClientOptions } from '../src/index.ts'
import { json, type Platform, startPlatform, text } from './platform.ts'

const SECRET = 'secret1'
let platform: Platform

beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(async () => {
  await platform.close()
})

function client(options: Partial<WechatClientOptions> = {}) {
  return createWechatClient({
    appid: 'wx1',
    secret: SECRET,
    hosts: { api: [platform.origin] },
    timeoutMs: 2000,
    token: { get: async () => 'held', invalidate: async (used) => used },
    ...options,
  })
}

describe('tokens', () => {
  it('token is a GET, stable_token a POST whose force is off unless asked for', async () => {
    platform.answer(json({ access_token: 'A', expires_in: 7200 }))
    expect(await client().token()).toEqual({ accessToken: 'A', expiresIn: 7200 })
    await client().stableToken()
    await client().stableToken({ forceRefresh: true })
    expect(platform.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /cgi-bin/token',
      'POST /cgi-bin/stable_token',
      'POST /cgi-bin/stable_token',
    ])
    expect(Object.fromEntries(platform.seen[0]?.query ?? [])).toEqual({
      grant_type: 'client_credential',
      appid: 'wx1',
      secret: SECRET,
    })
    expect(platform.seen.slice(1).map(({ body }) => JSON.parse(body).force_refresh)).toEqual([false, true])
  })

  it('fifty calls at once fetch one token', async () => {
    platform.answer(({ path }, response) => {
      response.end(path === '/cgi-bin/stable_token' ? '{"access_token":"A","expires_in":7200}' : '{"ip_list":[]}')
    })
    const own = createWechatClient({ appid: 'wx1', secret: SECRET, hosts: { api: [platform.origin] } })
    await Promise.all(Array.from({ length: 50 }, () => own.callbackIps()))
    expect(platform.seen.filter(({ path }) => path === '/cgi-bin/stable_token')).toHaveLength(1)
    expect(platform.seen.filter(({ query }) => query.get('access_token') === 'A')).toHaveLength(50)
  })

  it.each([40001, 40014, 42001])('%i is answered by one refresh and one retry', async (errcode) => {
    platform.answer(({ query }, response) => {
      response.end(
        query.get('access_token') === 'new' ? '{"ip_list":["1.2.3.4"]}' : JSON.stringify({ errcode, errmsg: 'x' }),
      )
    })
    const invalidated: string[] = []
    const token = {
      get: async () => 'old',
      invalidate: async (used: string) => {
        invalidated.push(used)
        return 'new'
      },
    }
    expect(await client({ token }).callbackIps()).toEqual(['1.2.3.4'])
    expect(invalidated).toEqual(['old'])
  })

  it('a refused token is not tried again when there is none better, nor a second time', async () => {
    platform.answer(json({ errcode: 40001, errmsg: 'invalid credential' }))
    await expect(client().callbackIps()).rejects.toMatchObject({ errcode: 40001, retry: 'token' })
    expect(platform.seen).toHaveLength(1)
    platform.seen.length = 0
    const token = { get: async () => 'old', invalidate: async () => 'new' }
    await expect(client({ token }).callbackIps()).rejects.toMatchObject({ errcode: 40001 })
    expect(platform.seen).toHaveLength(2)
  })

  it('a refused secret is the operator’s affair and asks for no new token', async () => {
    platform.answer(json({ errcode: 40001, errmsg: 'invalid credential' }))
    await expect(client().stableToken()).rejects.toMatchObject({ retry: 'config' })
    expect(platform.seen).toHaveLength(1)
  })
})

describe('calls', () => {
  it.each([
    [
      { kind: 'QR_SCENE', scene: 4294967295 },
      { expire_seconds: 60, action_name: 'QR_SCENE', action_info: { scene: { scene_id: 4294967295 } } },
    ],
    [
      { kind: 'QR_STR_SCENE', scene: 'x'.repeat(64), expireSeconds: 2592000 },
      { expire_seconds: 2592000, action_name: 'QR_STR_SCENE', action_info: { scene: { scene_str: 'x'.repeat(64) } } },
    ],
    [
      { kind: 'QR_LIMIT_SCENE', scene: 100000 },
      { action_name: 'QR_LIMIT_SCENE', action_info: { scene: { scene_id: 100000 } } },
    ],
    [
      { kind: 'QR_LIMIT_STR_SCENE', scene: '海报' },
      { action_name: 'QR_LIMIT_STR_SCENE', action_info: { scene: { scene_str: '海报' } } },
    ],
  ] as const)('qrcode/create sends %o', async (request, body) => {
    platform.answer(json({ ticket: 'gQ+/==', url: 'http://weixin.qq.com/q/1', expire_seconds: 0 }))
    const qrcode = await client().qrcodeCreate(request)
    expect(JSON.parse(platform.seen[0]?.body ?? '')).toEqual(body)
    const life = 'expire_seconds' in body ? { expireSeconds: body.expire_seconds } : {}
    expect(qrcode).toEqual({ ticket: 'gQ+/==', url: 'http://weixin.qq.com/q/1', ...life })
  })

  it.each([
    { kind: 'QR_SCENE', scene: 0 },
    { kind: 'QR_SCENE', scene: 4294967296 },
    { kind: 'QR_SCENE', scene: 1.5 },
    { kind: 'QR_SCENE', scene: Number.NaN },
    { kind: 'QR_SCENE', scene: 1, expireSeconds: 0 },
    { kind: 'QR_SCENE', scene: 1, expireSeconds: 2592001 },
    { kind: 'QR_STR_SCENE', scene: '' },
    { kind: 'QR_STR_SCENE', scene: 'x'.repeat(65) },
    { kind: 'QR_LIMIT_SCENE', scene: 100001 },
    { kind: 'QR_LIMIT_STR_SCENE', scene: '' },
  ] as const)('qrcode/create refuses %o before it sends', async (request) => {
    platform.answer(json({}))
    await expect(client().qrcodeCreate(request)).rejects.toBeInstanceOf(LimitError)
    expect(platform.seen).toHaveLength(0)
  })

  it('showqrcode is an address, its ticket encoded', () => {
    expect(client().showQrcodeUrl('gQ+/==')).toBe('https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQ%2B%2F%3D%3D')
  })

  it('user/info of a follower and of a stranger', async () => {
    platform.answer(
      json({
        subscribe: 1,
        openid: 'o1',
        language: 'zh_CN',
        subscribe_time: 1752000000,
        unionid: 'u1',
        remark: '',
        groupid: 0,
        tagid_list: [128, 2],
        subscribe_scene: 'ADD_SCENE_QR_CODE',
        qr_scene: 4294967294,
        qr_scene_str: 's',
      }),
    )
    expect(await client().userInfo('o1')).toEqual({
      openid: 'o1',
      subscribe: true,
      subscribeTime: 1752000000,
      unionid: 'u1',
      tagidList: [128, 2],
      subscribeScene: 'ADD_SCENE_QR_CODE',
      qrScene: '4294967294',
      qrSceneStr: 's',
    })
    expect(platform.seen[0]?.query.get('openid')).toBe('o1')
    platform.answer(json({ subscribe: 0, openid: 'o2', tagid_list: [], qr_scene: 0, qr_scene_str: '' }))
    expect(await client().userInfo('o2')).toEqual({ openid: 'o2', subscribe: false, tagidList: [] })
  })

  it('batchget asks for up to a hundred', async () => {
    platform.answer(json({ user_info_list: [{ subscribe: 0, openid: 'o1' }] }))
    expect(await client().userInfoBatchget(['o1'])).toEqual([{ openid: 'o1', subscribe: false }])
    expect(JSON.parse(platform.seen[0]?.body ?? '')).toEqual({ user_list: [{ openid: 'o1', lang: 'zh_CN' }] })
    await expect(client().userInfoBatchget([])).rejects.toBeInstanceOf(LimitError)
    await expect(client().userInfoBatchget(Array(101).fill('o'))).rejects.toBeInstanceOf(LimitError)
    expect(platform.seen).toHaveLength(1)
  })

  it('user/get has a next page until it has not', async () => {
    platform.answer(json({ total: 2, count: 2, data: { openid: ['o1', 'o2'] }, next_openid: 'o2' }))
    expect(await client().userGet()).toEqual({ total: 2, openids: ['o1', 'o2'], nextOpenid: 'o2' })
    platform.answer(json({ total: 2, count: 0, next_openid: '' }))
    expect(await client().userGet('o2')).toEqual({ total: 2, openids: [] })
    expect(platform.seen[0]?.query.get('next_openid')).toBe('o2')
  })

  it('jsapi tickets', async () => {
    platform.answer(json({ errcode: 0, errmsg: 'ok', ticket: 't', expires_in: 7200 }))
    expect(await client().jsapiTicket()).toEqual({ ticket: 't', expiresIn: 7200 })
  })

  it('the page on which one message is allowed', () => {
    const request = { templateId: 't_1-', scene: 7, redirectUrl: 'https://a.example/cb?x=1', reserved: 'abc1' }
    expect(client().subscribeUrl(request)).toBe(
      'https://mp.weixin.qq.com/mp/subscribemsg?action=get_confirm&appid=wx1&scene=7&template_id=t_1-' +
        '&redirect_url=https%3A%2F%2Fa.example%2Fcb%3Fx%3D1&reserved=abc1#wechat_redirect',
    )
    for (const wrong of [
      { scene: 10_001 },
      { scene: -1 },
      { scene: 1.5 },
      { reserved: '' },
      { reserved: 'a-b' },
      { reserved: 'a'.repeat(129) },
      { redirectUrl: 'javascript:alert(1)' },
    ])
      expect(() => client().subscribeUrl({ ...request, ...wrong })).toThrow(LimitError)
  })

  it('web authorisation: the address, the exchange, the snapshot warning, the profile', async () => {
    const url = client().authorizeUrl({
      redirectUri: 'https://a.example/cb?x=1',
      scope: 'snsapi_userinfo',
      state: 'abc1',
      forcePopup: true,
      forceSnapShot: true,
    })
    expect(url).toBe(
      'https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1&redirect_uri=https%3A%2F%2Fa.example%2Fcb%3Fx%3D1' +
        '&response_type=code&scope=snsapi_userinfo&state=abc1&forcePopup=true&forceSnapShot=true#wechat_redirect',
    )
    for (const state of ['', 'a-b', 'a'.repeat(129)]) {
      const request = { redirectUri: 'https://a.example', scope: 'snsapi_base', state } as const
      expect(() => client().authorizeUrl(request)).toThrow(LimitError)
    }
    const exchange = { access_token: 'P', expires_in: 7200, refresh_token: 'R', openid: 'o1', scope: 'snsapi_base' }
    platform.answer(json(exchange))
    const expected = { accessToken: 'P', expiresIn: 7200, refreshToken: 'R', openid: 'o1', scope: 'snsapi_base' }
    expect(await client().oauthAccessToken('code1')).toEqual({ ...expected, isSnapshotUser: false })
    expect(platform.seen[0]?.query.get('code')).toBe('code1')
    for (const flag of [1, '1', true]) {
      platform.answer(json({ ...exchange, is_snapshotuser: flag }))
      expect(await client().oauthAccessToken('code1')).toMatchObject({ isSnapshotUser: true })
    }
    platform.answer(json({ openid: 'o1', nickname: '小明', headimgurl: 'https://h/0', privilege: [], unionid: 'u' }))
    expect(await client().snsUserinfo({ accessToken: 'P', openid: 'o1' })).toEqual({
      openid: 'o1',
      nickname: '小明',
      headimgurl: 'https://h/0',
      privilege: [],
      unionid: 'u',
    })
  })

  it('any other: JSON in raw UTF-8, big integers back as strings', async () => {
    platform.answer(text('{"errcode":0,"errmsg":"ok","msgid":3512345678901234567,"small":42,"ratio":1.5}'))
    const answer = await client().call('/cgi-bin/message/template/send', { body: { data: '好' }, query: { a: '1 2' } })
    expect(answer).toMatchObject({ msgid: '3512345678901234567', small: 42, ratio: 1.5 })
    expect(platform.seen[0]).toMatchObject({ method: 'POST', body: '{"data":"好"}' })
    expect(platform.seen[0]?.query.get('a')).toBe('1 2')
  })

  it.each(['cgi-bin/x', '//evil.example/x', '/x?y', '/../x', '@evil.example', '/x#y', ''])(
    'refuses the path %s',
    async (path) => {
      platform.answer(json({}))
      await expect(client().call(path)).rejects.toBeInstanceOf(ConfigError)
      expect(platform.seen).toHaveLength(0)
    },
  )
})

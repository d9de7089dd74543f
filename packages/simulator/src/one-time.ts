/** Confirmed one-time subscriptions (一次性订阅消息): one message each, by account, openid and scene. */
export type OneTime = {
  confirm(appid: string, openid: string, scene: string): void
  /** False when there is none left. */
  take(appid: string, openid: string, scene: string): boolean
  clear(): void
}

export function createOneTime(): OneTime {
  const confirmed = new Map<string, number>()
  const key = (appid: string, openid: string, scene: string) => `${appid}|${openid}|${scene}`
  return {
    confirm(appid, openid, scene) {
      const one = key(appid, openid, scene)
      confirmed.set(one, (confirmed.get(one) ?? 0) + 1)
    },
    take(appid, openid, scene) {
      const left = confirmed.get(key(appid, openid, scene)) ?? 0
      if (left > 0) confirmed.set(key(appid, openid, scene), left - 1)
      return left > 0
    },
    clear: () => confirmed.clear(),
  }
}

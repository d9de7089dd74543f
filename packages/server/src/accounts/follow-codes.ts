import { NetworkError, WechatError } from '@hufu/wechat'
import type { Job } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import type { Accounts } from './accounts.ts'
import { followScene } from './input.ts'
import { listWithoutFollowCode, setFollowCode } from './queries.ts'

/**
 * Accounts that are shown to the people of others have a code of their own. Where the operator has named none, WeChat is asked for a permanent one,
 * once, and it is kept: no page ever asks. For the same scene WeChat gives the same code, so that asking twice costs nothing but the call.
 */
export function createFollowCodes(deps: { store: Store; clock: Clock; accounts: Accounts }): {
  make(job: Job): Promise<void>
} {
  const { store, clock, accounts } = deps
  return {
    async make({ write, signal }) {
      for (const appid of await listWithoutFollowCode(store.db)) {
        const account = accounts.find(appid)
        if (!account?.capabilities.parametricQr) continue
        if (signal.aborted) return
        try {
          const { url } = await account.client.qrcodeCreate({ kind: 'QR_LIMIT_STR_SCENE', scene: followScene })
          await write((tx) => setFollowCode(tx, appid, url, clock.now()))
        } catch (error) {
          // One account that cannot be asked must not take the others with it; WeChat's page with the code stands in for it until the next time.
          if (!(error instanceof WechatError || error instanceof NetworkError)) throw error
        }
      }
      await accounts.reload()
    },
  }
}

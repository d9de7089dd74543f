import { setTimeout as delay } from 'node:timers/promises'
import { DomainError } from '../errors.ts'
import type { Progress } from '../followers/reconciling/reconciling.ts'
import { createBar } from './bar.ts'
import { print, UsageError, withInstallation } from './usage.ts'

const lookEveryMs = 500
/** A server looks for work every second. */
const patienceMs = 20_000

/** Orders a round from the running server, and shows how far it is. */
export async function reconcile(appid: string | undefined, usage: string): Promise<void> {
  if (!appid) throw new UsageError(usage)
  await withInstallation(async ({ accounts, reconciling, outbox, clock }) => {
    const account = accounts.get(appid)
    const before = await reconciling.progress(appid)
    if ((await reconciling.want([account], 0)) === 0) {
      const reason = account.capabilities.userInfo
        ? 'HUFU_RECONCILE_PERCENT is 0: nothing is ever compared.'
        : 'WeChat shows the followers of verified accounts only.'
      throw new DomainError('account_capability_missing', reason)
    }
    const wantedAt = (await reconciling.progress(appid))?.wanted_at ?? 0
    await outbox.hasten('followers.reconcile')
    const bar = createBar()
    const giveUpAt = clock.now() + patienceMs
    for (let hasBegun = false; ; ) {
      const now = await reconciling.progress(appid)
      hasBegun ||= now?.started_at !== before?.started_at || now?.step !== before?.step
      // A round that was under way ends first.
      if (now && isOver(now, wantedAt)) {
        bar.end()
        return print(`Compared: ${now.total} followers at WeChat, ${now.found} found, ${now.gone} gone.`)
      }
      if (now?.last_error && now.next_at > clock.now()) {
        bar.end()
        process.exitCode = 1
        return print(`${now.last_error}. It goes on at ${new Date(now.next_at).toISOString()}.`)
      }
      if (now && hasBegun) bar.show(now.step === 'compare' ? 'comparing' : 'listed', now.listed, now.total)
      else if (clock.now() > giveUpAt) {
        bar.end()
        return print('Ordered. No server seems to be running: it is done once one is.')
      }
      await delay(lookEveryMs)
    }
  })
}

function isOver({ step, started_at, ended_at }: Progress, wantedAt: number): boolean {
  return step === 'rest' && ended_at !== null && (started_at ?? 0) >= wantedAt
}

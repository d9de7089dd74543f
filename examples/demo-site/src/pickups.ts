import { HufuError, type MessageInput } from '@hufu/client'
import type { Links } from './links.ts'

export type Pickups = ReturnType<typeof createPickups>

/** What we ask people for with this number is allowed for nothing else. */
const scene = 1

/** One message for one yes (一次性订阅消息): customers ask us to be told when a parcel can be collected. */
export function createPickups({ links, template }: { links: Links; template: string }) {
  return {
    /** @returns where WeChat asks this customer, and nobody else */
    async ask(hufuUserId: string, returnUrl: string): Promise<string> {
      const body = { template_id: template, scene, return_url: returnUrl }
      return (await links.client().users.askOneTime(hufuUserId, body)).url
    },
    /** How many messages the customer has allowed and not yet got; undefined where Hufu does not say. */
    async allowed(hufuUserId: string): Promise<number | undefined> {
      try {
        const wechats = await links.client().users.reach(hufuUserId)
        const all = wechats.flatMap(({ one_time }) => one_time)
        const ours = all.filter((one) => one.template_id === template && one.scene === scene)
        return ours.reduce((sum, { remaining }) => sum + remaining, 0)
      } catch (error) {
        if (!(error instanceof HufuError)) throw error
        return undefined
      }
    },
    message: (orderId: string, tea: string): Pick<MessageInput, 'one_time'> => ({
      one_time: {
        template_id: template,
        scene,
        title: '取件提醒',
        content: `您的${tea}已到自提点，请凭单号取件。\n单号：${orderId}`,
      },
    }),
  }
}

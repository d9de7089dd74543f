import { Type } from 'typebox'
import type { Reachability as ReachabilityNow } from './reach.ts'
import { reasonSchema, waySchema } from './schemas.ts'
import { allWays, refusalOf, refused } from './ways.ts'

export const Reachability = Type.Object(
  {
    account: Type.String({ description: 'appid' }),
    following: Type.Boolean(),
    muted: Type.Boolean({ description: 'The person wants no notices of your app; codes still come' }),
    templates: Type.Object({ allowed: Type.Boolean(), reason: Type.Optional(reasonSchema) }),
    subscriptions: Type.Array(
      Type.Object({
        template: Type.String(),
        name: Type.Optional(Type.String()),
        title: Type.String(),
        remaining: Type.Optional(Type.Integer({ description: 'Absent: as many as you like' })),
      }),
    ),
    one_time: Type.Array(
      Type.Object({ template_id: Type.String(), scene: Type.Integer(), remaining: Type.Integer() }),
      { description: 'One-time subscription messages that they have allowed, each for one scene' },
    ),
    ways: Type.Array(
      Type.Object({
        way: waySchema,
        allowed: Type.Boolean(),
        reason: Type.Optional(reasonSchema),
        advice: Type.Optional(Type.String({ description: 'What you can do, for whoever writes your site' })),
      }),
    ),
    text: Type.Optional(
      Type.Object(
        { until: Type.String({ format: 'date-time' }), remaining: Type.Integer() },
        {
          description:
            'What the person did keeps the chat open: for two days what they wrote, for a minute a tap, a scan or their following. `until` is the longest of these, `remaining` what is left of all',
        },
      ),
    ),
  },
  { $id: 'Reachability' },
)

export function presentReach(now: ReachabilityNow) {
  const { account, isFollowing, isMuted, templates, subscriptions, oneTime, window } = now
  return {
    account: account.appid,
    following: isFollowing,
    muted: isMuted,
    templates: { allowed: templates === undefined, ...(templates && { reason: templates }) },
    subscriptions: subscriptions.map(({ template, remaining }) => ({
      template: template.templateId,
      ...(template.name && { name: template.name }),
      title: template.title,
      ...(template.isOneTime && { remaining }),
    })),
    one_time: oneTime.map(({ templateId, ...more }) => ({ template_id: templateId, ...more })),
    ways: allWays.map((way) => {
      const reason = refusalOf({ via: way }, now)
      return reason === undefined ? { way, allowed: true } : { allowed: false, ...refused(way, reason), reason }
    }),
    ...(window && { text: { until: new Date(window.until).toISOString(), remaining: window.left } }),
  }
}

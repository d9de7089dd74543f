import { Type } from 'typebox'
import { externalUserIdSchema } from '../http/server.ts'
import type { FlowKind } from '../store/tables.ts'
import type { FlowView } from './view.ts'

const Assurance = Type.Unsafe<'instant' | 'tap' | 'number' | 'code'>({
  type: 'string',
  enum: ['instant', 'tap', 'number', 'code'],
  description: 'How sure the flow must be before it confirms',
})
const Entry = Type.Unsafe<'qr' | 'page' | 'chat'>({
  type: 'string',
  enum: ['qr', 'page', 'chat'],
  description:
    '`qr`: scan the account’s code and follow · `page`: scan a page of Hufu, nobody has to follow · `chat`: follow, and type a code in the chat',
})
const Kind = Type.Unsafe<FlowKind>({
  type: 'string',
  enum: ['login', 'bind', 'verify'],
  description: '`verify`: a yes to one purpose. It changes nothing about anybody, and logs nobody in',
})
const purpose = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'Kind `verify`: what the yes is for, in the person’s words: the phone shows it',
})

export const NewFlowSchema = Type.Object(
  {
    kind: Kind,
    external_user_id: Type.Optional(externalUserIdSchema),
    purpose: Type.Optional(purpose),
    user: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description:
          'Kind `verify`: `us_…`, or your own id. Nobody else’s WeChat may approve; without it, whoever scans',
      }),
    ),
    display_name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: 'Shown masked on the phone, so that a person sees whose account is asked for',
      }),
    ),
    account: Type.Optional(Type.String({ maxLength: 32, description: 'appid of the Official Account to use' })),
    entry: Type.Optional(Entry),
    expires_in: Type.Optional(
      Type.Integer({ minimum: 5, maximum: 1800, description: 'Seconds; login 180, bind and verify 300 by default' }),
    ),
    assurance: Type.Optional(Assurance),
    browser_binding: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description: 'Opaque value of your own session; redeem must repeat it',
      }),
    ),
    reauthenticated_at: Type.Optional(
      Type.String({ maxLength: 64, description: 'RFC 3339: when your user last authenticated' }),
    ),
    return_to: Type.Optional(Type.String({ maxLength: 2048, description: 'One of the app’s registered return URLs' })),
    locale: Type.Optional(Type.Unsafe<'zh-CN' | 'en'>({ type: 'string', enum: ['zh-CN', 'en'] })),
    browser: Type.Optional(
      Type.Object(
        {
          ip: Type.Optional(Type.String({ maxLength: 64 })),
          user_agent: Type.Optional(Type.String({ maxLength: 1024 })),
        },
        { additionalProperties: false, description: 'The visitor’s, as your server saw it' },
      ),
    ),
    metadata: Type.Optional(
      Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 512 }), {
        maxProperties: 16,
        description: 'Yours; given back to your backend',
      }),
    ),
  },
  { additionalProperties: false },
)

/** Shown by flows, and by what a flow is redeemed for. */
export const ProfileSchema = Type.Object(
  { nickname: Type.String(), avatar_url: Type.Optional(Type.String()) },
  {
    description:
      'What WeChat says of the person, where your app asks for it and the person agreed. Nicknames prove nothing',
  },
)

export const FlowSchema = Type.Unsafe<FlowView & { secret?: string }>(
  Type.Object(
    {
      id: Type.String(),
      kind: Kind,
      purpose: Type.Optional(purpose),
      state: Type.String({
        enum: [
          'waiting',
          'scanned',
          'registration_required',
          'confirmed',
          'completed',
          'declined',
          'expired',
          'cancelled',
          'failed',
        ],
      }),
      reason: Type.Optional(
        Type.String({
          enum: ['wechat_already_bound', 'user_already_bound', 'too_many_tries', 'snapshot_user', 'not_following'],
        }),
      ),
      next: Type.Unsafe<string | null>({
        type: ['string', 'null'],
        enum: ['scan', 'phone', 'enter_code', 'register', 'finish', null],
        description: 'What the page has to do',
      }),
      assurance: Assurance,
      number: Type.Optional(
        Type.String({ description: 'Two digits to type on the phone; only for the browser secret' }),
      ),
      qr: Type.Object({ content: Type.String(), svg: Type.String() }),
      wechat_url: Type.Optional(
        Type.String({ description: 'For a page that is open inside WeChat itself, instead of the QR code' }),
      ),
      registration: Type.Optional(
        Type.Object(
          {
            methods: Type.Array(Type.String({ enum: ['email', 'phone'] })),
            sent: Type.Optional(
              Type.Object(
                {
                  method: Type.String({ enum: ['email', 'phone'] }),
                  to: Type.String({ description: 'Masked' }),
                  expires_at: Type.String({ format: 'date-time' }),
                  resend_at: Type.String({ format: 'date-time', description: 'When another code may be asked for' }),
                },
                { description: 'Only in the answer to the call that sent a code' },
              ),
            ),
          },
          { description: 'While `next` is `register`: how the person who is unknown may register' },
        ),
      ),
      entry: Entry,
      chat_code: Type.Optional(
        Type.String({
          description: 'To be typed in the account’s chat, beside the QR code that leads there; entry `chat`',
        }),
      ),
      display_name: Type.Optional(Type.String()),
      account: Type.Object({ appid: Type.String(), name: Type.String() }),
      app: Type.Object({ id: Type.String(), name: Type.String() }),
      profile: Type.Optional(ProfileSchema),
      metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
      return_to: Type.Optional(Type.String()),
      expires_at: Type.String({ format: 'date-time' }),
      completion_code: Type.Optional(
        Type.String({
          description: 'Only for the browser secret, from confirmed until redeemed; 60 s from when it was first read',
        }),
      ),
      secret: Type.Optional(
        Type.String({ description: 'The browser secret; only in the answer to the call that began the flow' }),
      ),
    },
    { $id: 'Flow' },
  ),
)

const code = Type.String({ minLength: 1, maxLength: 32 })

/** What a browser sends to register the person who was unknown. */
export const RegistrationSchema = Type.Object(
  {
    email: Type.Optional(Type.String({ minLength: 1, maxLength: 320 })),
    password: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 512,
        description: 'With `email`: the password they choose, 8 to 128 characters',
      }),
    ),
    email_code: Type.Optional(code),
    phone: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
    sms_code: Type.Optional(code),
    link: Type.Optional(
      Type.Boolean({
        description: 'After `credential_proof_required`: link this WeChat with the account that is there',
      }),
    ),
  },
  { additionalProperties: false },
)

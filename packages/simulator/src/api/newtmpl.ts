import { CATEGORIES, compose, findInLibrary, LIBRARY } from '../templates/library.ts'
import { lengthOf } from '../templates/rules.ts'
import { MOST_TEMPLATES } from '../templates/templates.ts'
import { type Api, OK, type Query, single } from './calls.ts'
import { ApiError } from './errors.ts'

function wholeNumber(text: string | undefined, most: number, errcode: number): number {
  const value = /^\d+$/.test(text ?? '') ? Number(text) : Number.NaN
  if (!(value <= most)) throw new ApiError(errcode)
  return value
}

function readCategories({ ids }: Query): number[] {
  if (!ids || !/^\d+(,\d+)*$/.test(ids)) throw new ApiError(200018)
  const wanted = ids.split(',').map(Number)
  if (wanted.some((id) => !CATEGORIES.some((category) => category.id === id))) throw new ApiError(200019)
  return wanted
}

function libraryTemplate(tid: unknown) {
  const found = findInLibrary(single(tid) ?? '')
  if (found === undefined) throw new ApiError(200014)
  return found
}

/** The list of subscription templates. @see https://developers.weixin.qq.com/doc/service/api/notify/notify/api_addtemplate.html */
export const NEWTMPL_APIS: Api[] = [
  {
    path: '/wxaapi/newtmpl/getcategory',
    method: 'GET',
    credential: 'token',
    needs: 'notices',
    answer: () => ({ ...OK, data: CATEGORIES }),
  },
  {
    path: '/wxaapi/newtmpl/getpubtemplatetitles',
    method: 'GET',
    credential: 'token',
    needs: 'notices',
    answer({ query }) {
      const categories = readCategories(query)
      const start = wholeNumber(query.start, Number.MAX_SAFE_INTEGER, 200016)
      const limit = wholeNumber(query.limit, 30, 200017)
      const found = LIBRARY.filter(({ categoryId }) => categories.includes(categoryId))
      const data = found.slice(start, start + limit).map(({ tid, title, type, categoryId }) => ({
        tid,
        title,
        type,
        categoryId: String(categoryId),
      }))
      return { ...OK, count: found.length, data }
    },
  },
  {
    path: '/wxaapi/newtmpl/getpubtemplatekeywords',
    method: 'GET',
    credential: 'token',
    needs: 'notices',
    answer({ query }) {
      const { keywords } = libraryTemplate(query.tid)
      return { ...OK, count: keywords.length, data: keywords }
    },
  },
  {
    path: '/wxaapi/newtmpl/addtemplate',
    method: 'POST',
    credential: 'token',
    needs: 'notices',
    answer({ world, account, body }) {
      const { title, type, keywords } = libraryTemplate(body.tid)
      const kids: unknown[] = Array.isArray(body.kidList) ? body.kidList : []
      const chosen = kids.flatMap((kid) => keywords.filter((keyword) => keyword.kid === kid))
      const isWhole = chosen.length === kids.length && new Set(kids).size === kids.length
      if (!isWhole || kids.length < 2 || kids.length > 5) throw new ApiError(200020)
      const scene = body.sceneDesc ?? ''
      if (typeof scene !== 'string' || lengthOf(scene) > 15) throw new ApiError(200021)
      const own = world.templates.list(account, 'subscribe')
      const composed = compose(chosen)
      if (own.some((one) => one.title === title && one.content === composed.content)) throw new ApiError(200022)
      if (own.length >= MOST_TEMPLATES) throw new ApiError(200012)
      const { template_id } = world.templates.add(account, { kind: 'subscribe', title, type, ...composed })
      return { ...OK, priTmplId: template_id }
    },
  },
  {
    path: '/wxaapi/newtmpl/gettemplate',
    method: 'GET',
    credential: 'token',
    needs: 'notices',
    answer: ({ world, account }) => ({
      ...OK,
      data: world.templates.list(account, 'subscribe').map(({ template_id, title, content, example, type, enums }) => ({
        priTmplId: template_id,
        title,
        content,
        example,
        type,
        ...(Object.keys(enums).length > 0 && {
          keywordEnumValueList: Object.entries(enums).map(([key, enumValueList]) => ({
            keywordCode: `${key}.DATA`,
            enumValueList,
          })),
        }),
      })),
    }),
  },
  {
    path: '/wxaapi/newtmpl/deltemplate',
    method: 'POST',
    credential: 'token',
    needs: 'notices',
    answer({ world, account, body }) {
      const template = world.templates.find(account, 'subscribe', body.priTmplId)
      if (template === undefined) throw new ApiError(200002)
      world.templates.remove(account, template)
      return OK
    },
  },
]

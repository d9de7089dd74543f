import { findIndustry } from '../templates/industries.ts'
import { compose, findInLibrary } from '../templates/library.ts'
import { MOST_TEMPLATES } from '../templates/templates.ts'
import { type Api, OK, single } from './calls.ts'
import { ApiError } from './errors.ts'

const UNSET = { first_class: '', second_class: '' }

/** Industry and list of templates. @see https://developers.weixin.qq.com/doc/service/api/notify/template/api_addtemplate.html */
export const TEMPLATE_APIS: Api[] = [
  {
    path: '/cgi-bin/template/api_set_industry',
    method: 'POST',
    credential: 'token',
    needs: 'template_library',
    answer({ world, account, body }) {
      const primary = findIndustry(body.industry_id1)
      const secondary = findIndustry(body.industry_id2)
      if (primary === undefined || secondary === undefined) throw new ApiError(40097)
      world.templates.setIndustries(account, { primary, secondary })
      return OK
    },
  },
  {
    path: '/cgi-bin/template/get_industry',
    method: 'GET',
    credential: 'token',
    needs: 'template_library',
    answer({ world, account }) {
      const { primary, secondary } = world.templates.industries(account) ?? { primary: UNSET, secondary: UNSET }
      return { primary_industry: primary, secondary_industry: secondary }
    },
  },
  {
    path: '/cgi-bin/template/api_add_template',
    method: 'POST',
    credential: 'token',
    needs: 'template_library',
    answer({ world, account, body }) {
      const short = single(body.template_id_short) ?? ''
      if (/^(OPEN)?TM\d+$/.test(short)) throw new ApiError(40247)
      const found = findInLibrary(short)
      if (found === undefined) throw new ApiError(40037)
      const names: unknown[] = Array.isArray(body.keyword_name_list) ? body.keyword_name_list : []
      const keywords = names.flatMap((name) => found.keywords.filter((keyword) => keyword.name === name))
      if (names.length === 0 || keywords.length !== names.length || new Set(names).size !== names.length)
        throw new ApiError(40246)
      if (world.templates.list(account, 'template').length >= MOST_TEMPLATES) throw new ApiError(45026)
      const { template_id } = world.templates.add(account, {
        kind: 'template',
        title: found.title,
        ...compose(keywords),
      })
      return { ...OK, template_id }
    },
  },
  {
    path: '/cgi-bin/template/get_all_private_template',
    method: 'GET',
    credential: 'token',
    needs: 'template',
    answer: ({ world, account }) => ({
      template_list: world.templates
        .list(account, 'template')
        .map(({ template_id, title, primary_industry, deputy_industry, content, example }) => ({
          template_id,
          title,
          primary_industry,
          deputy_industry,
          content,
          example,
        })),
    }),
  },
  {
    path: '/cgi-bin/template/del_private_template',
    method: 'POST',
    credential: 'token',
    needs: 'template',
    answer({ world, account, body }) {
      const template = world.templates.find(account, 'template', body.template_id)
      if (template === undefined) throw new ApiError(40037)
      world.templates.remove(account, template)
      return OK
    },
  },
]

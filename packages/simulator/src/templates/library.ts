import { readFields } from './fields.ts'

/** A service category (服务类目) that an account chose. */
type Category = { id: number; name: string }
type Keyword = { kid: number; name: string; example: string; rule: string }

/** `type`: 2 one-time, 3 long-term subscription; template messages do not know the difference. */
type LibraryTemplate = { tid: number; title: string; type: 2 | 3; categoryId: number; keywords: Keyword[] }

export const CATEGORIES: readonly Category[] = [
  { id: 612, name: '信息查询' },
  { id: 307, name: '电商平台' },
  { id: 786, name: '生活服务' },
  { id: 451, name: '政务民生' },
]

/** Each keyword as `名称：{{type+kid.DATA}}=例子`. */
function entry(tid: number, title: string, categoryId: number, type: 2 | 3, ...lines: string[]): LibraryTemplate {
  const keywords = lines.map((line) => {
    const [placeholder = '', example = ''] = line.split('=')
    const [field] = readFields(placeholder)
    const kid = Number(/\d+$/.exec(field?.key ?? '')?.[0])
    return { kid, name: field?.label ?? '', example, rule: field?.type ?? '' }
  })
  return { tid, title, type, categoryId, keywords }
}

/** A public template library in small: entries such as WeChat's has, with numbers of our own. */
export const LIBRARY: readonly LibraryTemplate[] = [
  entry(
    43001,
    '登录成功通知',
    612,
    2,
    '登录账号：{{character_string1.DATA}}=ada@example.com',
    '登录时间：{{time2.DATA}}=2026年3月1日 15:01',
    '登录设备：{{thing3.DATA}}=Chrome（macOS）',
    '登录地点：{{thing4.DATA}}=上海市',
  ),
  entry(
    43002,
    '登录失败通知',
    612,
    2,
    '登录账号：{{character_string1.DATA}}=ada@example.com',
    '登录时间：{{time2.DATA}}=2026年3月1日 15:01',
    '失败原因：{{thing3.DATA}}=密码错误',
  ),
  entry(
    43003,
    '验证码通知',
    612,
    2,
    '验证码：{{character_string1.DATA}}=482913',
    '用途：{{thing2.DATA}}=修改手机号',
    '有效期至：{{time3.DATA}}=15:06',
    '请求时间：{{time4.DATA}}=15:01',
  ),
  entry(
    43004,
    '账号绑定成功通知',
    612,
    2,
    '绑定账号：{{thing1.DATA}}=a***@example.com',
    '绑定时间：{{time2.DATA}}=2026年3月1日 15:01',
    '绑定状态：{{phrase3.DATA}}=已绑定',
  ),
  entry(
    43005,
    '密码修改成功通知',
    612,
    2,
    '账号：{{thing1.DATA}}=a***@example.com',
    '修改时间：{{time2.DATA}}=2026年3月1日 15:01',
    '温馨提示：{{thing3.DATA}}=如非本人操作请联系客服',
  ),
  entry(
    43006,
    '订单发货通知',
    307,
    2,
    '订单编号：{{character_string1.DATA}}=SO20260301001',
    '商品名称：{{thing2.DATA}}=龙井茶 250 克',
    '快递公司：{{phrase3.DATA}}=顺丰',
    '快递单号：{{character_string4.DATA}}=SF1234567890',
    '发货时间：{{time5.DATA}}=2026年3月1日 15:01',
  ),
  entry(
    43007,
    '订单支付成功通知',
    307,
    2,
    '订单编号：{{character_string1.DATA}}=SO20260301001',
    '支付金额：{{amount2.DATA}}=¥128.00',
    '支付时间：{{time3.DATA}}=2026年3月1日 15:01',
    '收货人：{{name4.DATA}}=林小满',
  ),
  entry(
    43008,
    '退款成功通知',
    307,
    2,
    '订单编号：{{character_string1.DATA}}=SO20260301001',
    '退款金额：{{amount2.DATA}}=¥128.00',
    '退款时间：{{time3.DATA}}=2026年3月1日 15:01',
  ),
  entry(
    43009,
    '预约成功通知',
    786,
    2,
    '预约项目：{{thing1.DATA}}=洗牙',
    '预约人：{{name2.DATA}}=林小满',
    '预约时间：{{time3.DATA}}=2026年3月2日 10:00~11:00',
    '门店地址：{{thing4.DATA}}=南京西路 1 号',
    '联系电话：{{phone_number5.DATA}}=021-12345678',
  ),
  entry(
    43010,
    '活动报名成功通知',
    786,
    2,
    '活动名称：{{thing1.DATA}}=春季读书会',
    '活动时间：{{time2.DATA}}=2026年3月8日 14:00',
    '活动地点：{{thing3.DATA}}=市图书馆三楼',
    '报名状态：{{phrase4.DATA}}=已报名',
  ),
  entry(
    43011,
    '取件提醒',
    786,
    2,
    '取件码：{{character_string1.DATA}}=8-2-1034',
    '取件地点：{{thing2.DATA}}=东门驿站',
    '截止日期：{{date3.DATA}}=2026年3月5日',
  ),
  entry(
    43012,
    '办件进度通知',
    451,
    3,
    '办理事项：{{thing1.DATA}}=居住证续签',
    '办理进度：{{phrase2.DATA}}=已受理',
    '更新时间：{{time3.DATA}}=2026年3月1日 15:01',
    '车牌号码：{{car_number4.DATA}}=沪A12345',
  ),
]

export function findInLibrary(tid: string): LibraryTemplate | undefined {
  return LIBRARY.find((one) => String(one.tid) === tid)
}

/** The text and the example of a template made of these keywords, in this order. */
export function compose(keywords: Keyword[]): { content: string; example: string } {
  const lines = (text: (keyword: Keyword) => string) => keywords.map((one) => `${one.name}:${text(one)}\n`).join('')
  return { content: lines(({ rule, kid }) => `{{${rule}${kid}.DATA}}`), example: lines(({ example }) => example) }
}

/** What the shop pretends to sell. Prices in yuan. */
export const teas = [
  {
    seal: '龙',
    name: { 'zh-CN': '西湖龙井', en: 'West Lake Longjing' },
    place: { 'zh-CN': '浙江 · 杭州', en: 'Hangzhou, Zhejiang' },
    note: { 'zh-CN': '绿茶，豆香清雅', en: 'Green; chestnut and spring peas' },
    price: 168,
    leaf: 'green',
  },
  {
    seal: '银',
    name: { 'zh-CN': '白毫银针', en: 'Silver Needle' },
    place: { 'zh-CN': '福建 · 福鼎', en: 'Fuding, Fujian' },
    note: { 'zh-CN': '白茶，毫香蜜韵', en: 'White; honey and hay' },
    price: 228,
    leaf: 'white',
  },
  {
    seal: '观',
    name: { 'zh-CN': '安溪铁观音', en: 'Anxi Tieguanyin' },
    place: { 'zh-CN': '福建 · 安溪', en: 'Anxi, Fujian' },
    note: { 'zh-CN': '乌龙，兰花香长', en: 'Oolong; orchid, long finish' },
    price: 128,
    leaf: 'jade',
  },
  {
    seal: '袍',
    name: { 'zh-CN': '武夷大红袍', en: 'Wuyi Da Hong Pao' },
    place: { 'zh-CN': '福建 · 武夷山', en: 'Wuyishan, Fujian' },
    note: { 'zh-CN': '岩茶，岩骨花香', en: 'Rock oolong; cocoa and stone' },
    price: 198,
    leaf: 'amber',
  },
  {
    seal: '普',
    name: { 'zh-CN': '勐海熟普', en: 'Menghai ripe Pu’er' },
    place: { 'zh-CN': '云南 · 勐海', en: 'Menghai, Yunnan' },
    note: { 'zh-CN': '黑茶，陈香醇厚', en: 'Dark; earth and dates' },
    price: 98,
    leaf: 'dark',
  },
  {
    seal: '茉',
    name: { 'zh-CN': '福州茉莉花茶', en: 'Fuzhou jasmine' },
    place: { 'zh-CN': '福建 · 福州', en: 'Fuzhou, Fujian' },
    note: { 'zh-CN': '七窨一提，鲜灵', en: 'Scented seven times; bright' },
    price: 88,
    leaf: 'petal',
  },
] as const

export function memberPrice(price: number): string {
  return (price * 0.9).toFixed(2)
}

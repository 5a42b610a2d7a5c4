import { localDate } from './written-date';

it.each([
  ['11月5日', 'zh', 'es', '5 de noviembre'],
  ['2026年11月5日', 'zh', 'en', 'November 5, 2026'],
  ['11월 5일', 'ko', 'de', '5. November'],
  ['5 de noviembre', 'es', 'zh-CN', '11月5日'],
  ['November 5, 2026', 'en', 'ja', '2026年11月5日'],
  ['5th of November', 'en', 'fr', '5 novembre'],
  ['12 мая', 'ru', 'en', 'May 12'],
  ['5. Oktober 2026', 'de', 'pt-BR', '5 de outubro de 2026'],
  ['13月5日', 'zh', 'es', '13月5日'],
  ['31 June', 'en', 'es', '31 June'],
  ['5 de noviembre', 'en', 'zh-CN', '5 de noviembre'],
])('%s from %s to %s is %s', (text, from, to, written) => {
  expect(localDate(text, from, to)).toBe(written);
});

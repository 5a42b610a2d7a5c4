import { checkText, readText } from '../message-text';
import pairs from './pairs.json';
import type { Problem } from './problem';

const check = (from: string, to: string, source: string, translated: string): Problem[] =>
  checkText(readText(source, [], from), translated, { from, to, glossary: { version: 0, terms: [] }, formality: 'formal' });
const messages = (problems: readonly Problem[]): string[] => problems.map((problem) => problem.message);

describe('a good translation', () => {
  it.each(pairs as [string, string, string, string][])('passes every check: %s to %s, %s', (from, to, source, translated) => {
    expect(messages(check(from, to, source, translated))).toEqual([]);
  });
});

describe('a bad one', () => {
  it.each<[string, string, string, string, RegExp]>([
    ['zh', 'es', '您的订单AB-10234已于11月5日发货。', 'Su pedido AB-10234 se envió el 5 de octubre.', /number 11 is missing/],
    ['zh', 'es', '您的订单AB-10234已于11月5日发货。', 'Su pedido AB-10243 se envió el 5 de noviembre.', /"AB-10234" is missing/],
    [
      'en',
      'de',
      'We refund $1,299.00 within 5 days.',
      'Wir erstatten 1.299,00 $ innerhalb von 5 Tagen.',
      /"\$1,299\.00" is missing/,
    ],
    ['en', 'zh-CN', 'We sent 3 shirts.', '我们寄了5件衬衫。', /number 3 is missing.*|number 5 is not/],
    ['en', 'fr', 'Size US 9.5 is left.', 'Il reste la taille US 95.', /"US 9\.5" is missing/],
    [
      'en',
      'es',
      'See https://shop.example/Track',
      'Vea https://shop.example/track',
      /link "https:\/\/shop\.example\/Track" is missing/,
    ],
    ['zh', 'en', '没有收到包裹。', 'I have received the parcel.', /denies something/],
    ['zh', 'en', '打八折', '80% off', /number 80 is not/],
    ['zh', 'en', '请您二十四小时内付款。', 'Please pay within 42 hours.', /number 42 is not/],
    ['en', 'es', 'One\nTwo lines here', 'Dos líneas aquí', /has 2 lines, the translation 1/],
    ['en', 'de', 'Please send your address to us', 'Bitte schick uns deine Adresse', /familiar/],
    ['en', 'es', 'Thank you very much for your order', 'Muchas gracias por su pedido 😀', /emoji "😀" is not in the original/],
    ['es', 'en', 'Gracias por todo su apoyo', 'Merci beaucoup pour tout votre soutien', /in French, not in English/],
    ['zh', 'en', '好的，我们马上为您处理这个问题', '好的，我们马上为您处理这个问题', /untranslated/],
    [
      'en',
      'es',
      'The parcel left today. We wish you a nice day.',
      'El paquete salió hoy. We wish you a nice day.',
      /A sentence came back/,
    ],
    ['zh', 'en', '您的订单已发货，请注意查收', 'Your 订单 has shipped, please look out for it', /Some words came back/],
    ['ja', 'zh-CN', 'ご注文の商品を発送しました', '您订购的商品をしました', /Some words came back/],
    ['en', 'zh-TW', 'We have shipped your order', '我们已经发货了您的订单', /not in traditional Chinese/],
    ['en', 'ja', 'Please wait a moment', '以下は翻訳です：少々お待ちください', /talks about/],
  ])('is told: %s to %s, %s', (from, to, source, translated, message) => {
    expect(messages(check(from, to, source, translated)).join(' ')).toMatch(message);
  });
});

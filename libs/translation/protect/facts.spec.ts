import fc from 'fast-check';
import { findFacts, hasWords, stripFacts } from './facts';

/** Kind and text of every fact that must come back byte by byte; counts and dates in words only where asked for. */
const exact = (text: string): string[] =>
  findFacts(text)
    .filter((fact) => !fact.byValue)
    .map((fact) => `${fact.kind} ${fact.text}`);

describe('findFacts', () => {
  it.each<[string, string[]]>([
    [
      'Where is my order #AB-10234? I paid $1,299.00 on 05/11 at 12:30.',
      ['code #AB-10234', 'amount $1,299.00', 'date 05/11', 'time 12:30'],
    ],
    ['订单号：2026110500012还没到，SKU-RED-XL-03我要退', ['code 2026110500012', 'code SKU-RED-XL-03']],
    ['1.299,00 € oder 199元, R$ 89,90 und US$12.5', ['amount 1.299,00 €', 'amount 199元', 'amount R$ 89,90', 'amount US$12.5']],
    ['价格￥１９９，１２３円、¥199', ['amount ￥１９９', 'amount １２３円', 'amount ¥199']],
    ['الطلب رقم ١٢٣٤٥٦ بسعر ٩٩٫٥٠ ر.س', ['code ١٢٣٤٥٦', 'amount ٩٩٫٥٠ ر.س']],
    ['Look at https://shop.example.com/track?id=AB10234&lang=es.', ['link https://shop.example.com/track?id=AB10234&lang=es']],
    ['看看https://a.example/X，谢谢', ['link https://a.example/X']],
    ['(see www.shop.example/a_(b)), or shop.com/returns!', ['link www.shop.example/a_(b)', 'link shop.com/returns']],
    ['邮箱ana.lopez@example.com谢谢，电话+34 612 345 678', ['email ana.lopez@example.com', 'phone +34 612 345 678']],
    ['llama al (011) 4321-5678 o escribe a @parley_shop', ['phone (011) 4321-5678', 'handle @parley_shop']],
    ['3-5 days, 2x, 1.5, 10 000 pieces', ['number 3-5', 'code 2x', 'number 1.5', 'number 10 000']],
    [
      'US 9.5, 42.5 EU, 30x40 cm, 36/S, talla M, Größe 38, XL',
      ['size US 9.5', 'size 42.5 EU', 'measure 30x40 cm', 'size 36/S', 'size M', 'size 38', 'size XL'],
    ],
    ['M码有吗？500ml，20%', ['size M', 'measure 500ml', 'measure 20%']],
    ['use the coupon FREESHIP or WELCOME10', ['coupon FREESHIP', 'code WELCOME10']],
    ['请用优惠码FREESHIP', ['coupon FREESHIP']],
    ['WHERE IS MY ORDER', []],
    [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder as templates have it
      '{{customer.name}} {order_id} %s %1$s ${x} <%= y %> [LINK]',
      [
        'placeholder {{customer.name}}',
        'placeholder {order_id}',
        'placeholder %s',
        'placeholder %1$s',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the same
        'placeholder ${x}',
        'placeholder <%= y %>',
        'placeholder [LINK]',
      ],
    ],
    ['{n, plural, one {# item} other {# items}}', ['placeholder {n, plural, one {# item} other {# items}}']],
    ['👨‍👩‍👧 🇪🇸 👍🏽', ['emoji 👨‍👩‍👧', 'emoji 🇪🇸', 'emoji 👍🏽']],
    [
      '1Z999AA10123456784 LP00512345678CN 9400 1000 0000 0000 0000 00',
      ['code 1Z999AA10123456784', 'code LP00512345678CN', 'phone 9400 1000 0000 0000 0000 00'],
    ],
    ['Order 112-4567890-1234567', ['code 112-4567890-1234567']],
    ['Envíen a Calle Mayor 12, 3º B, 28013 Madrid y avisen', ['address Calle Mayor 12, 3º B, 28013 Madrid']],
    ['ship to 221B Baker Street, London NW1 6XE please', ['address 221B Baker Street, London NW1 6XE']],
    ['地址是北京市朝阳区建国路88号3栋1201室', ['address 北京市朝阳区建国路88号3栋1201室']],
    ['〒150-0002 東京都渋谷区渋谷2-21-1 です', ['address 〒150-0002 東京都渋谷区渋谷2-21-1']],
    ['서울특별시 강남구 테헤란로 152 입니다', ['address 서울특별시 강남구 테헤란로 152']],
    ['Hauptstraße 5, 10115 Berlin bitte', ['address Hauptstraße 5, 10115 Berlin']],
    ['12 rue de la Paix, 75002 Paris merci', ['address 12 rue de la Paix, 75002 Paris']],
    ['j’habite 12 rue de la Paix et je suis là', ['address 12 rue de la Paix']],
    ['ул. Ленина, д. 5, кв. 12 спасибо', ['address ул. Ленина, д. 5, кв. 12']],
    ['2026-11-05T12:30:00Z, 5.11.2026, 10am, 14h30', ['date 2026-11-05T12:30:00Z', 'date 5.11.2026', 'time 10am', 'time 14h30']],
    ['the 1st one is a 20-year-old it.is fine', []],
    ['⟦0⟧ and XQ0Z and <x id="1"/>', ['placeholder ⟦0⟧', 'code XQ0Z', 'placeholder <x id="1"/>']],
  ])('%s', (text, facts) => {
    expect(exact(text)).toEqual(facts);
  });

  it.each(['5 de noviembre', 'November 5, 2026', '2026年11月5日', '11월 5일', '5. Oktober', '12 мая'])(
    'takes %s for a date that bends with the language',
    (text) => {
      expect(findFacts(`(${text})`)).toMatchObject([{ kind: 'written-date', byValue: true }]);
    },
  );

  it('never overlaps, never crosses a line, and gives the very text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        let at = 0;
        for (const fact of findFacts(text)) {
          expect(fact.start).toBeGreaterThanOrEqual(at);
          expect(text.slice(fact.start, fact.end)).toBe(fact.text);
          expect(fact.text).not.toMatch(/[\n\r]/);
          at = fact.end;
        }
      }),
    );
  });

  it.each([
    ['digits', '1'.repeat(60_000)],
    ['words', 'Aa '.repeat(20_000)],
    ['dots', 'a.'.repeat(30_000)],
    ['hyphens', 'A-1-'.repeat(15_000)],
    ['braces', '{a, plural, '.repeat(5_000)],
    ['addresses', '12 Aa Aa Aa Aa Street, '.repeat(2_500)],
    ['Han', '北京市朝阳区建国路'.repeat(6_000)],
    ['at signs', 'a@'.repeat(30_000)],
    ['spaced digits', '12 34 '.repeat(10_000)],
    ['emoji', '👨‍👩‍👧'.repeat(5_000)],
  ])('reads a long text of %s in no time', (_, text) => {
    const startedAt = performance.now();
    findFacts(text);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

it('leaves language and nothing else', () => {
  expect(stripFacts('Where is AB-10234?').trim()).toBe('Where is  ?');
  expect(hasWords('AB-10234 👍 $5 https://a.example/b')).toBe(false);
  expect(hasWords('AB-10234 是')).toBe(true);
});

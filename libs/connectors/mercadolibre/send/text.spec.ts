import { fold, linksHeldBack, withoutTags } from './text';

it.each([
  ['“Llega” – mañana…', '"Llega" - mañana...'],
  ['5\u202f€ l’été', "5 EUR l'été"],
  ['¿Ñandú? ç ã õ ü °', '¿Ñandú? ç ã õ ü °'],
  ['e\u0301', 'é'],
  ['ya está 👍🏽 👩‍👩‍👧‍👦 🇧🇷 listo', 'ya está    listo'],
  ['1️⃣ uno', '1 uno'],
  ['ﬁn Ａ① №2', 'fin A1 No2'],
  ['si，no。va', 'si, no. va'],
  ['łódź', 'lódz'],
  ['→ ≤ 5 ™ ©', '-> <= 5 TM ©'],
  ['a\u0000b\u0085c\r\nd', 'abc\nd'],
  ['ﬂor\u200b', 'flor'],
])('%j is spelt %j', (text, expected) => {
  expect(fold(text)).toMatchObject({ text: expected, refused: [] });
});

it('refuses what carries meaning and has no spelling', () => {
  expect(fold('尺码 42 尺').refused).toEqual(['尺', '码']);
  expect(fold('доставка').refused.length).toBeGreaterThan(0);
});

it('tells whether it changed anything', () => {
  expect(fold('Sí, queda una.\r\nVa').changed).toBe(false);
  expect(fold('Sí – una').changed).toBe(true);
});

it('fits the repertoire, whatever comes', () => {
  for (let code = 0; code < 0x3000; code++) {
    const { text } = fold(String.fromCodePoint(code));
    expect([...text].every((one) => one.charCodeAt(0) <= 0xff)).toBe(true);
  }
});

it.each([
  ['talla < 42 y > 40', 'talla < 42 y > 40'],
  ['<b>hola</b><br/>', 'hola'],
  ['<a href="https://x.example">aquí</a>', '<a href="https://x.example">aquí</a>'],
])('keeps no tag but links: %s', (text, expected) => {
  expect(withoutTags(text)).toBe(expected);
});

it('knows the links that are held back', () => {
  expect(linksHeldBack('https://Bit.ly/x y www.instagram.com/yo, https://tienda.example')).toEqual(['bit.ly', 'instagram.com']);
});

import fc from 'fast-check';
import { bareMime, mediaRule, numberedChoice, splitText, textLength } from './text';

const units = ['utf16', 'codepoints', 'bytes'] as const;

it.each([
  ['a', [1, 1, 1]],
  ['ñ', [1, 1, 2]],
  ['青', [1, 1, 3]],
  ['🪔', [2, 1, 4]],
])('counts %s by every unit', (text, lengths) => {
  expect(units.map((unit) => textLength(text, unit))).toEqual(lengths);
});

describe('splitText', () => {
  it.each<[string, number, string[]]>([
    ['short', 10, ['short']],
    ['', 10, []],
    ['one two three four', 9, ['one two', 'three', 'four']],
    ['First. Second one.', 12, ['First.', 'Second one.']],
    ['para one\n\npara two', 12, ['para one', 'para two']],
    ['蓝色的灯还有。明天发货', 8, ['蓝色的灯还有。', '明天发货']],
    ['abcdefghij', 4, ['abcd', 'efgh', 'ij']],
    ['exactly ten', 7, ['exactly', 'ten']],
    ['ab 👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 14, ['ab 👩‍👩‍👧‍👦', '👩‍👩‍👧‍👦']],
    ['https://shop.example/p/7?x=1 and more', 30, ['https://shop.example/p/7?x=1', 'and more']],
  ])('cuts %j at %d', (text, maxLength, pieces) => {
    expect(splitText(text, maxLength, 'utf16')).toEqual(pieces);
  });

  it('loses nothing but white space, and always fits', () => {
    const anyText = fc.string({
      unit: fc.constantFrom('a', ' ', '\n', '.', '。', 'ñ', '青', '🪔', '👩‍👩‍👧‍👦', 'e\u0301'),
      maxLength: 200,
    });
    fc.assert(
      fc.property(anyText, fc.integer({ min: 4, max: 40 }), fc.constantFrom(...units), (text, maxLength, unit) => {
        const pieces = splitText(text, maxLength, unit);
        for (const piece of pieces) {
          expect(textLength(piece, unit)).toBeLessThanOrEqual(maxLength);
          expect(piece.trim()).not.toBe('');
        }
        const bare = (value: string) => value.replace(/\s+/g, '');
        expect(bare(pieces.join(''))).toBe(bare(text));
      }),
    );
  });

  it('is quick with a very long text', () => {
    const startedAt = performance.now();
    expect(splitText('word '.repeat(200_000), 350, 'codepoints').length).toBeGreaterThan(2_000);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

it('numbers a choice', () => {
  expect(numberedChoice('Which?', [{ title: 'Blue' }, { title: 'Red' }])).toBe('Which?\n\n1. Blue\n2. Red');
});

it.each([
  ['image/png', 'image/png'],
  ['IMAGE/PNG; x=1', 'image/png'],
  ['image/gif', 'image/*'],
  ['application/zip', '*/*'],
])('finds the rule for %s', (mime, expected) => {
  const rules = [{ mime: 'image/png' }, { mime: 'image/*' }, { mime: '*/*' }];
  expect(mediaRule(rules, mime)?.mime).toBe(expected);
  expect(mediaRule(rules.slice(0, 1), 'video/mp4')).toBeUndefined();
  expect(bareMime(' Audio/OGG ; codecs=opus')).toBe('audio/ogg');
});

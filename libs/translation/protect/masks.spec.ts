import fc from 'fast-check';
import { findFacts, nameOf } from './facts';
import { type Masked, type MaskShape, protect, restore } from './masks';
import { segment } from './segments';

const shapes: MaskShape[] = ['bracket', 'tag', 'span', 'email', 'code'];
const masksOf = (text: string): Masked[] =>
  findFacts(text).map(({ start, end, text: fill, kind }) => ({ start, end, fill, meaning: nameOf(kind) }));

/** Shop chat as it comes: words of many scripts, facts of all kinds, look-alikes of our own masks. */
const chat = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'order',
        '订单',
        'pedido',
        'заказ',
        'الطلب',
        '注文',
        'a < b & c',
        '"ok"',
        "it's",
        '\n',
        '&amp;',
        '&#39;',
        '&lt;x',
      ),
      fc.constantFrom(
        '#AB-10234',
        '¥199',
        '1.299,00 €',
        '٣٥',
        '１２',
        'https://a.example/B?c=1&d=2',
        'ana@example.com',
        '👨‍👩‍👧',
      ),
      fc.constantFrom('⟦0⟧', '⟦', 'XQ1Z', '<x id="0"/>', '<span id="m0">', 'ph0@parley.example', '</span>', '\uE000'),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.nat().map(String),
    ),
    { maxLength: 25 },
  )
  .chain((pieces) => fc.constantFrom(' ', '', ', ').map((glue) => pieces.join(glue)));

describe.each(shapes)('masks of shape %s', (shape) => {
  it('bring any text back byte by byte', () => {
    fc.assert(
      fc.property(chat, (text) => {
        const given = protect(text, masksOf(text), shape);
        expect(restore(given.text, given)).toEqual({ text, lost: [], repeated: [], residue: false });
      }),
      { numRuns: 300 },
    );
  });

  it('hide every fact', () => {
    const given = protect('Paid $1,299.00 for AB-10234', masksOf('Paid $1,299.00 for AB-10234'), shape);
    expect(given.text).not.toMatch(/1,299|AB-/);
  });

  it('tell what was lost, doubled or invented', () => {
    const given = protect('A AB-10234 b CD-20345', masksOf('A AB-10234 b CD-20345'), shape);
    const [first = '', second = ''] = [0, 1].map((index) =>
      protect('x', [{ start: 0, end: 1, fill: '', meaning: '' }], shape)
        .text.replace('0', String(index))
        .replace(/⟦0⟧/, `⟦${index}⟧`),
    );
    expect(restore(given.text.replace(second, ''), given).lost).toEqual([1]);
    expect(restore(`${given.text} ${first}`, given).repeated).toEqual([0]);
    expect(restore(`${given.text} ${first.replaceAll('0', '7')}`, given).residue).toBe(true);
  });
});

it.each<[MaskShape, string]>([
  ['bracket', '⟦ 0 ⟧'],
  ['bracket', '⟦０⟧'],
  ['bracket', '⟦٠⟧'],
  ['tag', '< X ID = "0" / >'],
  ['tag', '<x id=“0”></x>'],
  ['span', '<SPAN id="m0" translate="no">⟦０⟧</SPAN>'],
  ['email', 'Ph 0@Parley.Example'],
  ['code', 'xq０z'],
])('reads a %s mask that came back as %s', (shape, written) => {
  const given = protect('AB-10234', masksOf('AB-10234'), shape);
  expect(restore(`a ${written} b`, given)).toMatchObject({ text: 'a AB-10234 b', lost: [], residue: false });
});

it('keeps words apart that an engine without spaces ran together', () => {
  const given = protect('订单AB-10234还没到', masksOf('订单AB-10234还没到'), 'bracket');
  expect(restore('order⟦0⟧has not arrived', given, { spaceApart: true }).text).toBe('order AB-10234 has not arrived');
});

describe('segment', () => {
  const hasText = (piece: string): boolean => /\p{L}/u.test(piece);
  it('joins to the text it was made from, in pieces no longer than allowed', () => {
    fc.assert(
      fc.property(chat, fc.boolean(), fc.integer({ min: 20, max: 200 }), (text, byLine, charsMax) => {
        const pieces = segment(text, { byLine, charsMax, hasText });
        expect(pieces.map((piece) => piece.text).join('')).toBe(text);
        for (const piece of pieces) if (piece.kind === 'text') expect(piece.text.length).toBeLessThanOrEqual(charsMax);
      }),
    );
  });

  it('gives each line alone, and lines without a word to nobody', () => {
    const kinds = segment('Hola\n\n- uno\n---\n  dos  ', { byLine: true, charsMax: 100, hasText });
    expect(kinds.filter((piece) => piece.kind === 'text').map((piece) => piece.text)).toEqual(['Hola', 'uno', 'dos']);
  });
});

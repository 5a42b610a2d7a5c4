import type { Capabilities } from '@parley/connector';
import type { Part } from '@parley/model';
import fc from 'fast-check';

/** Parts as shops write them, with texts around the channel's limits and in many scripts. */

const words = [
  'lamp',
  'envío',
  'доставка',
  '配送',
  'ありがとう',
  'شحن',
  '발송',
  'größe',
  'A-1001',
  '39.90',
  'https://shop.example/p/7?x=1',
  '👩‍👩‍👧‍👦',
  '🇧🇷',
  'e\u0301',
  'Donaudampfschifffahrtsgesellschaft',
  '\n',
  '.',
  '。',
  '  ',
];

const text = (lengthMax: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 12 }).map((list) => list.join(' ')) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 6 }), fc.constantFrom(0.5, 0.99, 1, 1.01, 2.3))
        .map(([list, share]) => repeatTo(list.join(' '), Math.min(Math.ceil(lengthMax * share), 20_000))),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }) },
  );

const repeatTo = (piece: string, length: number): string =>
  [...`${piece} `.repeat(Math.ceil(length / (piece.length + 1)) + 1)].slice(0, length).join('');

const mimes = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'video/mp4',
  'audio/ogg; codecs=opus',
  'application/pdf',
  'application/zip',
];

// As JSON.parse makes objects.
const plain = { noNullPrototype: true };

export function partsFor(capabilities: Capabilities): fc.Arbitrary<Part[]> {
  const saying = text(Math.min(capabilities.text.maxLength, 10_000)).filter((value) => value.trim() !== '');
  const title = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 4 }).map((list) => list.join(' ').trim() || 'x');
  const part: fc.Arbitrary<Part> = fc.oneof(
    { weight: 4, arbitrary: saying.map((value) => ({ kind: 'text', text: value }) as const) },
    {
      weight: 3,
      arbitrary: fc.record(
        {
          kind: fc.constant('media' as const),
          mime: fc.constantFrom(...mimes),
          url: fc.constant('/v1/media/med_conformance'),
          name: fc.constantFrom(null, 'invoice 7.pdf', '../../etc/passwd', 'ñ.png'),
          sizeBytes: fc.constantFrom(null, 1_000, 200_000, 300_000_000),
          caption: fc.oneof(fc.constant(null), saying),
        },
        plain,
      ),
    },
    {
      weight: 2,
      arbitrary: fc.record(
        {
          kind: fc.constant('choice' as const),
          text: saying,
          options: fc.uniqueArray(fc.record({ id: fc.uuid(), title }, plain), {
            minLength: 1,
            maxLength: 14,
            selector: (o) => o.id,
          }),
        },
        plain,
      ),
    },
    fc.constant<Part>({ kind: 'location', latitude: 52.52, longitude: 13.405, name: 'Depot' }),
    fc.constant<Part>({ kind: 'contact', name: 'Jo', phones: ['+49 30 1234'], emails: ['jo@shop.example'] }),
    fc.constant<Part>({ kind: 'card', title: 'Blue lamp', text: '39.90 EUR', url: 'https://shop.example/p/7', image: null }),
    fc.constant<Part>({ kind: 'chosen', id: 'a', title: 'Yes' }),
    fc.constant<Part>({ kind: 'template', name: 'order_update', language: 'es-MX', variables: { '1': 'A-1001' } }),
    fc.constant<Part>({ kind: 'unsupported', summary: 'Something else', rawType: 'other' }),
  );
  return fc.array(part, { minLength: 1, maxLength: 4 });
}

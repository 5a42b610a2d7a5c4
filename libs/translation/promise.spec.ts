import { emptyGlossary } from '@parley/model';
import fc from 'fast-check';
import { findFacts } from './protect/facts';
import { FakeEngine, masksIn, translatorOver } from './testing/fake-engine';

/** What engines have been seen to do to texts and masks. */
const mischief: Readonly<Record<string, (text: string) => string>> = {
  nothing: (text) => text,
  'drops the last mask': (text) => text.replaceAll(masksIn(text).at(-1) ?? '\0', ''),
  'doubles the first': (text) => `${text} ${masksIn(text)[0] ?? ''}`,
  'drops all signs': (text) => text.replace(/[^\p{L}\p{Nd} ]/gu, ''),
  'drops all digits': (text) => text.replace(/\p{Nd}/gu, ''),
  'counts up': (text) => text.replace(/\d/g, (digit) => String((Number(digit) + 1) % 10)),
  shouts: (text) => text.toUpperCase(),
  whispers: (text) => text.toLowerCase(),
  'puts spaces into masks': (text) => text.replace(/[⟦⟧]/g, ' $& '),
  'writes full-width digits': (text) => text.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  'turns round': (text) => text.split(' ').reverse().join(' '),
  'halves it': (text) => text.slice(0, text.length / 2),
  'changes commas': (text) => text.replaceAll(',', '.'),
  'loses line ends': (text) => text.replaceAll('\n', ' '),
  'breaks entities': (text) => text.replaceAll('&', '&amp;'),
};
/** Words that change in translation, so that the answer is no echo. */
const translate = (text: string): string =>
  text.replaceAll('order', 'pedido').replaceAll('where', 'donde').replaceAll('paid', 'pagado');

const fact = fc.constantFrom('#AB-10234', 'SKU-RED-XL-03', '$1,299.00', '1.299,00 €', '¥199', '05/11/2026', '12:30', 'XL', '30x40 cm', 'https://a.example/B?c=1&d=2', 'ana@example.com', '+34 612 345 678', '@parley_shop', 'WELCOME10', '{order_id}', '👨‍👩‍👧', '٣٤٥٦٧', '⟦0⟧', 'XQ0Z', '<x id="1"/>', '10234'); // biome-ignore format: a list
const message = fc
  .array(fc.oneof(fact, fc.constantFrom('order', 'where', 'paid', 'a < b', 'the', '7', '\n')), { minLength: 2, maxLength: 14 })
  .map((words) => `where order ${words.join(' ')}`);

const count = (texts: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
};
const exactFacts = (text: string): Map<string, number> =>
  count(
    findFacts(text)
      .filter((found) => !found.byValue)
      .map((found) => found.text),
  );

it('whatever an engine does, what may be sent has every fact byte by byte and as often', async () => {
  await fc.assert(
    fc.asyncProperty(message, fc.constantFrom(...Object.keys(mischief)), fc.boolean(), async (source, name, tags) => {
      const engine = new FakeEngine(
        'fake',
        (text) => translate((mischief[name] ?? String)(text)),
        tags ? { shapes: ['tag', 'span', 'code'], keepsLines: false } : {},
      );
      const outcome = await translatorOver([engine]).translate({
        merchantId: 'mer_1',
        parts: [{ kind: 'text', text: source }],
        from: 'en',
        to: 'es',
        direction: 'outbound',
        context: [],
        glossary: emptyGlossary,
      });
      if (outcome.kind !== 'done') return;
      const [part] = outcome.translation.parts;
      const sent = part?.kind === 'text' ? part.text : '';
      const now = exactFacts(sent);
      for (const [text, times] of exactFacts(source)) {
        const within = sent.split(text).length - 1;
        expect(Math.max(now.get(text) ?? 0, within)).toBeGreaterThanOrEqual(times);
      }
    }),
    { numRuns: 600 },
  );
}, 60_000);

it('and a good engine is never stopped', async () => {
  await fc.assert(
    fc.asyncProperty(message, async (source) => {
      const outcome = await translatorOver([new FakeEngine('fake', translate)]).translate({
        merchantId: 'mer_1',
        parts: [{ kind: 'text', text: source }],
        from: 'en',
        to: 'es',
        direction: 'outbound',
        context: [],
        glossary: emptyGlossary,
      });
      if (outcome.kind === 'unsafe') expect(outcome.reason.message).not.toMatch(/missing|more than once|left over/);
    }),
    { numRuns: 200 },
  );
}, 60_000);

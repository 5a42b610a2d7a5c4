import { emptyGlossary, type Glossary, type Part } from '@parley/model';
import { createTranslator, findFacts, type TranslateRequest, type Translator } from '@parley/translation';
import { type Apertium, describeWithApertium, startApertium } from './support/apertium';

/** Facts of every kind, with what surrounds them in shop chat. */
const facts = [
  'AB-10234',
  '#10234',
  'SKU-RED-XL-03',
  '112-4567890-1234567',
  '1Z999AA10123456784',
  '$1,299.00',
  'R$ 89,90',
  '1.299,00 €',
  '¥199',
  '05/11/2026',
  '2026-11-05',
  '12:30',
  '3-5',
  '30x40 cm',
  '42.5 EU',
  'XL',
  'https://shop.example.com/Track?id=AB10234&lang=es',
  'ana.lopez@example.com',
  '+34 612 345 678',
  '@parley_shop',
  'WELCOME10',
  '{{customer.name}}',
  '{order_id}',
  '%1$s',
  '👨‍👩‍👧',
];
const frames: Readonly<Record<string, readonly ((fact: string) => string)[]>> = {
  'en es': [
    (fact) => `I want to ask you about ${fact} today.`,
    (fact) => `Is ${fact} right?`,
    (fact) => `My friends said: ${fact}.`,
  ],
  'es en': [
    (fact) => `Quiero preguntar por ${fact} hoy.`,
    (fact) => `¿Es ${fact} correcto?`,
    (fact) => `Mis amigos dijeron: ${fact}.`,
  ],
  'es pt-BR': [
    (fact) => `Quiero preguntar por ${fact} hoy.`,
    (fact) => `¿Es ${fact} correcto?`,
    (fact) => `Mis amigos dijeron: ${fact}.`,
  ],
  'pt es': [(fact) => `Quero perguntar sobre ${fact} hoje.`, (fact) => `Os meus amigos disseram: ${fact}.`],
};

describeWithApertium('with a real engine', () => {
  let apertium: Apertium;
  let translator: Translator;

  beforeAll(async () => {
    apertium = await startApertium();
    translator = createTranslator({ translation: ['apertium'], engines: { apertium: { url: apertium.url } } });
  }, 60_000);
  afterAll(() => apertium?.stop());

  const request = (text: string, from: string, to: string, more: Partial<TranslateRequest> = {}): TranslateRequest => ({
    merchantId: 'mer_1',
    parts: [{ kind: 'text', text }],
    from,
    to,
    direction: 'outbound',
    context: [],
    glossary: emptyGlossary,
    ...more,
  });
  const translated = async (asked: TranslateRequest): Promise<string> => {
    const outcome = await translator.translate(asked);
    if (outcome.kind !== 'done') throw new Error(`${asked.from} to ${asked.to}: ${JSON.stringify(outcome)}`);
    const [part] = outcome.translation.parts as [Part & { kind: 'text' }];
    return part.text;
  };

  it.each(Object.keys(frames))(
    'brings every kind of fact through %s byte by byte',
    async (pair) => {
      const [from = '', to = ''] = pair.split(' ');
      for (const fact of facts) {
        for (const frame of frames[pair] ?? []) {
          const source = frame(fact);
          const text = await translated(request(source, from, to));
          for (const found of findFacts(source)) expect(text).toContain(found.text);
          expect(text).not.toMatch(/[⟦⟧]/);
        }
      }
    },
    60_000,
  );

  it('translates', async () => {
    expect(await translated(request('Hello, where is my order?', 'en', 'es'))).toMatch(/^Hola, dónde/);
    expect(await translated(request('Hello.\n\n- the house\n- the cat', 'en', 'es'))).toMatch(
      /^Hola\.\n\n- la casa\n- el gato$/i,
    );
  });

  it('says the word of the glossary, where the engine has another', async () => {
    const glossary: Glossary = {
      version: 1,
      terms: [
        {
          id: 'ter_1',
          source: 'order',
          sourceLanguage: 'en',
          targets: { es: 'pedido' },
          doNotTranslate: false,
          forbidden: { es: ['orden'] },
        },
      ],
    };
    const asked = request('The order arrives tomorrow.', 'en', 'es');
    expect(await translated(asked)).toContain('orden');
    expect(await translated({ ...asked, glossary })).toContain('pedido');
  });

  it('says that it has no Chinese', async () => {
    const outcome = await translator.translate(request('Where is my order?', 'en', 'zh-CN'));
    expect(outcome).toEqual({
      kind: 'unavailable',
      reason: { code: 'translation-pair', message: 'apertium does not translate en to zh-CN', retryable: false },
    });
  });
});

import type { OutboundDraft } from '@parley/connector';
import type { Part } from '@parley/model';
import { claimAddress, file, packAddress, questionAddress, rendering } from '../testing/drafts';
import { ASSISTANT, BUYER } from '../testing/fixtures';

const long = 'Primera frase larga. '.repeat(40).trim();
const textsOf = (text: string, fields: Partial<OutboundDraft> = {}) =>
  rendering(text, fields).requests.map((request) => ('text' in request ? request.text : null));

describe('a message about a purchase', () => {
  it('goes to whoever spoke last', () => {
    expect(rendering('Llega mañana.').requests).toEqual([
      expect.objectContaining({ kind: 'message', to: BUYER, text: 'Llega mañana.', files: [], base: '' }),
    ]);
  });

  it('is split at the end of sentences, counted after folding', () => {
    const pieces = textsOf(long);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.every((piece) => (piece?.length ?? 0) <= 350 && piece?.endsWith('.'))).toBe(true);
    expect(pieces.join(' ')).toBe(long);
    // Each character of these becomes three.
    expect(textsOf('…'.repeat(120))).toHaveLength(2);
  });

  it.each([
    ['under an assistant', packAddress(ASSISTANT)],
    ['as a first contact', packAddress(null)],
  ])('is not split %s', (_, address) => {
    expect(() => rendering(long, { address })).toThrow(expect.objectContaining({ fault: 'rejected', code: 'too-long' }));
  });

  const parts: [string, Part[], string, string | null][] = [
    ['a choice', [{ kind: 'choice', text: '¿Cuál?', options: [{ id: 'a', title: 'Roja' }] }], '¿Cuál?\n\n1. Roja', 'numbered'],
    ['a location', [{ kind: 'location', latitude: 1.5, longitude: 2, name: 'Depósito' }], 'Depósito\n1.5, 2', 'location'],
    ['a contact', [{ kind: 'contact', name: 'Ana', phones: ['1'], emails: ['a@b.c'] }], 'Ana\n1\na@b.c', 'personal data'],
    [
      'a card',
      [{ kind: 'card', title: 'Azul', text: '9 $', url: 'https://x.example', image: 'i' }],
      'Azul\n9 $\nhttps://x.example',
      'picture',
    ],
    ['what was chosen', [{ kind: 'chosen', id: 'a', title: 'Roja' }], 'Roja', null],
    [
      'what cannot be said',
      [
        { kind: 'text', text: 'a' },
        { kind: 'unsupported', summary: 'Voz', rawType: 'x' },
      ],
      'a',
      'Voz',
    ],
    ['a short link', [{ kind: 'text', text: 'vea https://bit.ly/x' }], 'vea https://bit.ly/x', 'bit.ly'],
    [
      'mark-up',
      [{ kind: 'text', text: '<b>vea</b> <a href="https://x.example">esto</a>' }],
      'vea <a href="https://x.example">esto</a>',
      'Mark-up',
    ],
    ['emoji', [{ kind: 'text', text: 'listo 👍' }], 'listo', 'emoji'],
    ['captions', [file({ caption: 'uno' }), file({ caption: 'dos' })], 'uno\n\ndos', null],
    ['a file alone', [file()], 'talla.png', null],
  ];
  it.each(parts)('says %s as text', (_, given, text, loss) => {
    const { requests, losses } = rendering('', { parts: given });
    expect(requests).toEqual([expect.objectContaining({ text })]);
    if (loss === null) expect(losses).toEqual([]);
    else expect(losses.join()).toContain(loss);
  });

  it.each([
    ['您好', {}, 'unsupported-characters'],
    ['👍', {}, 'nothing-to-send'],
    ['', { parts: [file({ mime: 'video/mp4' })] }, 'media-unsupported'],
    ['', { parts: [file({ sizeBytes: 25_000_001 })] }, 'media-too-large'],
    ['', { parts: Array.from({ length: 26 }, () => file()) }, 'too-many-files'],
    ['', { parts: [file()], address: packAddress(null) }, 'media-unsupported'],
    ['', { parts: [{ kind: 'unsupported', summary: 'Voz', rawType: 'x' }] }, 'nothing-to-send'],
    ['hola', { address: { kind: 'none' } }, 'no-address'],
    ['hola', { address: {} }, 'no-address'],
  ])('cannot be said: %s %j', (text, fields, code) => {
    expect(() => rendering(text, fields as Partial<OutboundDraft>)).toThrow(expect.objectContaining({ fault: 'rejected', code }));
  });
});

describe('an answer to a question', () => {
  it('is public, may have any character, and goes to the question that is meant', () => {
    const { requests, losses } = rendering('Sí 👍 您好', { address: questionAddress });
    expect(requests).toEqual([{ kind: 'answer', questionId: '5036111111', text: 'Sí 👍 您好' }]);
    expect(losses.join()).toContain('public');
    const replyTo = { messageId: 'msg_2', externalId: 'question:77' };
    expect(rendering('Sí', { address: questionAddress, replyTo }).requests).toEqual([
      expect.objectContaining({ questionId: '77' }),
    ]);
  });

  it.each([
    ['a'.repeat(2_001), {}, 'too-long'],
    [' ', {}, 'nothing-to-send'],
    ['', { parts: [file()] }, 'media-unsupported'],
  ])('cannot be said', (text, fields, code) => {
    expect(() => rendering(text, { address: questionAddress, ...fields })).toThrow(expect.objectContaining({ code }));
  });
  it('may be long', () => expect(textsOf('a'.repeat(2_000), { address: questionAddress })).toHaveLength(1));
});

describe('a message to a claim', () => {
  it('goes to who listens there, and takes no files', () => {
    expect(rendering('Lo cambiamos', { address: { ...claimAddress, receiver: 'mediator' } }).requests).toEqual([
      expect.objectContaining({ kind: 'claim', claimId: '5200', receiver: 'mediator', text: 'Lo cambiamos' }),
    ]);
    expect(() => rendering('', { address: claimAddress, parts: [file()] })).toThrow(
      expect.objectContaining({ code: 'media-unsupported' }),
    );
  });
});

describe('a template', () => {
  const template = (name: string, variables: Record<string, string> = {}) => ({
    parts: [{ kind: 'template' as const, name, language: 'es', variables }],
  });
  it('is an option of the guide', () => {
    const fields = template('REQUEST_VARIANTS', { template_id: 'T1', color: 'rojo' });
    expect(rendering('', { ...fields, address: packAddress(null) }).requests).toEqual([
      expect.objectContaining({ kind: 'guide', option: 'REQUEST_VARIANTS', templateId: 'T1', vars: { color: 'rojo' } }),
    ]);
  });
  it.each([
    ['order_update', packAddress(null), 'template-unknown'],
    ['OTHER', questionAddress, 'template-unsupported'],
  ])('%s is refused where it is none', (name, address, code) => {
    expect(() => rendering('', { ...template(name), address })).toThrow(expect.objectContaining({ code }));
  });
});

import { ChannelError, type OutboundDraft } from '@parley/connector';
import type { Part } from '@parley/model';
import { account, BUYER } from './fixtures';
import { newThreadTo } from './identity';
import { renderWhatsApp } from './render';

const draft = (parts: readonly Part[], overrides: Partial<OutboundDraft> = {}): OutboundDraft => ({
  messageId: 'msg_1',
  conversationId: 'cnv_1',
  attempt: 1,
  parts,
  language: 'es-MX',
  original: null,
  author: { kind: 'agent', name: 'Wei' },
  address: { to: BUYER },
  contact: { address: BUYER, name: 'Mila' },
  subject: null,
  replyTo: null,
  replyWindow: { openUntil: null, then: 'template' },
  acceptedAt: '2026-01-05T10:00:00.000Z',
  ...overrides,
});
const bodies = (parts: readonly Part[], overrides?: Partial<OutboundDraft>) =>
  renderWhatsApp(draft(parts, overrides), account()).requests.map((request) => request.body);
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof ChannelError && error.fault === 'rejected') return error.code;
    throw error;
  }
  throw new Error('Not rejected');
};
const text = (value: string): Part => ({ kind: 'text', text: value });
const media = (mime: string, extra: object = {}): Part => ({
  kind: 'media',
  mime,
  url: '/v1/media/med_1',
  name: 'invoice.pdf',
  sizeBytes: 1_000,
  caption: null,
  ...extra,
});
const choice = (...titles: string[]): Part => ({
  kind: 'choice',
  text: '¿Cuál?',
  options: titles.map((title, index) => ({ id: `o${index}`, title })),
});

describe('render', () => {
  it('sends text with our id, to exactly the number that wrote', () => {
    expect(bodies([text('Sí, queda una.')])).toEqual([
      {
        messaging_product: 'whatsapp',
        recipient_type: 'individual',
        to: `+${BUYER}`,
        biz_opaque_callback_data: 'msg_1',
        type: 'text',
        text: { body: 'Sí, queda una.', preview_url: false },
      },
    ]);
  });

  it.each<[OutboundDraft['address'], object]>([
    [{ recipient: 'DE.1' }, { recipient_type: 'individual', recipient: 'DE.1' }],
    [
      { to: '551188887777', recipient: 'BR.1' },
      { to: '+551188887777', recipient: 'BR.1' },
    ],
    [{ group: 'G1' }, { recipient_type: 'group', to: 'G1' }],
  ])('addresses %j', (address, expected) => {
    expect(bodies([text('x')], { address })[0]).toMatchObject(expected);
  });

  it('quotes in the first request only, and never in a template', () => {
    const replyTo = { messageId: 'msg_0', externalId: 'wamid.IN1' };
    const [first, second] = bodies([text('a'), text('b')], { replyTo });
    expect(first?.['context']).toEqual({ message_id: 'wamid.IN1' });
    expect(second?.['context']).toBeUndefined();
    const template: Part = { kind: 'template', name: 'hello', language: 'es', variables: {} };
    expect(bodies([template], { replyTo })[0]?.['context']).toBeUndefined();
  });

  it('splits a long text', () => {
    const sent = bodies([text('palabra '.repeat(1_200))]).map((body) => (body['text'] as { body: string }).body);
    expect(sent).toHaveLength(3);
    for (const one of sent) expect(one.length).toBeLessThanOrEqual(4_096);
    expect(sent.join(' ')).toBe('palabra '.repeat(1_200).trim());
  });

  it.each([
    ['image/jpeg', 'image', {}],
    ['image/webp', 'sticker', {}],
    ['video/mp4', 'video', {}],
    ['audio/ogg; codecs=opus', 'audio', {}],
    ['application/pdf', 'document', { filename: 'invoice.pdf' }],
  ])('sends %s as %s', (mime, type, content) => {
    const [request] = renderWhatsApp(draft([media(mime)]), account()).requests;
    expect(request?.body).toMatchObject({ type, [type]: content });
    expect(request?.upload).toEqual({ url: '/v1/media/med_1', mime: mime.split(';')[0], name: 'invoice.pdf' });
  });

  it('keeps a caption where it fits, and sends it after the file where not', () => {
    expect(bodies([media('image/png', { caption: 'La azul' })])).toMatchObject([{ image: { caption: 'La azul' } }]);
    expect(bodies([media('audio/mpeg', { caption: 'La azul' })])).toMatchObject([
      { type: 'audio' },
      { text: { body: 'La azul' } },
    ]);
    expect(bodies([media('image/png', { caption: 'x'.repeat(1_025) })])).toMatchObject([{ type: 'image' }, { type: 'text' }]);
  });

  it.each<[string, Part[], string]>([
    ['a type WhatsApp does not take', [media('application/zip')], 'media-unsupported'],
    ['a file too large', [media('image/png', { sizeBytes: 5_000_001 })], 'media-too-large'],
    ['nothing', [text('   ')], 'nothing-to-send'],
    [
      'a template name that cannot be',
      [{ kind: 'template', name: 'Hello World', language: 'es', variables: {} }],
      'template-unknown',
    ],
  ])('refuses %s', (_case, parts, code) => {
    expect(codeOf(() => bodies(parts))).toBe(code);
  });

  it('refuses a conversation without address', () => {
    expect(codeOf(() => bodies([text('x')], { address: {} }))).toBe('no-address');
  });

  it('offers up to three short options as buttons', () => {
    expect(bodies([choice('Sí', 'No')])[0]?.['interactive']).toEqual({
      type: 'button',
      body: { text: '¿Cuál?' },
      action: {
        buttons: [
          { type: 'reply', reply: { id: 'o0', title: 'Sí' } },
          { type: 'reply', reply: { id: 'o1', title: 'No' } },
        ],
      },
    });
  });

  it('offers up to ten as a list, in the buyer’s language', () => {
    expect(bodies([choice('a', 'b', 'c', 'd')])[0]?.['interactive']).toMatchObject({
      type: 'list',
      action: { button: 'Elegir', sections: [{ title: 'Elegir', rows: [{ id: 'o0', title: 'a' }, {}, {}, {}] }] },
    });
  });

  it.each([
    ['eleven options', choice(...'abcdefghijk')],
    ['long titles', choice('x'.repeat(25))],
    ['equal titles', choice('a', 'a')],
  ])('writes %s as numbered text', (_case, part) => {
    const { requests, losses } = renderWhatsApp(draft([part]), account());
    expect(requests[0]?.body.type).toBe('text');
    expect(losses).toHaveLength(1);
  });

  it('sends groups text instead of what they cannot have', () => {
    const parts: Part[] = [
      choice('Sí'),
      { kind: 'location', latitude: 1, longitude: 2 },
      { kind: 'contact', name: 'Jo', phones: ['1'], emails: [] },
    ];
    expect(bodies(parts, { address: { group: 'G1' } }).map((body) => body.type)).toEqual(['text', 'text', 'text']);
  });

  it('puts variables of a template where their names say', () => {
    const variables = { '2': 'B', '1': 'A', header: 'H', 'button.0.payload': 'TRACK', 'button.1.url': 'a/7' };
    expect(bodies([{ kind: 'template', name: 'order_update', language: 'pt-BR', variables }])[0]?.['template']).toEqual({
      name: 'order_update',
      language: { code: 'pt_BR' },
      components: [
        { type: 'header', parameters: [{ type: 'text', text: 'H' }] },
        {
          type: 'body',
          parameters: [
            { type: 'text', text: 'A' },
            { type: 'text', text: 'B' },
          ],
        },
        { type: 'button', sub_type: 'quick_reply', index: '0', parameters: [{ type: 'payload', payload: 'TRACK' }] },
        { type: 'button', sub_type: 'url', index: '1', parameters: [{ type: 'text', text: 'a/7' }] },
      ],
    });
    const named: Part = {
      kind: 'template',
      name: 't',
      language: 'de',
      variables: { order_no: 'A-1', 'header.image': 'https://x.example/a.jpg' },
    };
    expect(bodies([named])[0]?.['template']).toMatchObject({
      components: [
        { type: 'header', parameters: [{ type: 'image', image: { link: 'https://x.example/a.jpg' } }] },
        { type: 'body', parameters: [{ type: 'text', parameter_name: 'order_no', text: 'A-1' }] },
      ],
    });
  });

  it('sends locations, contacts and cards', () => {
    const parts: Part[] = [
      { kind: 'location', latitude: 52.5, longitude: 13.4, name: 'Depot' },
      { kind: 'contact', name: 'Jo', phones: ['+49 1'], emails: ['jo@shop.example'] },
      { kind: 'card', title: 'Blue lamp', text: '39.90 EUR', url: 'https://shop.example/7', image: 'https://shop.example/7.jpg' },
    ];
    const { requests, losses } = renderWhatsApp(draft(parts), account());
    expect(requests.map((request) => request.body)).toMatchObject([
      { type: 'location', location: { latitude: 52.5, longitude: 13.4, name: 'Depot' } },
      { type: 'contacts', contacts: [{ name: { formatted_name: 'Jo' }, phones: [{ phone: '+49 1' }] }] },
      { type: 'text', text: { body: 'Blue lamp\n39.90 EUR\nhttps://shop.example/7', preview_url: true } },
    ]);
    expect(losses).toEqual(['The picture of the card is not sent.']);
  });
});

describe('starting a conversation', () => {
  it.each([
    ['+49 151 1234-5678', BUYER, { to: BUYER }],
    ['4915112345678', BUYER, { to: BUYER }],
    ['DE.1000000000000001', 'DE.1000000000000001', { recipient: 'DE.1000000000000001' }],
  ])('takes %s', (address, key, expected) => {
    expect(newThreadTo({ address }, account())).toMatchObject({ thread: { key, address: expected }, contactAddress: key });
  });

  it.each(['', 'mila', '12', '+', '0151 1234567', '49151123456789012', 'mila@shop.example'])('refuses %p', (address) => {
    expect(codeOf(() => newThreadTo({ address }, account()))).toBe('address-invalid');
  });
});

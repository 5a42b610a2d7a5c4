import type { ChannelEvent } from '@parley/connector';
import { ASSISTANT, account, BUYER, message, OPEN, ORDER, order, ownMessage, PACK, SELLER } from '../testing/fixtures';
import { normalize } from './normalize';

const eventsOf = (json: object): readonly ChannelEvent[] => normalize({ json: JSON.parse(JSON.stringify(json)) }, account());
const said = (fields: object, more: object = {}) =>
  eventsOf({
    kind: 'message',
    packId: PACK,
    status: OPEN,
    orders: [order()],
    shipments: [],
    message: message({ ...fields }),
    ...more,
  });
const own = (fields: object) =>
  eventsOf({ kind: 'message', packId: PACK, status: OPEN, orders: [order()], shipments: [], message: ownMessage({ ...fields }) });
const shape = (events: readonly ChannelEvent[]) => events.map((event) => (event.kind === 'receipt' ? event.state : event.kind));

describe('a message about a purchase', () => {
  it('names the buyer from the order and is answered to the assistant in between', () => {
    const shipments = [{ id: 43001, status: 'shipped', tracking_number: 'MEL12345678' }];
    expect(said({}, { shipments })).toEqual([
      expect.objectContaining({
        kind: 'message',
        externalId: '019a0001',
        direction: 'inbound',
        author: { kind: 'bot', id: ASSISTANT, name: 'Mercado Libre' },
        contact: expect.objectContaining({ address: BUYER, name: 'COMPRA.FELIZ', country: 'AR' }),
        thread: {
          key: `pack:${PACK}`,
          address: { kind: 'pack', packId: PACK, to: ASSISTANT, assistant: true, siteId: 'MLA', base: '' },
          subject: 'Zapatillas',
        },
        languageHint: 'es-AR',
        replyWindow: { openUntil: null, then: 'free' },
        attributes: { assistant: ASSISTANT },
        orders: [
          expect.objectContaining({
            number: ORDER,
            state: 'shipped',
            placedAt: '2026-01-01T09:00:00.000Z',
            total: '59.9',
            tracking: [expect.objectContaining({ number: 'MEL12345678' })],
          }),
        ],
      }),
    ]);
  });

  it.each([
    ['MLC', 3020819166],
    ['MCO', 3037204123],
    ['MLM', 3037204279],
    ['MLA', 3037674934],
    ['MLB', 3037675074],
    ['MLU', 3037204685],
  ])('never takes the assistant of %s for the buyer', (site, assistant) => {
    const [event] = said({ site_id: site, from: { user_id: assistant } }, { orders: [] });
    expect(event).toMatchObject({
      contact: { address: `pack:${PACK}` },
      thread: { address: { to: String(assistant), assistant: true } },
      languageHint: site === 'MLB' ? 'pt-BR' : expect.stringMatching(/^es-/),
    });
  });

  it.each([
    ['text', { text: 'hola' }, [{ kind: 'text', text: 'hola' }]],
    ['the older shape', { text: { plain: 'hola' } }, [{ kind: 'text', text: 'hola' }]],
    ['a text of a kind to come', { text: 7 }, [{ kind: 'unsupported', rawType: 'empty' }]],
    ['nothing', { text: null }, [{ kind: 'unsupported', rawType: 'empty' }]],
    [
      'a file',
      { message_attachments: [{ filename: 'x_1.jpg', original_filename: 'foto.jpg', type: 'image/jpeg', size: 9 }] },
      [
        { kind: 'text' },
        {
          kind: 'media',
          mime: 'image/jpeg',
          name: 'foto.jpg',
          sizeBytes: 9,
          content: { key: 'mercadolibre/acc_1/x_1.jpg', ref: { filename: 'x_1.jpg', siteId: 'MLA' } },
        },
      ],
    ],
    [
      'a dangerous file',
      { message_attachments: [{ filename: 'x.jpg', original_filename: 'foto.jpg', potential_security_threat: true }] },
      [{ kind: 'text' }, { kind: 'unsupported', summary: 'File held back as dangerous: foto.jpg' }],
    ],
    [
      'files that nobody can read',
      { message_attachments: [7, {}] },
      [{ kind: 'text' }, { kind: 'unsupported' }, { kind: 'unsupported' }],
    ],
    [
      'what was refused',
      { text: null, status: 'moderated', message_moderation: { status: 'rejected', reason: 'PERSONAL_DATA' } },
      [{ kind: 'unsupported', summary: expect.stringContaining('PERSONAL_DATA') }],
    ],
  ])('shows %s', (_, fields, parts) => {
    expect(said(fields)).toEqual([expect.objectContaining({ parts: parts.map((part) => expect.objectContaining(part)) })]);
  });

  it.each([
    [{ text: '', message_moderation: { status: 'pending' } }, []],
    [{ text: null, status: 'pending_translation' }, []],
    [{ text: 'hola', status: 'pending_translation' }, ['message']],
    [{ text: 'hola', message_moderation: { status: 'pending' } }, ['message']],
    [{ text: 'hola', message_moderation: { status: 'non_moderated' } }, ['message']],
  ])('waits until Mercado Libre lets it through: %j', (fields, kinds) => {
    expect(shape(said(fields))).toEqual(kinds);
  });

  it('is shown even when it names no purchase, no sender and no time', () => {
    const [event] = said({ from: null, message_date: null }, { packId: null, orders: [], status: null });
    expect(event).toMatchObject({
      contact: { address: 'message:019a0001' },
      thread: { address: { kind: 'none' } },
      sentAt: new Date(0),
    });
  });

  it('stands beside an order, whatever else stands there', () => {
    const [event] = said({}, { orders: [7, { id: null }, order({ order_items: [null, { item: {} }] })] });
    expect(event).toMatchObject({ orders: [{ id: ORDER, items: [{ title: '', quantity: 1 }] }] });
  });

  it('of a closed conversation closes the window, also for a reason nobody knows', () => {
    const status = (substatus: string) => ({
      status: 'blocked',
      substatus,
      status_date: '2026-01-02T00:00:00Z',
      claim_ids: [5200],
    });
    expect(said({}, { status: status('blocked_by_mediation') })).toEqual([
      expect.objectContaining({
        kind: 'message',
        replyWindow: { openUntil: '2026-01-02T00:00:00.000Z', then: 'closed', reason: expect.stringContaining('claim 5200') },
        attributes: { assistant: ASSISTANT, claims: ['5200'] },
      }),
      expect.objectContaining({ kind: 'thread', at: new Date('2026-01-02T00:00:00Z'), replyWindow: expect.anything() }),
    ]);
    expect(said({}, { status: status('blocked_by_moonlight') })[0]).toMatchObject({
      replyWindow: { then: 'closed', reason: expect.stringContaining('moonlight') },
    });
  });
});

describe('a message of the shop', () => {
  const at = { received: '2026-01-01T08:00:00Z', available: '2026-01-01T08:00:01Z' };
  it.each([
    ['on its way', { status: 'pending', message_date: at }, ['message']],
    ['taken', { message_date: at }, ['message', 'delivered']],
    ['read', { message_date: { ...at, read: '2026-01-01T09:00:00Z' } }, ['message', 'delivered', 'read']],
    ['moderated later', { status: 'moderated' }, ['message', 'failed']],
    ['rejected later', { status: 'rejected' }, ['message', 'failed']],
    ['taken, but rejected', { message_moderation: { status: 'rejected' } }, ['message', 'failed']],
  ])('is %s', (_, fields, states) => {
    const events = own(fields);
    expect(shape(events)).toEqual(states);
    expect(events[0]).toMatchObject({
      direction: 'outbound',
      author: { kind: 'agent', id: SELLER },
      contact: { address: BUYER },
    });
  });

  it.each([
    'OUT_OF_PLACE_LANGUAGE',
    'SOCIAL_NETWORK_LINK',
    'LINK_SHORT_URL',
    'AUTOMATIC_MESSAGE',
    'PERSONAL_DATA',
    'LINK_MERCADOPAGO',
    'ML_LINKS_PAYPAL',
    'EVASION_CLAIM_SELLER',
    'A_NEW_ONE',
  ])('says why it was not let through: %s', (reason) => {
    const moderation_date = '2026-01-01T10:00:00Z';
    const events = own({ status: 'moderated', message_moderation: { status: 'rejected', reason, moderation_date } });
    expect(events[1]).toMatchObject({
      kind: 'receipt',
      at: new Date(moderation_date),
      error: { code: `moderated:${reason}`, retryable: false, message: expect.stringContaining('write it otherwise') },
    });
  });
});

import type { ChannelEvent } from '@parley/connector';
import { acceptWhatsApp } from './accept';
import { account, BUYER, batch, change, message, PHONE_NUMBER_ID, profile, signed } from './fixtures';
import { normalizeWhatsApp } from './normalize';

const eventsOf = (value: object, field?: string): ChannelEvent[] =>
  acceptWhatsApp(signed(batch(change(value, field))), account()).items.flatMap((item) => [
    ...normalizeWhatsApp(item.content, account()),
  ]);
const read = (fields: Record<string, unknown>, contacts: object[] = [profile]) => {
  const [event] = eventsOf({ contacts, messages: [message(fields)] });
  if (event?.kind !== 'message') throw new Error(`Expected a message, got ${event?.kind}`);
  return event;
};
const media = (extra: object) => ({ id: '610000000000001', sha256: 'U3ludGg=', ...extra });
const content = { key: 'whatsapp:610000000000001', ref: { mediaId: '610000000000001' } };
const file = (mime: string, extra: object = {}) => ({ kind: 'media', mime, name: null, caption: null, content, ...extra });

describe('a message', () => {
  it('says who wrote what, when, and how to answer', () => {
    expect(read({ type: 'text', text: { body: '¿Queda la lámpara azul?' } })).toMatchObject({
      kind: 'message',
      externalId: 'wamid.IN1',
      direction: 'inbound',
      thread: { key: BUYER, aliases: [`wa:${BUYER}`], address: { to: BUYER } },
      author: { kind: 'buyer', id: BUYER, name: 'Mila K' },
      contact: { address: BUYER, name: 'Mila K', country: 'DE' },
      parts: [{ kind: 'text', text: '¿Queda la lámpara azul?' }],
      sentAt: new Date(1_760_000_000_000),
      replyToExternalId: null,
    });
  });

  it.each<[string, Record<string, unknown>, unknown[]]>([
    ['image', { image: media({ mime_type: 'image/jpeg', caption: 'this one' }) }, [file('image/jpeg', { caption: 'this one' })]],
    ['audio', { audio: media({ mime_type: 'audio/ogg; codecs=opus', voice: true }) }, [file('audio/ogg')]],
    ['video', { video: media({ mime_type: 'video/mp4' }) }, [file('video/mp4')]],
    [
      'document',
      { document: media({ mime_type: 'application/pdf', filename: '../../etc/in\u0000voice 7.pdf', caption: 'wrong sum' }) },
      [file('application/pdf', { name: 'invoice 7.pdf', caption: 'wrong sum' })],
    ],
    ['sticker', { sticker: media({ mime_type: 'image/webp', animated: true }) }, [file('image/webp')]],
    ['image', { image: { mime_type: 'image/jpeg' } }, [expect.objectContaining({ kind: 'unsupported', rawType: 'image' })]],
    [
      'location',
      { location: { latitude: 52.52, longitude: 13.405, name: 'Depot', address: 'Street 1' } },
      [{ kind: 'location', latitude: 52.52, longitude: 13.405, name: 'Depot', address: 'Street 1' }],
    ],
    ['location', { location: { latitude: 520, longitude: 13 } }, [expect.objectContaining({ kind: 'unsupported' })]],
    [
      'contacts',
      {
        contacts: [
          {
            name: { formatted_name: 'Jo S' },
            phones: [{ phone: '+49 151 0', wa_id: '491510' }, { wa_id: '491511' }],
            emails: [{ email: 'jo@shop.example' }],
          },
        ],
      },
      [{ kind: 'contact', name: 'Jo S', phones: ['+49 151 0', '491511'], emails: ['jo@shop.example'] }],
    ],
    ['button', { button: { payload: 'TRACK_A-1001', text: 'Track' } }, [{ kind: 'chosen', id: 'TRACK_A-1001', title: 'Track' }]],
    [
      'interactive',
      { interactive: { type: 'button_reply', button_reply: { id: 'yes', title: 'Yes' } } },
      [{ kind: 'chosen', id: 'yes', title: 'Yes' }],
    ],
    [
      'interactive',
      { interactive: { type: 'list_reply', list_reply: { id: 'express', title: 'Express', description: 'Next day' } } },
      [{ kind: 'chosen', id: 'express', title: 'Express' }],
    ],
    [
      'interactive',
      {
        interactive: {
          type: 'nfm_reply',
          nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"flow_token":"t","size":"L"}' },
        },
      },
      [{ kind: 'text', text: 'Sent\nsize: L' }],
    ],
    [
      'interactive',
      { interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{broken' } } },
      [{ kind: 'text', text: 'Sent' }],
    ],
    ['interactive', { interactive: { type: 'hologram' } }, [expect.objectContaining({ rawType: 'interactive.hologram' })]],
    [
      'order',
      {
        order: {
          catalog_id: '5',
          text: 'Friday please',
          product_items: [{ product_retailer_id: 'LAMP-BLUE', quantity: 2, item_price: 39.9, currency: 'EUR' }],
        },
      },
      [
        { kind: 'text', text: 'Friday please' },
        { kind: 'card', title: 'LAMP-BLUE', text: '2 × 39.9 EUR', url: null, image: null, product: 'LAMP-BLUE' },
      ],
    ],
    [
      'unsupported',
      { errors: [{ code: 131051, title: 'Message type unknown' }] },
      [{ kind: 'unsupported', rawType: 'unsupported', summary: expect.stringContaining('Message type unknown') }],
    ],
    ['unsupported', { unsupported: { type: 'edit' } }, [expect.objectContaining({ rawType: 'unsupported.edit' })]],
    ['unsupported', { errors: [{ code: 131052 }] }, [expect.objectContaining({ summary: expect.stringContaining('file') })]],
    ['poll', { poll: {} }, [expect.objectContaining({ kind: 'unsupported', rawType: 'poll' })]],
    ['text', { text: {} }, [expect.objectContaining({ kind: 'unsupported', rawType: 'text' })]],
    ['system', { system: { type: 'other_news', body: 'Something changed' } }, [{ kind: 'text', text: 'Something changed' }]],
  ])('of type %s is read: %j', (type, fields, parts) => {
    expect(read({ type, ...fields }).parts).toEqual(parts);
  });

  it('knows what it answers, and that a forwarded one answers nothing here', () => {
    const context = { from: '15005550100', id: 'wamid.OUT9' };
    expect(read({ type: 'text', text: { body: 'yes' }, context }).replyToExternalId).toBe('wamid.OUT9');
    const forwarded = read({ type: 'text', text: { body: 'yes' }, context: { forwarded: true, id: 'wamid.X' } });
    expect(forwarded).toMatchObject({ replyToExternalId: null, attributes: { forwarded: true } });
  });

  it('brings the ad it came from', () => {
    const referral = {
      source_url: 'https://fb.example/ad1',
      source_id: '12',
      source_type: 'ad',
      headline: 'Lamp sale',
      body: '20% off',
      image_url: 'https://cdn.example/a.jpg',
      ctwa_clid: 'C',
    };
    const event = read({ type: 'text', text: { body: 'Hi' }, referral });
    expect(event.parts[1]).toEqual({
      kind: 'card',
      title: 'Lamp sale',
      text: '20% off',
      url: 'https://fb.example/ad1',
      image: 'https://cdn.example/a.jpg',
    });
    expect(event.attributes).toMatchObject({ referral: { source_id: '12', ctwa_clid: 'C' } });
  });

  it('brings the product it asks about', () => {
    const context = { id: 'wamid.C', referred_product: { catalog_id: '5', product_retailer_id: 'LAMP-BLUE' } };
    expect(read({ type: 'text', text: { body: 'in stock?' }, context }).parts).toMatchObject([
      { kind: 'text' },
      { kind: 'card', product: 'LAMP-BLUE' },
    ]);
  });

  it('of a group stays in the group', () => {
    expect(read({ type: 'text', text: { body: 'hello all' }, group_id: 'G1' })).toMatchObject({
      thread: { key: 'group:G1', address: { group: 'G1' } },
      author: { id: BUYER },
      contact: { address: 'group:G1' },
    });
  });

  it('without time takes the time it came', () => {
    const before = Date.now();
    expect(read({ type: 'text', text: { body: 'x' }, timestamp: 'soon' }).sentAt.getTime()).toBeGreaterThanOrEqual(before);
  });

  it.each([
    ['sender', { from: undefined }, []],
    ['id', { id: '' }, [profile]],
  ])('without %s is parked', (_case, fields, contacts) => {
    expect(() => read({ type: 'text', text: { body: 'x' }, ...fields }, contacts)).toThrow(TypeError);
  });
});

describe('a person', () => {
  const user = 'DE.1000000000000001';
  it.each([
    ['number and user id', { from: BUYER, from_user_id: user }, { key: BUYER, address: { to: BUYER, recipient: user } }],
    ['user id alone', { from: undefined, from_user_id: user }, { key: user, address: { recipient: user } }],
    ['an empty number', { from: '', from_user_id: user }, { key: user, aliases: [`user:${user}`] }],
  ])('is known by %s', (_case, fields, thread) => {
    const contacts = [{ profile: { username: 'mila' }, user_id: user, wa_id: fields.from ?? '' }];
    const event = read({ type: 'text', text: { body: 'x' }, ...fields }, contacts);
    expect(event.thread).toMatchObject(thread);
    expect(event.contact).toMatchObject({ name: 'mila', country: 'DE' });
  });

  it.each([
    ['551188887777', '5511988887777'],
    ['5511988887777', '5511988887777'],
    ['551122223333', '551122223333'],
    ['5215512345678', '525512345678'],
    ['5491112345678', '5491112345678'],
    ['541112345678', '541112345678'],
  ])('with the number %s has the thread %s, and is answered under the exact number', (from, key) => {
    expect(read({ type: 'text', text: { body: 'x' }, from }).thread).toMatchObject({ key, address: { to: from } });
  });

  it('who changes the number keeps the thread', () => {
    const system = { type: 'user_changed_number', body: 'Mila changed number', wa_id: '4915199999999' };
    expect(eventsOf({ messages: [message({ type: 'system', system })] })).toEqual([
      {
        kind: 'thread',
        thread: { key: BUYER, aliases: [`wa:${BUYER}`, 'wa:4915199999999'], address: { to: '4915199999999' } },
        at: new Date(1_760_000_000_000),
      },
    ]);
  });
});

describe('what happens to a message', () => {
  it.each([
    ['👍', '👍'],
    ['', null],
    [undefined, null],
  ])('reaction %p', (emoji, expected) => {
    const [event] = eventsOf({ messages: [message({ type: 'reaction', reaction: { message_id: 'wamid.OUT9', emoji } })] });
    expect(event).toMatchObject({
      kind: 'reaction',
      targetExternalId: 'wamid.OUT9',
      emoji: expected,
      author: { kind: 'buyer', id: BUYER },
    });
  });

  it('edit and revoke', () => {
    const edit = { original_message_id: 'wamid.IN0', message: { type: 'text', text: { body: 'two, please' } } };
    expect(
      eventsOf({
        messages: [
          message({ type: 'edit', edit }),
          message({ id: 'wamid.IN2', type: 'revoke', revoke: { original_message_id: 'wamid.IN0' } }),
        ],
      }),
    ).toMatchObject([
      { kind: 'edit', targetExternalId: 'wamid.IN0', parts: [{ kind: 'text', text: 'two, please' }] },
      { kind: 'recall', targetExternalId: 'wamid.IN0' },
    ]);
  });

  it.each<[Record<string, unknown>, unknown[]]>([
    [{ status: 'sent' }, [{ state: 'sent', externalId: 'wamid.OUT9', messageId: null, error: null }]],
    [{ status: 'delivered', biz_opaque_callback_data: 'msg_1' }, [{ state: 'delivered', messageId: 'msg_1' }]],
    [{ status: 'read', biz_opaque_callback_data: 'another tool' }, [{ state: 'read', messageId: null }]],
    [{ status: 'played' }, [{ state: 'read' }]],
    [{ status: 'deleted' }, []],
    [{ status: 5 }, []],
    [
      { status: 'failed', errors: [{ code: 131047, title: 'Re-engagement message' }] },
      [{ state: 'failed', error: { code: 'window-closed', retryable: false, message: expect.stringContaining('24 hours') } }],
    ],
    [
      { status: 'failed', errors: [{ code: 131056 }] },
      [{ state: 'failed', error: { code: 'recipient-rate-limit', retryable: true } }],
    ],
    [{ status: 'failed' }, [{ state: 'failed', error: { code: 'whatsapp-failed' } }]],
  ])('receipt %j', (fields, expected) => {
    const status = { id: 'wamid.OUT9', timestamp: '1760000400', recipient_id: BUYER, ...fields };
    expect(eventsOf({ statuses: [status] })).toMatchObject(expected);
  });
});

describe('from beside the API', () => {
  it('a message typed on the phone is the shop speaking', () => {
    const echo = {
      from: '15005550100',
      to: BUYER,
      id: 'wamid.ECHO1',
      timestamp: '1760000800',
      type: 'text',
      text: { body: 'answered' },
    };
    expect(eventsOf({ message_echoes: [echo] }, 'smb_message_echoes')).toMatchObject([
      {
        kind: 'message',
        direction: 'outbound',
        thread: { key: BUYER },
        author: { kind: 'agent', id: `phone:${PHONE_NUMBER_ID}` },
        contact: { address: BUYER },
      },
    ]);
  });

  it('history comes from both sides and wakes no machine', () => {
    const text = { type: 'text', text: { body: 'old' }, timestamp: '1750000000' };
    const history = [
      {
        threads: [
          {
            id: BUYER,
            messages: [
              { ...text, id: 'wamid.H1', from: BUYER },
              { ...text, id: 'wamid.H2', from: '15005550100', to: BUYER },
            ],
          },
        ],
      },
    ];
    expect(eventsOf({ history }, 'history')).toMatchObject([
      { externalId: 'wamid.H1', direction: 'inbound', automatic: true, thread: { key: BUYER } },
      { externalId: 'wamid.H2', direction: 'outbound', automatic: true, thread: { key: BUYER } },
    ]);
  });

  it('a call is told when it is over', () => {
    const call = { id: 'wacid.1', to: '15005550100', from: BUYER, direction: 'USER_INITIATED', timestamp: '1760000700' };
    const calls = [
      { ...call, event: 'connect' },
      { ...call, event: 'terminate', status: 'FAILED' },
    ];
    expect(eventsOf({ calls }, 'calls')).toMatchObject([
      {
        externalId: 'wacid.1',
        direction: 'inbound',
        parts: [{ kind: 'unsupported', rawType: 'call', summary: 'Missed voice call' }],
      },
    ]);
  });

  it.each([
    ['account errors', { errors: [{ code: 131031 }] }, 'messages'],
    ['preferences', { user_preferences: [{ wa_id: BUYER, value: 'stop', timestamp: 1_760_000_900 }] }, 'user_preferences'],
    ['template news', { event: 'PAUSED', message_template_id: 5 }, 'message_template_status_update'],
  ])('%s are nobody’s message', (_case, value, field) => {
    expect(eventsOf(value, field)).toEqual([]);
  });
});

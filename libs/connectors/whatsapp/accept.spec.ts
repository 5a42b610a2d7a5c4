import { WebhookRejection, type WebhookRequest } from '@parley/connector';
import { acceptWhatsApp, answerHandshake, type WhatsAppItem } from './accept';
import { account, batch, change, message, metadata, PHONE_NUMBER_ID, profile, signed } from './fixtures';

const rejectionOf = (work: () => unknown): WebhookRejection => {
  try {
    work();
  } catch (error) {
    if (error instanceof WebhookRejection) return error;
    throw error;
  }
  throw new Error('Not rejected');
};
const itemsOf = (body: object) => acceptWhatsApp(signed(body), account()).items;
const contentOf = (item: { content: object }) => (item.content as { json: WhatsAppItem }).json;

describe('the handshake', () => {
  const ask = (query: Record<string, string>): WebhookRequest => ({ ...signed(''), method: 'GET', query });
  const right = { 'hub.mode': 'subscribe', 'hub.verify_token': 'invented-verify-token', 'hub.challenge': '1158201444' };

  it('answers with the bare challenge', () => {
    expect(answerHandshake(ask(right), account())).toEqual({
      status: 200,
      contentType: 'text/plain; charset=utf-8',
      body: '1158201444',
    });
  });

  it.each([
    ['another token', { ...right, 'hub.verify_token': 'guess' }, 403],
    ['no token', { 'hub.mode': 'subscribe', 'hub.challenge': '1' }, 403],
    ['another mode', { ...right, 'hub.mode': 'unsubscribe' }, 403],
    ['no challenge', { ...right, 'hub.challenge': '' }, 400],
    ['a page as challenge', { ...right, 'hub.challenge': '<script>' }, 400],
  ])('refuses %s', (_case, query, status) => {
    expect(rejectionOf(() => answerHandshake(ask(query), account())).status).toBe(status);
  });
});

describe('the signature', () => {
  it('is over the raw bytes with the app secret', () => {
    const rawBody = Buffer.from('{"object":"whatsapp_business_account","entry":[{"id":"900000000000001","changes":[]}]}');
    const headers = { 'x-hub-signature-256': 'sha256=0afc5db3d8b743f16061fe7c9438349553445f32016c22de8973e4ae774d2e74' };
    const request = { ...signed(''), rawBody, headers };
    expect(acceptWhatsApp(request, account({ appSecret: 'synthetic-app-secret' })).items).toEqual([]);
    expect(rejectionOf(() => acceptWhatsApp(request, account())).status).toBe(401);
  });

  it('holds for escaped characters, which a parser would change', () => {
    const body = JSON.stringify(batch(change({ messages: [message({ type: 'text', text: { body: '¿Azul?' } })] }))).replace(
      '¿',
      '\\u00bf',
    );
    expect(acceptWhatsApp(signed(body), account()).items).toHaveLength(1);
  });
});

describe('a batch', () => {
  it('is taken whole, over entries, changes and kinds', () => {
    const other = { metadata: { ...metadata, phone_number_id: '800000000000002' } };
    const body = {
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '1',
          changes: [
            change({
              messages: [message({ id: 'wamid.A' }), message({ id: 'wamid.B' })],
              statuses: [{ id: 'wamid.O', status: 'read' }],
            }),
            change({ ...other, messages: [message({ id: 'wamid.C' })] }),
          ],
        },
        { id: '2', changes: [change({ message_echoes: [message({ id: 'wamid.D', to: '1' })] }, 'smb_message_echoes')] },
        { id: '3', changes: [change({ event: 'APPROVED', message_template_id: 5 }, 'message_template_status_update')] },
      ],
    };
    expect(itemsOf(body).map((item) => [contentOf(item).kind, item.routeKey])).toEqual([
      ['message', PHONE_NUMBER_ID],
      ['message', PHONE_NUMBER_ID],
      ['status', PHONE_NUMBER_ID],
      ['message', '800000000000002'],
      ['echo', PHONE_NUMBER_ID],
      ['notice', PHONE_NUMBER_ID],
    ]);
  });

  it('gives each message the profile of its own sender', () => {
    const others = Array.from({ length: 20 }, (_, index) => ({ wa_id: `49${index}`, profile: { name: `P${index}` } }));
    const [item] = itemsOf(batch(change({ contacts: [...others, profile], messages: [message({ type: 'text' })] })));
    expect(contentOf(item!).contacts).toEqual([profile]);
  });

  it.each([
    ['a repeat', [{ id: 'wamid.O', status: 'read' }], [{ id: 'wamid.O', status: 'read', timestamp: '2' }], true],
    ['another state', [{ id: 'wamid.O', status: 'read' }], [{ id: 'wamid.O', status: 'sent' }], false],
    [
      'another participant',
      [{ id: 'wamid.O', status: 'read', recipient_participant_id: '1' }],
      [{ id: 'wamid.O', status: 'read', recipient_participant_id: '2' }],
      false,
    ],
  ])('knows %s of a receipt', (_case, first, second, same) => {
    const keyOf = (statuses: unknown[]) => itemsOf(batch(change({ statuses })))[0]?.dedupeKey;
    expect(keyOf(first) === keyOf(second)).toBe(same);
  });

  it.each([
    ['[]', ''],
    ['{"object":"page","entry":[]}', '/object'],
    ['{"object":"whatsapp_business_account"}', '/entry'],
    ['{"object":"whatsapp_business_account","entry":{}}', '/entry'],
  ])('points to what is wrong in %s', (body, pointer) => {
    expect(rejectionOf(() => acceptWhatsApp(signed(body), account()))).toMatchObject({ status: 400, pointer });
  });

  it.each([
    ['an entry', { object: 'whatsapp_business_account', entry: [null] }],
    ['a change', batch(5)],
    ['a value', batch({ field: 'messages', value: 'x' })],
    ['a list', batch(change({ messages: 'x' }))],
    ['a message', batch(change({ messages: [7] }))],
  ])('keeps %s without shape as an item', (_case, body) => {
    expect(itemsOf(body).map((item) => contentOf(item).kind)).toEqual(['unreadable']);
  });
});

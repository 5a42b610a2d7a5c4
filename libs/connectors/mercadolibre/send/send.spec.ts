import type { FakeProvider } from '@parley/connector/testing';
import { mercadolibre } from '../mercadolibre.connector';
import { claimAddress, file, firstRequest, questionAddress } from '../testing/drafts';
import { FakeMercadoLibre, refusal } from '../testing/fake-mercadolibre';
import { BUYER, contextOf, message, ownMessage, PACK_PATH, SELLER } from '../testing/fixtures';
import type { Request } from './request';

let fake: FakeMercadoLibre;
let running: FakeProvider;
beforeEach(async () => {
  fake = new FakeMercadoLibre();
  running = await fake.start();
});
afterEach(() => running.close());

const send = (request: Request) => mercadolibre.send(request, contextOf(running.url));
const reconcile = (request: Request) => mercadolibre.reconcile?.(request, contextOf(running.url));
const answers = (route: unknown) => fake.routes.set(`POST ${PACK_PATH}`, route);

describe('a message about a purchase', () => {
  const text = () => firstRequest('Llega mañana.');
  const withFile = () => firstRequest('mire', { parts: [file({ name: '../../talla.png' })] });

  it('is sent with the id of the channel', async () => {
    answers({ id: 'out-1', status: 'available' });
    await expect(send(text())).resolves.toEqual({ externalId: 'out-1' });
    const [sent] = fake.sent(PACK_PATH);
    expect(sent?.body).toEqual({ from: { user_id: SELLER }, to: { user_id: BUYER }, text: 'Llega mañana.' });
    expect(sent?.query.get('tag')).toBe('post_sale');
  });

  it.each([
    [
      { id: 'out-1', status: 'moderated', message_moderation: { status: 'rejected', reason: 'LINK_SHORT_URL' } },
      'moderated:LINK_SHORT_URL',
    ],
    [{ messages: [{ id: 'out-1', message_moderation: { status: 'rejected' } }] }, 'moderated'],
  ])('that is taken, but not let through, has failed', async (body, code) => {
    answers(body);
    await expect(send(text())).resolves.toMatchObject({ externalId: 'out-1', state: 'failed', error: { code } });
  });

  it.each([[{}], [[]], ['<html></html>'], [{ id: null }]])('without an id is not sent: %j', async (body) => {
    answers(() => ({ status: 200, body }));
    await expect(send(text())).rejects.toMatchObject({ fault: 'uncertain', code: 'no-id' });
  });

  it('takes files along', async () => {
    fake.routes.set('POST /messages/attachments', { id: 'up_1.png' });
    answers({ id: 'out-1' });
    await send(withFile());
    const [upload] = fake.sent('/messages/attachments');
    expect(upload?.query.get('site_id')).toBe('MLA');
    expect(upload?.body).toContain('filename="talla.png"');
    expect(fake.sent(PACK_PATH)[0]?.body.attachments).toEqual(['up_1.png']);
  });

  it.each([1, 2])('uploads once more when its file got lost %d times', async (times) => {
    fake.routes.set('POST /messages/attachments', () => ({
      status: 200,
      body: { id: `up_${fake.sent('/messages/att').length}` },
    }));
    answers(() => (fake.sent(PACK_PATH).length <= times ? refusal(422, {}) : { status: 200, body: { id: 'out-1' } }));
    const sending = send(withFile());
    if (times === 1) await expect(sending).resolves.toEqual({ externalId: 'out-1' });
    else await expect(sending).rejects.toMatchObject({ fault: 'rejected', code: 'attachment-unknown' });
    expect(fake.sent(PACK_PATH).map((seen) => seen.body.attachments)).toEqual([['up_1'], ['up_2']]);
  });

  it('is never in doubt because of an upload', async () => {
    fake.routes.set('POST /messages/attachments', () => refusal(504, {}));
    await expect(send(withFile())).rejects.toMatchObject({ fault: 'unavailable' });
    expect(fake.sent(PACK_PATH)).toHaveLength(0);
  });

  it('does not upload what is too large after all', async () => {
    const openMedia = async () => ({ bytes: new Uint8Array(25_000_001), mime: 'image/png', name: null });
    await expect(mercadolibre.send(withFile(), { ...contextOf(running.url), openMedia })).rejects.toMatchObject({
      code: 'media-too-large',
    });
    expect(fake.seen).toHaveLength(0);
  });

  it.each([
    [{ conversation_status: { status: 'blocked', substatus: 'blocked_by_refund' } }, 'refunded'],
    [{ conversation_status: {} }, 'no reason given'],
    [undefined, 'no reason given'],
  ])('into a closed conversation says why it is closed', async (conversation, words) => {
    if (conversation) fake.routes.set(`GET ${PACK_PATH}`, conversation);
    answers(() => refusal(403, { code: 'blocked_conversation_send_message_forbidden' }));
    await expect(send(text())).rejects.toMatchObject({
      fault: 'rejected',
      code: 'conversation-blocked',
      message: expect.stringContaining(words),
    });
  });

  describe('that nobody knows of', () => {
    const at = { received: '2026-02-01T00:00:03Z' };
    const ours = (fields: object = {}) => ownMessage({ text: 'Llega mañana.', message_date: at, ...fields });
    it.each([
      ['is absent when only others wrote', [message()], 'absent'],
      ['is absent when it was said before', [ours({ message_date: { received: '2026-01-31T00:00:00Z' } })], 'absent'],
      ['is found', [ours()], { found: { externalId: 'out-9' } }],
      [
        'is found, though it was not let through',
        [ours({ status: 'moderated' })],
        { found: expect.objectContaining({ state: 'failed' }) },
      ],
      ['is not guessed', [ours(), ours({ id: 'out-10' })], 'unknown'],
    ])('%s', async (_, messages, outcome) => {
      fake.routes.set(`GET ${PACK_PATH}`, { conversation_status: {}, messages });
      expect(await reconcile(text())).toEqual(outcome);
      expect(fake.asked(PACK_PATH).every((seen) => seen.query.get('mark_as_read') === 'false')).toBe(true);
    });

    it('is looked for at both ends of the conversation', async () => {
      fake.routes.set(`GET ${PACK_PATH}`, ({ query }: { query: URLSearchParams }) => ({
        status: 200,
        body: { paging: { total: 30 }, messages: query.get('offset') === '0' ? [message()] : [ours()] },
      }));
      expect(await reconcile(text())).toEqual({ found: { externalId: 'out-9' } });
    });

    it('stays unknown when the conversation cannot be read', async () => expect(await reconcile(text())).toBe('unknown'));
  });
});

describe('an answer to a question', () => {
  const answer = () => firstRequest('Sí, 220 V', { address: questionAddress });

  it('has the id of its question', async () => {
    fake.routes.set('POST /answers', { id: 5036111111, status: 'ANSWERED' });
    await expect(send(answer())).resolves.toEqual({ externalId: 'answer:5036111111' });
    expect(fake.sent('/answers')[0]?.body).toEqual({ question_id: 5036111111, text: 'Sí, 220 V' });
  });

  it('is not said to be sent when nobody said so', async () => {
    fake.routes.set('POST /answers', () => ({ status: 200, body: '<html></html>' }));
    await expect(send(answer())).rejects.toMatchObject({ fault: 'uncertain' });
  });

  it.each([
    [{ status: 'UNANSWERED', answer: null }, 'absent'],
    [{ status: 'ANSWERED', answer: { text: 'Sí, 220 V' } }, { found: { externalId: 'answer:5036111111' } }],
    [{ status: 'ANSWERED', answer: { text: 'No' } }, 'unknown'],
    [{ status: 'BANNED' }, 'unknown'],
  ])('is looked for: %j', async (body, outcome) => {
    fake.routes.set('GET /questions/5036111111', { id: 5036111111, ...body });
    expect(await reconcile(answer())).toEqual(outcome);
  });
});

describe('a message to a claim', () => {
  const SEND = '/post-purchase/v1/claims/5200/actions/send-message';
  const LIST = 'GET /post-purchase/v1/claims/5200/messages';
  const toClaim = () => firstRequest('Lo cambiamos', { address: claimAddress });
  const own = { sender_role: 'respondent', message: 'Lo cambiamos', date_created: '2026-02-01T00:00:02Z', hash: 'h7' };

  it.each([
    [{ hash: 'h7' }, []],
    [{}, [own]],
  ])('has the id the claim gives it: %j', async (body, messages) => {
    fake.routes.set(`POST ${SEND}`, body);
    fake.routes.set(LIST, messages);
    await expect(send(toClaim())).resolves.toEqual({ externalId: 'claim:5200:h7' });
    expect(fake.sent(SEND)[0]?.body).toEqual({ receiver_role: 'complainant', message: 'Lo cambiamos' });
  });

  it.each([
    [[], 'unknown'],
    [[own], { found: { externalId: 'claim:5200:h7' } }],
    [[own, { ...own, hash: 'h8' }], 'unknown'],
    [[{ ...own, sender_role: 'complainant' }], 'unknown'],
  ])('is looked for', async (messages, outcome) => {
    fake.routes.set(LIST, messages);
    expect(await reconcile(toClaim())).toEqual(outcome);
  });

  it('is in doubt when it is not to be found', async () => {
    fake.routes.set(`POST ${SEND}`, {});
    await expect(send(toClaim())).rejects.toMatchObject({ fault: 'uncertain', code: 'no-id' });
  });
});

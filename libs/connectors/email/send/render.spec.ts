import { createHash } from 'node:crypto';
import { type AccountFacts, ChannelError, type OutboundDraft } from '@parley/connector';
import { conversationId, replyId } from '@parley/model';
import { email } from '../email.connector';
import { parseEmail } from '../parse';
import type { EmailSettings } from '../settings';
import { readMark } from '../thread';
import { composeMail } from './compose';
import { htmlOf } from './mail-html';
import { renderEmail } from './render';

const server = { host: 'mail.lantern.test', port: 993, secure: true, user: 'support', password: 'x' };
const account = (more: Partial<EmailSettings> = {}): AccountFacts<EmailSettings> => ({
  id: 'acc_1',
  merchantId: 'mer_1',
  name: 'Support',
  settings: { address: 'support@lantern.test', name: 'Lantern', imap: server, smtp: { ...server, port: 465 }, ...more },
  merchantLanguage: 'zh-CN',
  signingKey: createHash('sha256').update('key').digest(),
});
const conversation = conversationId('acc_1', 't');
const draft = (more: Partial<OutboundDraft> = {}): OutboundDraft => ({
  messageId: replyId(conversation, 'k'),
  conversationId: conversation,
  attempt: 1,
  parts: [{ kind: 'text', text: 'It leaves tomorrow.' }],
  language: 'en',
  original: null,
  author: { kind: 'agent', name: 'Lin' },
  address: { to: 'ana@buyer.test', name: 'Ana', subject: 'Lamp', messageId: '<q@buyer.test>', references: ['<p@buyer.test>'] },
  contact: { address: 'ana@buyer.test', name: 'Ana' },
  subject: 'Lamp',
  replyTo: null,
  replyWindow: { openUntil: null, then: 'free' },
  acceptedAt: '2026-03-03T10:00:00.000Z',
  ...more,
});
const only = (more: Partial<OutboundDraft> = {}, facts = account()) => renderEmail(draft(more), facts).requests[0]!;

describe('a reply as a mail', () => {
  it('stands in its thread under an id of ours', () => {
    const request = only();
    expect(request).toMatchObject({
      subject: 'Re: Lamp',
      inReplyTo: '<q@buyer.test>',
      references: ['<p@buyer.test>', '<q@buyer.test>'],
      replyTo: null,
    });
    expect(readMark(account().signingKey, request.messageId)).toMatchObject({ conversationId: conversation, attempt: 1 });
  });
  it('answers the very mail it was written to', () => {
    const request = only({ replyTo: { messageId: 'msg_x', externalId: '<early@buyer.test>#0123456789abcdef' } });
    expect(request.inReplyTo).toBe('<early@buyer.test>');
    expect(request.references.at(-1)).toBe('<early@buyer.test>');
  });
  it('keeps long threads short: the first and the last', () => {
    const references = Array.from({ length: 60 }, (_, i) => `<${i}@x.test>`);
    const request = only({ address: { to: 'a@b.test', subject: 'x', messageId: '<60@x.test>', references } });
    expect(request.references).toHaveLength(20);
    expect([request.references[0], request.references.at(-1)]).toEqual(['<0@x.test>', '<60@x.test>']);
  });
  it.each([
    ['RE: Re: Lamp', '<q@x.test>', 'Re: Lamp'],
    ['回复：台灯', '<q@x.test>', 'Re: 台灯'],
    ['', '<q@x.test>', 'Re:'],
    ['Lamp', null, 'Lamp'],
    ['', null, 'It leaves tomorrow.'],
  ])('subject %j in answer to %j', (subject, messageId, expected) => {
    expect(only({ subject, address: { to: 'a@b.test', subject, messageId, references: [] } }).subject).toBe(expected);
  });
  it('signs the address of answers where the mailbox takes such', () => {
    expect(only({}, account({ plusAddressing: true })).replyTo).toMatch(/^support\+.*@lantern\.test$/);
    expect(only({}, account({ imap: { ...server, host: 'imap.gmail.com' } })).replyTo).toMatch(/^support\+/);
    expect(only({}, account({ imap: { ...server, host: 'imap.gmail.com' }, plusAddressing: false })).replyTo).toBeNull();
  });
  it('says every part, and what it cannot say', () => {
    const { requests, losses } = renderEmail(
      draft({
        parts: [
          {
            kind: 'choice',
            text: 'Colour?',
            options: [
              { id: 'a', title: 'Blue' },
              { id: 'b', title: 'Red' },
            ],
          },
          { kind: 'location', latitude: 52.5, longitude: 13.4, name: 'Depot' },
          { kind: 'card', title: 'Lamp', text: '39.90', url: 'https://lantern.test/1', image: 'https://lantern.test/1.png' },
          { kind: 'media', mime: 'image/png', url: '/v1/media/1', name: 'a.png', sizeBytes: 10, caption: 'Picture' },
        ],
      }),
      account(),
    );
    expect(requests[0]?.text).toBe(
      'Colour?\n1. Blue\n2. Red\n\nDepot\nhttps://www.openstreetmap.org/?mlat=52.5&mlon=13.4\n\nLamp\n39.90\nhttps://lantern.test/1\n\nPicture',
    );
    expect(requests[0]?.files).toHaveLength(1);
    expect(losses).toHaveLength(2);
  });
  it.each<[string, Partial<OutboundDraft>]>([
    ['a template', { parts: [{ kind: 'template', name: 'x', language: 'en', variables: {} }] }],
    ['nothing', { parts: [{ kind: 'text', text: '  ' }] }],
    [
      'files beyond what servers take',
      { parts: [{ kind: 'media', mime: 'x/y', url: 'u', name: null, sizeBytes: 19 * 1_048_576, caption: null }] },
    ],
    ['no address', { address: {}, contact: { address: '', name: null } }],
  ])('refuses %s', (_what, more) => expect(() => renderEmail(draft(more), account())).toThrow(ChannelError));
});

describe('a mail the shop writes first', () => {
  it('goes to an address, as a thread of its own, under its first line', () => {
    const start = email.addressFor!({ address: ' Ana@Bücher.test ', name: 'Ana' }, account());
    expect(start).toMatchObject({ contactAddress: 'ana@xn--bcher-kva.test', thread: { key: 'to:ana@xn--bcher-kva.test' } });
    const request = only({ address: start.thread.address, subject: null });
    expect(request).toMatchObject({
      to: { address: 'Ana@xn--bcher-kva.test', name: 'Ana' },
      subject: 'It leaves tomorrow.',
      inReplyTo: null,
      references: [],
    });
  });
  it('is refused for what is no address', () => {
    for (const address of ['', 'ana', 'ana@', '@x.test', 'a b@x.test', 'a@b\n.test'])
      expect(() => email.addressFor!({ address }, account())).toThrow(ChannelError);
  });
});

describe('the bytes of a mail', () => {
  it.each([
    ['he', 'rtl', 'ההזמנה 12345 בדרך'],
    ['ar', 'rtl', 'طلبك 12345 في الطريق'],
    ['ja', 'auto', 'ご注文12345は発送されました'],
    ['zh-CN', 'auto', '您的订单12345已发货'],
    ['ru', 'auto', 'Ваш заказ 12345 в пути'],
  ])('%s reads %s, and comes out as it went in', async (language, direction, text) => {
    const mail = await parseEmail(await composeMail(only({ language, parts: [{ kind: 'text', text }] }), []));
    expect(mail).toMatchObject({ text, visible: text, language, class: 'human' });
    expect(htmlOf(text, language)).toContain(`dir="${direction}"`);
  });
  it('escapes what looks like HTML, and links what is a link', () => {
    const html = htmlOf('a < b & "c" <script>alert(1)</script>\nhttps://x.test/?a=1&b=2.', 'en');
    expect(html).not.toContain('<script>');
    expect(html).toContain('<a href="https://x.test/?a=1&amp;b=2">');
  });
});

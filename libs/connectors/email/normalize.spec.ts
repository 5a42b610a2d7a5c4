import { createHash } from 'node:crypto';
import type { AccountFacts, ChannelEvent } from '@parley/connector';
import { conversationId, replyId } from '@parley/model';
import { bytes, filePart, head, multipart, part } from './fixtures/mails';
import { eventsOf, normalizeEmail } from './normalize';
import { parseEmail, stopParseWorker } from './parse';
import type { EmailSettings } from './settings';
import { makeMark, messageIdOf } from './thread';

afterAll(stopParseWorker);

const server = { host: 'mail.lantern.test', port: 993, secure: true, user: 'support', password: 'x' };
const account: AccountFacts<EmailSettings> = {
  id: 'acc_1',
  merchantId: 'mer_1',
  name: 'Support',
  settings: { address: 'support@lantern.test', name: 'Lantern', imap: server, smtp: { ...server, port: 465 } },
  merchantLanguage: 'zh-CN',
  signingKey: createHash('sha256').update('key').digest(),
};
const conversation = conversationId('acc_1', 'thread');
const message = replyId(conversation, 'k');
const mark = makeMark(account.signingKey, { messageId: message, conversationId: conversation, attempt: 1, to: 'ana@buyer.test' });
const ownId = messageIdOf(mark, 'support@lantern.test');

type Message = Extract<ChannelEvent, { kind: 'message' }>;
const events = async (...pieces: (string | Uint8Array)[]) => eventsOf(await parseEmail(bytes(...pieces)), account);
const messageOf = async (...pieces: (string | Uint8Array)[]): Promise<Message> => {
  const found = (await events(...pieces)).find((event) => event.kind === 'message');
  if (found?.kind !== 'message') throw new Error('A message was expected');
  return found;
};
const emailFacts = (event: Message) => event.attributes?.['email'] as Record<string, unknown>;

describe('a mail as a message', () => {
  it('has the words of the writer, and how to answer', async () => {
    const event = await messageOf(
      head({ References: '<r0@x.test>' }),
      '\nWhere is it?\n\nOn 1 Mar 2026, at 9:00, Lantern <s@lantern.test> wrote:\n> old\n',
    );
    expect(event).toMatchObject({
      author: { kind: 'buyer', id: 'ana@buyer.test', name: 'Ana Ruiz' },
      contact: { address: 'ana@buyer.test', verified: false },
      parts: [{ kind: 'text', text: 'Where is it?' }],
      sentAt: new Date('2026-03-03T09:15:00Z'),
      automatic: false,
      thread: { subject: 'Lamp', address: { to: 'ana@buyer.test', messageId: '<m1@buyer.test>', references: ['<r0@x.test>'] } },
    });
    expect(emailFacts(event)['text']).toContain('> old');
  });
  it('brings its files, and folds logos', async () => {
    const event = await messageOf(
      head(),
      multipart('mixed', 'm', part('text/plain', 'See'), filePart('application/pdf', 'a.pdf', 'PDF')),
    );
    expect(event.parts).toMatchObject([
      { kind: 'text' },
      { kind: 'media', name: 'a.pdf', mime: 'application/pdf', sizeBytes: 3 },
    ]);
  });
  it('says its subject when it says nothing else, and that it is empty when it is', async () => {
    expect((await messageOf(head({ Subject: 'Call me' }), '\n')).parts).toEqual([{ kind: 'text', text: 'Call me' }]);
    expect((await messageOf(head({ Subject: '' }), '\n')).parts).toMatchObject([{ kind: 'unsupported' }]);
  });
  it('keeps two mails that share a Message-ID apart, and one that comes twice together', async () => {
    const [a, b, c] = [
      await messageOf(head(), '\none'),
      await messageOf(head(), '\ntwo'),
      await messageOf('Received: x; Tue, 3 Mar 2026 10:15:01 +0100\n', head(), '\none\n'),
    ];
    expect(a.externalId).not.toBe(b.externalId);
    expect(c.externalId).toBe(a.externalId);
  });
  it('takes the buyer from Reply-To where the shop’s own form wrote', async () => {
    expect(await messageOf(head({ From: 'Form <form@lantern.test>', 'Reply-To': 'Bo <bo@buyer.test>' }), '\nx')).toMatchObject({
      contact: { address: 'bo@buyer.test', name: 'Bo' },
      thread: { address: { to: 'bo@buyer.test' } },
    });
    expect(await messageOf(head({ 'Reply-To': 'team@buyer.test' }), '\nx')).toMatchObject({
      contact: { address: 'ana@buyer.test' },
      thread: { address: { to: 'team@buyer.test' } },
    });
  });
  it('finds the order it is about, in the buyer’s language', async () => {
    for (const [subject, number] of [
      ['Order #A-10293 late', 'A-10293'],
      ['订单号：202603031234 未收到', '202603031234'],
      ['Bestellnummer 4711-0815', '4711-0815'],
      ['Заказ № 88123-1', '88123-1'],
      ['注文番号:250-1234567', '250-1234567'],
      ['Pedido 555123 roto', '555123'],
    ] as const)
      expect((await messageOf(head({ Subject: subject }), '\nx')).orders).toMatchObject([{ number }]);
    expect((await messageOf(head({ Subject: 'In order to pay 2026 times' }), '\nx')).orders).toEqual([]);
  });
  it('believes only the server that received it about the sender', async () => {
    const result = (id: string) => `Authentication-Results: ${id}; spf=pass; dkim=pass; dmarc=pass\n`;
    expect((await messageOf(result('mail.lantern.test'), 'Received: a\n', head(), '\nx')).contact.verified).toBe(true);
    expect((await messageOf('Received: a\n', result('mail.lantern.test'), head(), '\nx')).contact.verified).toBe(false);
    const failed = await messageOf('Authentication-Results: m; dmarc=fail (p=reject)\n', 'Received: a\n', head(), '\nx');
    expect(emailFacts(failed)['senderFailed']).toBe(true);
  });
  it('tells of an invitation as a card', async () => {
    const ics =
      'BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Call\nDTSTART:20260310T090000Z\nEND:VEVENT\nEND:VCALENDAR';
    expect(
      (
        await messageOf(
          head(),
          multipart('alternative', 'a', part('text/plain', 'Call'), part('text/calendar; method=REQUEST', ics)),
        )
      ).parts,
    ).toMatchObject([
      { kind: 'text', text: 'Call' },
      { kind: 'card', title: 'Call', text: '2026-03-10 09:00 (UTC)' },
      { kind: 'media', name: 'invite.ics' },
    ]);
  });
  it('says of a mail that stayed in the mailbox what its header says', async () => {
    const json = {
      kind: 'mail-left-in-mailbox',
      reason: 'too-large',
      header: Buffer.from(head()).toString('base64'),
      sizeBytes: 90 * 1_048_576,
    };
    const [event] = await normalizeEmail({ json }, account);
    expect(event).toMatchObject({ kind: 'message', contact: { address: 'ana@buyer.test' }, thread: { subject: 'Lamp' } });
    expect(JSON.stringify(event)).toContain('90 MB');
  });
});

describe('which conversation', () => {
  it('names its own id and its parents, nearest first, then the order and the subject with their buyer', async () => {
    const { thread } = await messageOf(
      head({ 'In-Reply-To': '<p2@x.test>', References: '<p0@x.test> <p1@x.test> <p2@x.test>', Subject: 'Re: Order 12345-A' }),
      '\nx',
    );
    expect(thread.aliases?.slice(0, 5)).toEqual([
      'id:<m1@buyer.test>|ana@buyer.test',
      'id:<p2@x.test>|ana@buyer.test',
      'id:<p1@x.test>|ana@buyer.test',
      'id:<p0@x.test>|ana@buyer.test',
      'order:12345-A|ana@buyer.test',
    ]);
    expect(thread.aliases?.slice(5).every((alias) => alias.startsWith('subject:order 12345-a|ana@buyer.test|'))).toBe(true);
    expect(thread.conversationId).toBeUndefined();
  });
  it('has the same key for a mail and all that stand upon it, and another for another buyer', async () => {
    const first = await messageOf(head(), '\nx');
    const second = await messageOf(head({ 'Message-ID': '<m2@buyer.test>', 'In-Reply-To': '<m1@buyer.test>' }), '\nx');
    const third = await messageOf(
      head({ 'Message-ID': '<m3@buyer.test>', References: '<m1@buyer.test> <m2@buyer.test>' }),
      '\nx',
    );
    const other = await messageOf(head({ From: 'bo@buyer.test', References: '<m1@buyer.test>' }), '\nx');
    expect([second.thread.key, third.thread.key]).toEqual([first.thread.key, first.thread.key]);
    expect(other.thread.key).not.toBe(first.thread.key);
    expect(other.thread.aliases?.some((alias) => first.thread.aliases?.includes(alias))).toBe(false);
  });
  it.each([
    ['In-Reply-To', { 'In-Reply-To': ownId }],
    ['In-Reply-To in lower case', { 'In-Reply-To': ownId.toLowerCase() }],
    ['References among others', { References: `<a@x.test> ${ownId} <b@x.test>` }],
  ])('is ours when %s brings our id back', async (_where, fields) => {
    expect((await messageOf(head(fields as unknown as Record<string, string>), '\nx')).thread.conversationId).toBe(conversation);
  });
  it('is not found by an id somebody made up', async () => {
    const forged = ownId.replace(/.@/, ownId.includes('0@') ? '1@' : '0@');
    expect((await messageOf(head({ 'In-Reply-To': forged }), '\nx')).thread.conversationId).toBeUndefined();
  });
  it('says when somebody else answers than was written to', async () => {
    expect(emailFacts(await messageOf(head({ 'In-Reply-To': ownId, From: 'x@other.test' }), '\nx'))['fromElsewhere']).toBe(true);
    expect(emailFacts(await messageOf(head({ 'In-Reply-To': ownId }), '\nx'))['fromElsewhere']).toBeUndefined();
  });
  it('joins by the subject only within two weeks and when it says something', async () => {
    const aliases = async (subject: string, date: string) =>
      (await messageOf(head({ Subject: subject, Date: date }), '\nx')).thread.aliases?.filter((alias) =>
        alias.startsWith('subject:'),
      ) ?? [];
    const first = await aliases('Broken green lamp', 'Tue, 3 Mar 2026 10:00:00 +0000');
    const soon = await aliases('RE: broken green lamp', 'Mon, 9 Mar 2026 10:00:00 +0000');
    const late = await aliases('Re: Broken green lamp', 'Mon, 6 Apr 2026 10:00:00 +0000');
    expect(first.some((alias) => soon.includes(alias))).toBe(true);
    expect(first.some((alias) => late.includes(alias))).toBe(false);
    expect(await aliases('Question', 'Tue, 3 Mar 2026 10:00:00 +0000')).toEqual([]);
  });
});

describe('mail no person wrote', () => {
  it.each<[string, Record<string, string>, string]>([
    ['an answer while away', { 'Auto-Submitted': 'auto-replied' }, 'auto-reply'],
    ['a notice', { 'Auto-Submitted': 'auto-generated' }, 'auto-generated'],
    ['Auto-Submitted: no', { 'Auto-Submitted': 'no' }, 'human'],
    ['a list', { 'List-Id': '<news.x.test>' }, 'list'],
    ['bulk', { Precedence: 'bulk' }, 'list'],
    ['an old autoresponder', { 'X-Autoreply': 'yes' }, 'auto-reply'],
    ['Precedence: auto_reply', { Precedence: 'auto_reply' }, 'auto-reply'],
    ['a null sender', { 'Return-Path': '<>' }, 'auto-reply'],
    ['noreply', { From: 'no-reply@shop.test' }, 'auto-generated'],
    ['an away subject with an answer', { Subject: 'Automatische Antwort: Lamp', 'In-Reply-To': '<a@b.test>' }, 'auto-reply'],
    ['自动回复', { Subject: '自动回复：订单', 'X-Auto-Response-Suppress': 'All' }, 'auto-reply'],
    ['an away subject alone', { Subject: 'Absence of screws in the box' }, 'human'],
    [
      'a marketplace relay with machine headers',
      { From: 'x1@marketplace.amazon.de', 'Auto-Submitted': 'auto-generated', Precedence: 'bulk' },
      'human',
    ],
  ])('%s', async (_what, fields, mailClass) => {
    const event = await messageOf(head(fields), '\nx');
    expect(emailFacts(event)['class']).toBe(mailClass);
    expect(event.automatic).toBe(mailClass !== 'human');
  });
  it('a mail that runs in circles', async () => {
    expect(emailFacts(await messageOf('Received: x\n'.repeat(51), head(), '\nx'))['class']).toBe('loop');
  });
  it('our own mail coming back is no message, but proof that it left', async () => {
    expect(await events(head({ From: 'support@lantern.test', 'Message-ID': ownId }), '\nx')).toMatchObject([
      { kind: 'receipt', messageId: message, state: 'sent' },
    ]);
    expect(
      await events(head({ From: 'support@lantern.test', 'Message-ID': '<changed@ses.test>', 'X-Parley-Message': mark }), '\nx'),
    ).toMatchObject([{ kind: 'receipt', messageId: message }]);
  });
  it('what the shop wrote elsewhere is its own message', async () => {
    expect(
      await messageOf(
        head({ From: 'Support@Lantern.test', To: 'Ana <ana@buyer.test>', 'In-Reply-To': '<m1@buyer.test>' }),
        '\nIt fits.',
      ),
    ).toMatchObject({
      direction: 'outbound',
      author: { kind: 'agent' },
      contact: { address: 'ana@buyer.test' },
      thread: { address: { to: 'ana@buyer.test' } },
    });
  });
});

describe('bounces', () => {
  const dsn = (status: string, returned: string, more = '') =>
    bytes(
      head({ From: 'MAILER-DAEMON@mx.lantern.test', Subject: 'Undelivered Mail Returned to Sender', 'Return-Path': '<>' }),
      multipart(
        'report; report-type=delivery-status',
        'd',
        part('text/plain', 'Sorry.'),
        part('message/delivery-status', `Reporting-MTA: dns; mx.lantern.test\n\n${status}\n${more}`),
        part('message/rfc822', `${returned}\n\nbody`),
      ),
    );
  const failed =
    'Final-Recipient: rfc822; ana@buyer.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1\n  <ana@buyer.test>: no such user';

  it('become the state of the message they are about, and are shown in its conversation', async () => {
    const [receipt, shown] = await events(dsn(failed, `Message-ID: ${ownId}`));
    expect(receipt).toMatchObject({
      kind: 'receipt',
      messageId: message,
      state: 'failed',
      error: { code: 'address-unknown', retryable: false },
    });
    expect(receipt?.kind === 'receipt' && receipt.error?.message).toContain('no such user');
    expect(shown).toMatchObject({
      kind: 'message',
      author: { kind: 'system' },
      automatic: true,
      contact: { address: 'ana@buyer.test' },
      thread: { conversationId: conversation },
    });
  });
  it.each([
    ['one that is late', failed.replace('failed', 'delayed').replaceAll('5.1.1', '4.4.1'), []],
    ['one that will be tried again', failed.replaceAll('5.1.1', '4.2.2'), []],
    ['one that arrived', failed.replace('failed', 'delivered').replaceAll('5.1.1', '2.0.0'), ['delivered']],
  ])('%s', async (_what, status, states) => {
    const found = await events(dsn(status, `Message-ID: ${ownId}`));
    expect(found.flatMap((event) => (event.kind === 'receipt' ? [event.state] : []))).toEqual(states);
  });
  it('one for each recipient', async () => {
    const reports = (await parseEmail(dsn(failed, `Message-ID: ${ownId}`, `\n\n${failed.replaceAll('ana', 'bo')}`))).reports;
    expect(reports.map(({ recipient }) => recipient)).toEqual(['ana@buyer.test', 'bo@buyer.test']);
  });
  it('about mail we never sent change nothing', async () => {
    const found = await events(dsn(failed, 'Message-ID: <forged@lantern.test>'));
    expect(found).toMatchObject([{ kind: 'message', automatic: true }]);
  });
  it.each([
    [
      'qmail',
      'Hi. This is the qmail-send program.\n\n<ana@buyer.test>:\n550 no such user\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <support@lantern.test>\n',
    ],
    ['QQ', '抱歉，您的邮件被退回来了……\n收件人 <ana@buyer.test> 不存在\n550 5.1.1 Mailbox not found\n\n原邮件：\n'],
    [
      'Exchange of old',
      'Your message did not reach some or all of the intended recipients.\n  <ana@buyer.test> 550 5.1.1 User unknown\n\n',
    ],
  ])('in plain words: %s', async (_server, text) => {
    const [receipt] = await events(
      head({ From: 'postmaster@mx.test', Subject: 'failure notice' }),
      `\n${text}Message-ID: ${ownId}\n`,
    );
    expect(receipt).toMatchObject({ kind: 'receipt', messageId: message, state: 'failed' });
  });
  it('a read notice is a read mark', async () => {
    const mdn = multipart(
      'report; report-type=disposition-notification',
      'd',
      part('text/plain', 'Read.'),
      part(
        'message/disposition-notification',
        `Final-Recipient: rfc822; ana@buyer.test\nOriginal-Message-ID: ${ownId}\nDisposition: manual-action/MDN-sent-manually; displayed`,
      ),
    );
    expect(await events(head(), mdn)).toMatchObject([{ kind: 'receipt', messageId: message, state: 'read' }]);
  });
  it('a complaint is shown as one', async () => {
    const arf = multipart(
      'report; report-type=feedback-report',
      'd',
      part('text/plain', 'Spam.'),
      part('message/feedback-report', 'Feedback-Type: abuse\nVersion: 1'),
      part('message/rfc822', `Message-ID: ${ownId}\nTo: ana@buyer.test\n\nx`),
    );
    const event = await messageOf(head(), arf);
    expect(event).toMatchObject({ automatic: true, author: { kind: 'system' }, thread: { conversationId: conversation } });
  });
});

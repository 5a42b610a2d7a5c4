import { domainToASCII } from 'node:url';
import { ChannelError, type OutboundDraft } from '@parley/connector';
import { email, parseEmail, stopParseWorker } from '@parley/connectors/email';
import { conversationId, replyId } from '@parley/model';
import { type Dovecot, describeWithDovecot, startDovecot } from './support/dovecot';
import { mailAccount, mailContext, sendContext, until } from './support/mail-account';
import { type SmtpSink, startSmtp } from './support/smtp';

/** A reply leaves through a real SMTP server once, and every way that can go wrong says what should happen now. */
const stop = new AbortController();
let smtp: SmtpSink;

beforeAll(async () => {
  smtp = await startSmtp();
});
afterAll(async () => {
  stop.abort();
  await smtp.stop();
  await stopParseWorker();
});
beforeEach(() => {
  smtp.mood = {};
  smtp.taken.length = 0;
});

const conversation = conversationId('acc_mail', 'thread');
const draft = (more: Partial<OutboundDraft> = {}): OutboundDraft => ({
  messageId: replyId(conversation, 'key-1'),
  conversationId: conversation,
  attempt: 1,
  parts: [{ kind: 'text', text: 'こんにちは。ご注文は明日届きます。' }],
  language: 'ja',
  original: null,
  author: { kind: 'agent', name: 'Lin' },
  address: {
    to: 'hana@buyer.test',
    name: 'Hana',
    subject: '注文について',
    messageId: '<q1@buyer.test>',
    references: ['<q0@buyer.test>'],
  },
  contact: { address: 'hana@buyer.test', name: 'Hana' },
  subject: '注文について',
  replyTo: null,
  replyWindow: { openUntil: null, then: 'free' },
  acceptedAt: '2026-03-01T08:00:00.000Z',
  ...more,
});

const noMailbox = { host: '127.0.0.1', port: 1, secure: false, user: 'support@parley.test', password: 's3cret' };
const account = (more: Record<string, unknown> = {}) =>
  mailAccount({
    imap: noMailbox,
    smtp: { host: '127.0.0.1', port: smtp.port, secure: false, user: 'support', password: 's3cret' },
    ...more,
  });
const send = async (message: OutboundDraft = draft(), facts = account(), media: Record<string, Uint8Array> = {}) => {
  const [request] = email.render(message, facts).requests;
  return email.send(request!, sendContext(mailContext(facts, stop.signal), media));
};
const faultOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return error instanceof ChannelError ? error.fault : error;
};

describe('sending a mail', () => {
  it('brings text, thread and people as they were meant', async () => {
    const { externalId } = await send();
    expect(smtp.taken).toHaveLength(1);
    const [taken] = smtp.taken;
    expect(taken).toMatchObject({ from: 'support@parley.test', to: ['hana@buyer.test'] });
    const mail = await parseEmail(taken!.bytes);
    expect(mail).toMatchObject({
      subject: 'Re: 注文について',
      messageId: externalId,
      inReplyTo: ['<q1@buyer.test>'],
      references: ['<q0@buyer.test>', '<q1@buyer.test>'],
      from: { address: 'support@parley.test', name: 'Lantern Shop' },
      text: 'こんにちは。ご注文は明日届きます。',
      class: 'human',
      language: 'ja',
    });
    expect(mail.html).toContain('ご注文は明日届きます');
  });

  it('builds the same bytes on every try', async () => {
    await send();
    await send();
    expect(smtp.taken[0]!.bytes.equals(smtp.taken[1]!.bytes)).toBe(true);
    await send(draft({ attempt: 2 }));
    expect(smtp.taken[2]!.bytes.equals(smtp.taken[0]!.bytes)).toBe(false);
  });

  it('takes files along, byte for byte, under their names', async () => {
    const bytes = Buffer.from([0, 13, 10, 255, 10, 13, 46, 13, 10]);
    const parts: OutboundDraft['parts'] = [
      {
        kind: 'media',
        mime: 'application/pdf',
        url: '/v1/media/1',
        name: '請求書 “3月”.pdf',
        sizeBytes: bytes.length,
        caption: 'Invoice',
      },
    ];
    await send(draft({ parts }), account(), { '/v1/media/1': bytes });
    const { files, text } = await parseEmail(smtp.taken[0]!.bytes);
    expect(files).toMatchObject([{ name: '請求書 “3月”.pdf', mime: 'application/pdf' }]);
    expect(Buffer.from(files[0]!.bytes).equals(bytes)).toBe(true);
    expect(text).toBe('Invoice');
  });

  it('asks machines not to answer what a machine wrote, and never so on what a person wrote', async () => {
    await send(draft({ author: { kind: 'bot', name: null } }));
    await send();
    expect((await parseEmail(smtp.taken[0]!.bytes)).class).toBe('auto-reply');
    expect(smtp.taken[1]!.bytes.toString()).not.toMatch(/^(auto-submitted|precedence|x-auto-response-suppress):/im);
  });

  it.each<[string, () => void, string]>([
    ['no such recipient', () => Object.assign(smtp.mood, { recipient: { code: 550, text: '5.1.1 No such user' } }), 'rejected'],
    [
      'a recipient to come back to',
      () => Object.assign(smtp.mood, { recipient: { code: 450, text: '4.2.0 Greylisted' } }),
      'throttled',
    ],
    ['too much at once', () => Object.assign(smtp.mood, { data: { code: 452, text: '4.5.3 Too many messages' } }), 'throttled'],
    ['a server that is busy', () => Object.assign(smtp.mood, { data: { code: 451, text: '4.3.0 Try later' } }), 'unavailable'],
    ['a mail that is refused', () => Object.assign(smtp.mood, { data: { code: 554, text: '5.7.1 Spam' } }), 'rejected'],
    ['a wrong password', () => Object.assign(smtp.mood, { password: 'other' }), 'unauthorized'],
    ['a line that breaks before the mail', () => Object.assign(smtp.mood, { cut: 'at-recipient' }), 'unavailable'],
    ['a line that breaks after the mail', () => Object.assign(smtp.mood, { cut: 'after-data' }), 'uncertain'],
  ])('tells what to do about %s', async (_what, set, fault) => {
    set();
    expect(await faultOf(send())).toBe(fault);
  });

  it('is uncertain when the house stops while the server has not answered', async () => {
    smtp.mood = { silent: true };
    const [request] = email.render(draft(), account()).requests;
    const house = new AbortController();
    const sending = faultOf(email.send(request!, sendContext(mailContext(account(), house.signal))));
    await until(() => smtp.taken.length === 1);
    house.abort();
    expect(await sending).toBe('uncertain');
  });

  it('knows a server that is not there', async () => {
    expect(await faultOf(send(draft(), account({ smtp: { host: '127.0.0.1', port: 1, secure: false } })))).toBe('unavailable');
  });

  it.each(['a@b.test\r\nBcc: c@d.test', 'a b@c.test', '<a@b.test>', 'a@', 'a@b_c', '"x"@y.test,z@y.test', 'a@[127.0.0.1]'])(
    'refuses %j as an address',
    (to) => {
      expect(() => email.render(draft({ address: { to } }), account())).toThrow(ChannelError);
    },
  );

  it('lets no name, subject or id start another header', async () => {
    const evil = 'x\r\nBcc: thief@evil.test\r\n\r\nbody';
    await send(
      draft({
        subject: evil,
        address: {
          to: 'hana@buyer.test',
          name: evil,
          subject: evil,
          messageId: `<a\r\nBcc: thief@evil.test>`,
          references: [`<${evil}>`],
        },
      }),
      account({ name: evil }),
    );
    expect(smtp.taken[0]!.to).toEqual(['hana@buyer.test']);
    const [head] = smtp.taken[0]!.bytes.toString().split('\r\n\r\n');
    expect(head).not.toMatch(/^bcc:/im);
  });

  it('writes to addresses in any script where the server can', async () => {
    await send(draft({ address: { to: 'δοκιμή@παράδειγμα.test' } }));
    const [to = ''] = smtp.taken[0]!.to;
    expect(to.replace(/@.*/, (domain) => `@${domainToASCII(domain.slice(1))}`)).toBe('δοκιμή@xn--hxajbheg2az3al.test');
  });
});

describeWithDovecot('with a mailbox beside it', () => {
  const USER = 'support@parley.test';
  let dovecot: Dovecot;
  beforeAll(async () => {
    dovecot = await startDovecot({ [USER]: 's3cret', 'hana@buyer.test': 'h' });
  }, 30_000);
  afterAll(() => dovecot.stop());
  const full = (more: Record<string, unknown> = {}) =>
    account({ imap: { ...noMailbox, host: dovecot.host, port: dovecot.imapPort }, plusAddressing: true, ...more });

  it('keeps a copy in Sent, by which a doubtful send is cleared up', async () => {
    const facts = full();
    const [request] = email.render(draft(), facts).requests;
    const context = sendContext(mailContext(facts, stop.signal));
    expect(await email.reconcile!(request!, context)).toBe('unknown');
    await email.send(request!, context);
    expect(await dovecot.count(USER, 'Sent')).toBe(1);
    expect(await email.reconcile!(request!, context)).toEqual({ found: { externalId: request!.messageId } });
  }, 30_000);

  it('leads an answer back to its conversation by any of three ways', async () => {
    const facts = full();
    await send(draft(), facts);
    const sent = await parseEmail(smtp.taken[0]!.bytes);
    const replyTo = sent.replyTo[0]!.address;
    expect(replyTo).toMatch(/^support\+[0-9a-z-]{36,40}@parley\.test$/);
    const answers = [
      `From: hana@buyer.test\nTo: ${replyTo.toUpperCase()}\nSubject: x\n\nby address`,
      `From: hana@buyer.test\nTo: ${USER}\nIn-Reply-To: ${sent.messageId}\nSubject: x\n\nby id`,
      `From: hana@buyer.test\nTo: ${USER}\nReferences: <other@x.test> ${sent.messageId} <later@x.test>\nSubject: x\n\nby references`,
    ];
    for (const answer of answers) {
      const [event] = await email.normalize({ bytes: Buffer.from(answer) }, facts);
      expect(event).toMatchObject({ kind: 'message', thread: { conversationId: conversation } });
    }
    const forged = `From: evil@x.test\nTo: ${replyTo.replace(/.@/, '0@')}\nSubject: x\n\nforged`;
    const [event] = await email.normalize({ bytes: Buffer.from(forged) }, facts);
    expect(event).toMatchObject({ kind: 'message' });
    expect(event?.kind === 'message' && event.thread.conversationId).toBe(
      replyTo.endsWith('0@parley.test') ? conversation : undefined,
    );
  }, 30_000);

  it('goes round: a mail in, its answer out, the answer to that in again', async () => {
    const facts = full();
    const context = mailContext(facts, stop.signal);
    const [receiver] = email.receive;
    if (receiver?.kind !== 'stream') throw new Error('E-mail is read by a stream');
    const run = receiver.run(context);
    await dovecot.deliver(
      USER,
      'From: Hana <hana@buyer.test>\nTo: support@parley.test\nSubject: サイズ\nMessage-ID: <round@buyer.test>\nContent-Type: text/plain; charset=utf-8\n\nサイズは?\n',
    );
    await until(() => context.items.length === 1);
    const [question] = await email.normalize(context.items[0]!.content, facts);
    if (question?.kind !== 'message') throw new Error('A message was expected');
    smtp.mood.deliver = (mail) => dovecot.deliver('hana@buyer.test', mail.bytes);
    await send(draft({ address: question.thread.address, subject: question.thread.subject ?? null }), facts);
    expect(await dovecot.count('hana@buyer.test', 'INBOX')).toBe(1);
    const answered = await parseEmail(smtp.taken[0]!.bytes);
    expect(answered).toMatchObject({ subject: 'Re: サイズ', inReplyTo: ['<round@buyer.test>'] });
    await dovecot.deliver(
      USER,
      `From: Hana <hana@buyer.test>\nTo: ${answered.replyTo[0]!.address}\nSubject: Re: サイズ\nMessage-ID: <round2@buyer.test>\nIn-Reply-To: ${answered.messageId}\n\nThanks\n`,
    );
    await until(() => context.items.length === 2);
    const [thanks] = await email.normalize(context.items[1]!.content, facts);
    expect(thanks).toMatchObject({ thread: { conversationId: conversation }, replyToExternalId: answered.messageId });
    void run;
  }, 30_000);

  it('checks both sides and says which one is wrong', async () => {
    expect(await email.check!(mailContext(full(), stop.signal))).toMatchObject({ ok: true });
    const noSmtp = await email.check!(mailContext(full({ smtp: { host: '127.0.0.1', port: 1, secure: false } }), stop.signal));
    expect(noSmtp).toMatchObject({ ok: false, details: { imap: 'ok' } });
    const wrong = await email.check!(
      mailContext(
        full({ smtp: { host: '127.0.0.1', port: smtp.port, secure: false, user: 'support', password: 'wrong' } }),
        stop.signal,
      ),
    );
    expect(wrong.message).toContain('SMTP');
  }, 60_000);
});

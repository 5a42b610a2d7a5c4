import type { ChannelEvent, RawItem } from '@parley/connector';
import { email, stopParseWorker } from '@parley/connectors/email';
import { type Dovecot, describeWithDovecot, startDovecot } from './support/dovecot';
import { mailAccount, mailContext, type TestContext, until } from './support/mail-account';

/** A real mailbox on a real Dovecot: every mail is taken once, whatever the connection and the numbering do. */

const USER = 'support@parley.test';
const PASSWORD = 's3cret';
let count = 0;

const mail = (subject: string, body = 'Hello', extra = ''): string =>
  `From: Ana Ruiz <ana@buyer.test>\r\nTo: ${USER}\r\nSubject: ${subject}\r\nMessage-ID: <${++count}.${Date.now()}@buyer.test>\r\nDate: ${new Date().toUTCString()}\r\n${extra}\r\n${body}\r\n`;

const subjectOf = (item: RawItem): string =>
  'bytes' in item.content ? (/^Subject: (.*)$/m.exec(Buffer.from(item.content.bytes).toString())?.[1]?.trim() ?? '') : 'left';

describeWithDovecot('a mailbox', () => {
  let dovecot: Dovecot;
  let stop: AbortController;
  const running: Promise<unknown>[] = [];

  beforeAll(async () => {
    dovecot = await startDovecot({ [USER]: PASSWORD });
  }, 30_000);
  afterAll(async () => {
    await dovecot.stop();
    await stopParseWorker();
  });
  beforeEach(async () => {
    stop = new AbortController();
    for (const folder of ['INBOX', 'Sent']) await dovecot.doveadm('expunge', '-u', USER, 'mailbox', folder, 'all');
  });
  afterEach(async () => {
    stop.abort();
    await Promise.allSettled(running.splice(0));
  });

  const account = (password = PASSWORD) =>
    mailAccount({
      imap: { host: dovecot.host, port: dovecot.imapPort, secure: false, user: USER, password },
      smtp: { host: '127.0.0.1', port: 1, secure: false },
    });
  const start = (context: TestContext = mailContext(account(), stop.signal)) => {
    const [receiver] = email.receive;
    if (receiver?.kind !== 'stream') throw new Error('E-mail is read by a stream');
    const run = receiver.run(context);
    run.catch(() => undefined);
    running.push(run);
    return { context, run };
  };

  it('takes what is there, and by IDLE what comes, within seconds', async () => {
    await dovecot.deliver(USER, mail('before'));
    const { context } = start();
    await until(() => context.items.length === 1 && context.health.includes('healthy'));
    const sentAt = Date.now();
    await dovecot.deliver(USER, mail('pushed'));
    await until(() => context.items.length === 2);
    expect(Date.now() - sentAt).toBeLessThan(4_000);
    expect(context.items.map(subjectOf)).toEqual(['before', 'pushed']);
  }, 30_000);

  it('leaves mail unread for the people who use the mailbox too', async () => {
    await dovecot.deliver(USER, mail('unseen'));
    const { context } = start();
    await until(() => context.items.length === 1);
    expect(await dovecot.doveadm('mailbox', 'status', '-u', USER, 'unseen', 'INBOX')).toContain('unseen=1');
  }, 30_000);

  it('goes on where it was after the server dropped the connection', async () => {
    const { context } = start();
    await until(() => context.health.includes('healthy'));
    await dovecot.doveadm('kick', USER);
    await dovecot.deliver(USER, mail('after the kick'));
    await until(() => context.items.length === 1);
    expect(context.health).toContain('degraded');
    await until(() => context.health.at(-1) === 'healthy');
  }, 30_000);

  it('gives a mail the same name when the mailbox is numbered anew', async () => {
    await dovecot.deliver(USER, mail('first'));
    await dovecot.deliver(USER, mail('second'));
    const { context } = start();
    await until(() => context.items.length === 2 && context.health.includes('healthy'));
    stop.abort();
    await Promise.allSettled(running.splice(0));

    await dovecot.doveadm('mailbox', 'update', '-u', USER, '--uid-validity', '1999999999', 'INBOX');
    await dovecot.deliver(USER, mail('third'));
    stop = new AbortController();
    const again = mailContext(account(), stop.signal);
    again.cursor = context.cursor;
    start(again);
    await until(() => again.items.length === 3);
    const keys = new Set([...context.items, ...again.items].map((item) => item.dedupeKey));
    expect(keys.size).toBe(3);
    expect(JSON.stringify(again.cursor)).toContain('1999999999');
  }, 30_000);

  it('moves its cursor only over what the log has', async () => {
    await dovecot.deliver(USER, mail('kept'));
    const context = mailContext(account(), stop.signal);
    const append = context.append;
    context.append = async () => {
      throw new Error('The log is away');
    };
    await expect(start(context).run).rejects.toThrow('The log is away');
    context.append = append;
    start(context);
    await until(() => context.items.length === 1);
    expect(context.items.map(subjectOf)).toEqual(['kept']);
  }, 30_000);

  it('stops at once when another process holds the lease', async () => {
    const context = mailContext(account(), stop.signal);
    context.saveCursor = async () => {
      throw new Error('The lease is gone');
    };
    await expect(start(context).run).rejects.toThrow('The lease is gone');
  }, 30_000);

  it('takes each of many once and in order, over a restart in the middle', async () => {
    const subjects = Array.from({ length: 60 }, (_, i) => `no ${i}`);
    for (const subject of subjects) await dovecot.deliver(USER, mail(subject));
    const context = mailContext(account(), stop.signal);
    const append = context.append;
    context.append = async (items) => {
      await append(items);
      if (context.items.length >= 25) stop.abort();
    };
    await start(context).run;
    const taken = context.items.length;
    expect(taken).toBeLessThan(60);
    stop = new AbortController();
    const again = { ...mailContext(account(), stop.signal), cursor: context.cursor };
    again.loadCursor = async () => context.cursor;
    start(again);
    await until(() => taken + again.items.length >= 60);
    expect([...context.items, ...again.items].map(subjectOf).sort()).toEqual([...subjects].sort());
  }, 60_000);

  it('takes bytes no mail server would: 8-bit headers, no header at all, NULs', async () => {
    const strange = [
      Buffer.from('From: a@b.test\nSubject: \xd0\xa2\xe5\n\n\x00\xff\xfe', 'latin1'),
      Buffer.from('no header here\n'),
      Buffer.from(`Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nhalf`),
    ];
    for (const bytes of strange) await dovecot.deliver(USER, bytes);
    const { context } = start();
    await until(() => context.items.length === strange.length);
    for (const item of context.items) expect((await email.normalize(item.content, account())).length).toBeGreaterThan(0);
  }, 30_000);

  it('learns answers that the shop typed in another program', async () => {
    const { context } = start();
    await until(() => context.health.includes('healthy'));
    const written = `From: ${USER}\r\nTo: ana@buyer.test\r\nSubject: Re: size\r\nMessage-ID: <typed@parley.test>\r\nIn-Reply-To: <q@buyer.test>\r\n\r\nIt fits.\r\n`;
    await dovecot.doveadm('mailbox', 'status', '-u', USER, 'messages', 'Sent');
    const { ImapFlow } = await import('imapflow');
    const client = new ImapFlow({
      host: dovecot.host,
      port: dovecot.imapPort,
      secure: false,
      doSTARTTLS: false,
      auth: { user: USER, pass: PASSWORD },
      logger: false,
    });
    await client.connect();
    await client.append('Sent', written, ['\\Seen']);
    await client.logout();
    context.now = () => Date.now() + 120_000;
    await dovecot.deliver(USER, mail('wakes the stream'));
    await until(() => context.items.length === 2);
    const events = await Promise.all(context.items.map((item) => email.normalize(item.content, account())));
    const [outbound] = events
      .flat()
      .filter(
        (event): event is Extract<ChannelEvent, { kind: 'message' }> =>
          event.kind === 'message' && event.direction === 'outbound',
      );
    expect(outbound).toMatchObject({ contact: { address: 'ana@buyer.test' }, parts: [{ kind: 'text', text: 'It fits.' }] });
  }, 30_000);

  // Last: the server answers slowly for a while after a wrong password.
  it('says so when the password is wrong, and does not hammer', async () => {
    const context = mailContext(account('wrong'), stop.signal);
    await expect(start(context).run).rejects.toMatchObject({ fault: 'unauthorized' });
    expect(context.health).toEqual(['unauthorized']);
  }, 60_000);
});

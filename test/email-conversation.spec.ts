import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { parseEmail, stopParseWorker } from '@parley/connectors/email';
import Encoding from 'encoding-japanese';
import { type Dovecot, describeWithDovecot, startDovecot, whyNoDovecot } from './support/dovecot';
import { FakeTranslation } from './support/fake-translation';
import { eventually, type Mode, TestHouse } from './support/house';
import { describeWithKafka } from './support/kafka';
import { type SmtpSink, startSmtp } from './support/smtp';

const SHOP = 'support@parley.test';
const HANA = 'hana@buyer.test';
const QUESTION = 'お世話になっております。\n先日購入した商品がまだ届きません。ご注文番号は AB-10234 です。いつ届きますか?';

/** A mail as programs in Japan write it: ISO-2022-JP in subject and text. */
function mailOf(mail: {
  id: string;
  subject: string;
  text: string;
  from?: string;
  to?: string;
  answers?: readonly string[];
  file?: { name: string; bytes: Buffer };
}): Buffer {
  const text = `Content-Type: text/plain; charset=ISO-2022-JP\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(jis(mail.text))}`;
  const file = mail.file
    ? `\r\n--part\r\nContent-Type: application/octet-stream; name="${mail.file.name}"\r\nContent-Disposition: attachment; filename="${mail.file.name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(mail.file.bytes)}\r\n--part--\r\n`
    : '';
  const answers = mail.answers ?? [];
  return Buffer.from(
    [
      `From: ${word('佐藤 花')} <${mail.from ?? HANA}>`,
      `To: ${mail.to ?? SHOP}`,
      `Subject: ${word(mail.subject)}`,
      `Message-ID: <${mail.id}@buyer.test>`,
      `Date: ${new Date().toUTCString()}`,
      ...(answers.length > 0 ? [`In-Reply-To: ${answers.at(-1)}`, `References: ${answers.join(' ')}`] : []),
      'MIME-Version: 1.0',
      mail.file ? `Content-Type: multipart/mixed; boundary=part\r\n\r\n--part\r\n${text}${file}` : text,
    ].join('\r\n'),
  );
}

const jis = (text: string): Buffer =>
  Buffer.from(Encoding.convert(Encoding.stringToCode(text.replaceAll('\n', '\r\n')), { from: 'UNICODE', to: 'JIS' }));
const word = (text: string): string => `=?ISO-2022-JP?B?${jis(text).toString('base64')}?=`;
const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll(/.{76}/g, '$&\r\n');

/** What a mail server writes when there is nobody of that name (RFC 3464). */
const bounceOf = (messageId: string): string =>
  `From: MAILER-DAEMON@mx.buyer.test (Mail Delivery System)
To: ${SHOP}
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-1@mx.buyer.test>
Date: ${new Date().toUTCString()}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.buyer.test

Final-Recipient: rfc822; ${HANA}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such user

--b
Content-Type: text/rfc822-headers

From: ${SHOP}
To: ${HANA}
Message-ID: ${messageId}

--b--
`;

/** E-mail end to end: a real mailbox, a real SMTP server, and the house between them. */
function promise(mode: Mode) {
  let house: TestHouse;
  let dovecot: Dovecot;
  let smtp: SmtpSink;
  let translation: FakeTranslation;
  let account: any;

  beforeAll(async () => {
    [dovecot, smtp, translation] = await Promise.all([
      startDovecot({ [SHOP]: 's3cret' }),
      startSmtp(),
      new FakeTranslation().start(),
    ]);
    house = await TestHouse.start(mode, translation.env);
    account = await house.createAccount('email', {
      address: SHOP,
      name: 'Lantern Shop',
      imap: { host: '127.0.0.1', port: dovecot.imapPort, secure: false, user: SHOP, password: 's3cret' },
      smtp: { host: '127.0.0.1', port: smtp.port, secure: false, user: 'support', password: 's3cret' },
      plusAddressing: true,
    });
    await eventually(
      () => house.ok('GET', `/v1/accounts/${account.id}`),
      (found) => found.health?.state === 'healthy',
    );
  }, 180_000);
  afterAll(async () => {
    await house?.stop();
    await Promise.all([dovecot?.stop(), smtp?.stop(), translation?.stop(), stopParseWorker()]);
  }, 60_000);

  const receive = (mail: Parameters<typeof mailOf>[0]) => dovecot.deliver(SHOP, mailOf(mail));
  const message = (id: string) => house.ok('GET', `/v1/messages/${id}`);
  const inState = (id: string, state: string) =>
    eventually(
      () => message(id),
      (found) => found.delivery.state === state,
    );
  const thread = async () => (await house.ok('GET', `/v1/conversations?accountId=${account.id}`)).data.at(-1);
  const reply = (conversationId: string, body: object) => house.ok('POST', `/v1/conversations/${conversationId}/messages`, body);
  const nth = (conversationId: string, sequence: number) =>
    eventually(
      async () => (await house.messagesOf(conversationId))[sequence - 1],
      (found) => found !== undefined,
    );
  const mails = () => Promise.all(smtp.taken.map(({ bytes }) => parseEmail(bytes)));

  it('a Japanese mail comes in translated, the Chinese answer leaves in Japanese, once and in its thread', async () => {
    await receive({ id: 'q1', subject: '配送について', text: QUESTION, answers: ['<newsletter@parley.test>'] });
    const conversation = await eventually(thread, (found) => found?.lastMessage?.translatedText);
    expect(conversation).toMatchObject({
      channel: 'email',
      subject: '配送について',
      language: 'ja',
      unreadCount: 1,
      contact: { name: '佐藤 花' },
      orders: [{ number: 'AB-10234' }],
    });
    const received = await house.messagesOf(conversation.id);
    expect(received).toMatchObject([
      { sequence: 1, direction: 'inbound', parts: [{ kind: 'text', text: QUESTION }], translationStatus: 'done' },
    ]);
    expect(received[0].translations).toMatchObject([{ language: 'zh-CN', engine: 'libretranslate' }]);
    expect(received[0].translations[0].parts[0].text).toContain('AB-10234');
    expect(await house.ok('GET', `/v1/messages/${received[0].id}/ledger`)).toMatchObject({ seen: 1, attempts: [] });

    const { id } = await reply(conversation.id, { text: '您好,订单 AB-10234 今天已经发货,运单号 YT2112345678901。' });
    const sent = await inState(id, 'sent');
    const [mail] = await mails();
    expect(smtp.taken).toMatchObject([{ from: SHOP, to: [HANA] }]);
    expect(mail).toMatchObject({
      subject: 'Re: 配送について',
      from: { address: SHOP, name: 'Lantern Shop' },
      messageId: sent.externalId,
      inReplyTo: ['<q1@buyer.test>'],
      references: ['<newsletter@parley.test>', '<q1@buyer.test>'],
      language: 'ja',
      class: 'human',
      text: sent.translations[0].parts[0].text,
    });
    expect(mail?.text).toMatch(/\p{Script=Hiragana}/u);
    for (const fact of ['AB-10234', 'YT2112345678901']) expect(mail?.text).toContain(fact);
    expect(mail?.text).not.toContain('您');
    expect(await house.ok('GET', `/v1/messages/${id}/ledger`)).toMatchObject({
      direction: 'outbound',
      seen: 0,
      externalIds: [mail?.messageId],
      attempts: [{ attempt: 1, requests: [{ index: 0, state: 'sent', externalId: mail?.messageId, tries: 1 }] }],
      receipts: [{ state: 'sent' }],
    });
    expect(await dovecot.count(SHOP, 'Sent')).toBe(1);
  }, 60_000);

  it('the answer to it joins the conversation with what she wrote now, without the quote', async () => {
    const { id } = await thread();
    const [mail] = await mails();
    const quote = (mail?.text ?? '').replaceAll(/^/gm, '> ');
    await receive({
      id: 'q2',
      subject: 'Re: 配送について',
      to: mail?.replyTo[0]?.address ?? '',
      answers: [...(mail?.references ?? []), mail?.messageId ?? ''],
      text: `ありがとうございます。届いたらまた連絡します。\n\n2026年3月2日(月) 10:00 Lantern Shop <${SHOP}>:\n${quote}`,
    });
    const answer = await nth(id, 3);
    const [, sent] = await house.messagesOf(id);
    expect(answer).toMatchObject({
      direction: 'inbound',
      parts: [{ kind: 'text', text: 'ありがとうございます。届いたらまた連絡します。' }],
      replyTo: sent.id,
    });
    expect(await house.allMessages()).toHaveProperty('size', 1);
  }, 60_000);

  it('files come in and go out byte for byte', async () => {
    const { id } = await thread();
    const [incoming, outgoing] = [randomBytes(200_000), randomBytes(300_000)];
    await receive({
      id: 'q3',
      subject: 'Re: 配送について',
      text: '写真を添付します。',
      answers: ['<q1@buyer.test>'],
      file: { name: 'photo.bin', bytes: incoming },
    });
    const [, part] = (await nth(id, 4)).parts;
    expect(part).toMatchObject({ kind: 'media', name: 'photo.bin', sizeBytes: incoming.length });
    const mediaId = /^\/v1\/media\/(med_[0-9a-z]+)/.exec(part.url)?.[1];
    const withKey = { headers: { authorization: `Bearer ${house.key}` } };
    for (const [path, init] of [[`/v1/media/${mediaId}`, withKey] as const, [part.url, {}] as const]) {
      const response = await fetch(house.apiUrl + path, init);
      expect(Buffer.from(await response.arrayBuffer()).equals(incoming)).toBe(true);
    }

    const file = await house.ok('POST', `/v1/media?name=${encodeURIComponent('請求書.pdf')}`, outgoing, {
      'content-type': 'application/pdf',
    });
    const { id: replyId } = await reply(id, { parts: [{ kind: 'media', url: file.url, caption: '这是发票。' }] });
    await inState(replyId, 'sent');
    const mail = (await mails()).at(-1);
    expect(mail?.files).toMatchObject([{ name: '請求書.pdf', mime: 'application/pdf' }]);
    expect(Buffer.from(mail?.files[0]?.bytes ?? []).equals(outgoing)).toBe(true);
    expect(mail?.text).toMatch(/\p{Script=Hiragana}/u);
  }, 60_000);

  it('a bounce says of the reply that it failed, and why', async () => {
    const { id } = await thread();
    const { id: replyId } = await reply(id, { text: '请您放心。' });
    await inState(replyId, 'sent');
    const mail = (await mails()).at(-1);
    await dovecot.deliver(SHOP, bounceOf(mail?.messageId ?? ''));
    const failed = await inState(replyId, 'failed');
    expect(failed.delivery.error).toMatchObject({ code: 'address-unknown', retryable: false });
    expect(failed.delivery.error.message).toContain('5.1.1');
    expect((await nth(id, 7)).author.kind).toBe('system');
  }, 60_000);

  it('kill -9 of who reads the mailbox, while mails come in: none is lost, none doubled', async () => {
    const before = smtp.taken.length;
    const texts = Array.from({ length: 60 }, (_, index) => `お問い合わせ ${index} 件目です。よろしくお願いします。`);
    const all = async () => {
      const messages = [...(await house.allMessages()).values()];
      return messages.filter(([first]) => first?.parts[0]?.text.startsWith('お問い合わせ'));
    };
    let killed: Promise<void> | undefined;
    for (const [index, text] of texts.entries()) {
      const buyer = index % 6;
      await receive({ id: `many.${index}`, subject: `質問その${buyer}番`, from: `buyer${buyer}@buyer.test`, text });
      await pause(15);
      if (index === 30) killed = house.restart(house.processOf('ingest'));
    }
    await killed;
    const threads = await eventually(all, (found) => found.flat().length >= texts.length, 60_000);
    expect(threads).toHaveLength(6);
    for (const messages of threads) {
      const [first = ''] = messages.map((each: any) => each.parts[0].text);
      expect(messages.map((each: any) => each.parts[0].text)).toEqual(texts.filter((_, at) => at % 6 === texts.indexOf(first)));
      expect(messages.map((each: any) => each.sequence)).toEqual(messages.map((_: unknown, index: number) => index + 1));
    }
    expect(smtp.taken).toHaveLength(before);
  }, 120_000);
}

describeWithDovecot('embedded', () => promise('embedded'));
// Each of the two says by itself that it is missing.
if (whyNoDovecot() === null) describeWithKafka('distributed', () => promise('distributed'));

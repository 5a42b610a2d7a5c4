import { simpleParser } from 'mailparser';
import {
  bytes,
  charsetCases,
  encode,
  filePart,
  head,
  hz,
  iso2022kr,
  multipart,
  part,
  qWord,
  textMail,
  tnef,
  unlabelledCases,
  word,
} from '../fixtures/mails';
import { parseEmail } from '.';

const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==',
  'base64',
);

describe('charsets', () => {
  it.each(charsetCases)('%s in 8 bits', async (label, charset, text) => {
    expect((await parseEmail(textMail(text, charset, label))).text).toBe(text);
  });
  it.each(charsetCases)('%s in base64', async (label, charset, text) => {
    expect((await parseEmail(textMail(text, charset, label, 'base64'))).text).toBe(text);
  });
  it.each(charsetCases.filter(([label]) => !/utf-(7|16)/.test(label)))(
    '%s in the subject and the name',
    async (label, charset, text) => {
      const mail = await parseEmail(
        bytes(head({ Subject: word(text, charset, label), From: `${word(text, charset, label)} <a@b.test>` }), '\nx'),
      );
      expect(mail.subject).toBe(text);
      expect(mail.from).toEqual({ address: 'a@b.test', name: text });
    },
  );
  it.each(unlabelledCases)('%s without a label', async (charset, text) => {
    expect((await parseEmail(textMail(text, charset, null))).text).toBe(text);
  });
  it.each(unlabelledCases.filter(([charset]) => charset !== 'windows-1252'))('%s marked as us-ascii', async (charset, text) => {
    expect((await parseEmail(textMail(text, charset, 'us-ascii'))).text).toBe(text);
  });
  it.each(['iso-8859-1', 'windows-1252', 'us-ascii', 'unknown-8bit', 'x-unknown', 'koi8-r', 'windows-1251', ''])(
    'UTF-8 marked as %j',
    async (label) => {
      const text = 'Größe 42, 你好, Привет – ✓';
      expect((await parseEmail(textMail(text, 'utf-8', label))).text).toBe(text);
    },
  );
  it.each(['utf-8', 'gb2312'])('GBK marked as %s', async (label) => {
    const [, text] = unlabelledCases[0]!;
    expect((await parseEmail(textMail(text, 'gb18030', label))).text).toBe(text);
  });
  it('raw KOI8-R in the header, told by the body', async () => {
    const text = unlabelledCases[4]![1];
    const mail = await parseEmail(
      bytes('From: a@b.test\nSubject: ', encode('Лампа не светит', 'koi8-r'), '\n\n', encode(text, 'koi8-r')),
    );
    expect(mail.subject).toBe('Лампа не светит');
  });
  it('HZ and ISO-2022-KR', async () => {
    expect(
      (await parseEmail(bytes(head({ 'Content-Type': 'text/plain; charset=hz-gb-2312' }), '\nHi ', hz('你好，订单')))).text,
    ).toBe('Hi 你好，订单');
    expect(
      (await parseEmail(bytes(head({ 'Content-Type': 'text/plain; charset=iso-2022-kr' }), '\n', iso2022kr('주문 배송')))).text,
    ).toBe('주문 배송');
  });
  it('a character split over two encoded words', async () => {
    const raw = encode('订单在哪里', 'gb18030');
    const [a, b] = [raw.subarray(0, 3), raw.subarray(3)];
    const subject = `=?GB2312?B?${a.toString('base64')}?=\n =?GB2312?B?${b.toString('base64')}?=`;
    expect((await parseEmail(bytes(head({ Subject: subject }), '\nx'))).subject).toBe('订单在哪里');
    expect((await parseEmail(bytes(head({ Subject: `${qWord(a, 'gbk')}\n ${qWord(b, 'gbk')}` }), '\nx'))).subject).toBe(
      '订单在哪里',
    );
  });
  it('HTML that names its charset itself', async () => {
    const html = encode('<html><head><meta charset="windows-1251"></head><body>Привет, где заказ?</body></html>', 'windows-1251');
    expect((await parseEmail(bytes(head({ 'Content-Type': 'text/html' }), '\n', html))).text).toBe('Привет, где заказ?');
  });
});

describe('the header', () => {
  const parsed = (raw: string) => parseEmail(bytes(raw));
  it.each<[string, { address: string; name: string | null }]>([
    ['ana@buyer.test', { address: 'ana@buyer.test', name: null }],
    ['"Ruiz, Ana" <Ana@Buyer.TEST>', { address: 'Ana@buyer.test', name: 'Ruiz, Ana' }],
    ['ana@buyer.test (Ana Ruiz)', { address: 'ana@buyer.test', name: 'Ana Ruiz' }],
    [`${word('ルイス, アナ', 'utf-8')} <ana@buyer.test>`, { address: 'ana@buyer.test', name: 'ルイス, アナ' }],
    [`"${word('Ana', 'utf-8')}" <ana@buyer.test>`, { address: 'ana@buyer.test', name: 'Ana' }],
    ['Ana <ana@bücher.test>', { address: 'ana@xn--bcher-kva.test', name: 'Ana' }],
    ['用户 <用户@例子.测试>', { address: '用户@xn--fsqu00a.xn--0zwm56d', name: '用户' }],
    ['<ana@buyer.test', { address: 'ana@buyer.test', name: null }],
    ['Ana Ruiz', { address: '', name: 'Ana Ruiz' }],
  ])('From: %s', async (from, mailbox) => {
    expect((await parsed(`From: ${from}\n\nx`)).from).toEqual(mailbox);
  });
  it('reads groups, comments and semicolons as people', async () => {
    const { to } = await parsed(
      'From: a@b.test\nTo: Team: x@a.test, "Y, Z" <y@a.test>;, undisclosed-recipients:;, c@a.test (comment, with comma); d@a.test\n\nx',
    );
    expect(to.map(({ address }) => address).filter(Boolean)).toEqual(['x@a.test', 'y@a.test', 'c@a.test', 'd@a.test']);
  });
  it('believes the first of two, and says that there are two', async () => {
    const mail = await parsed('From: a@b.test\nFrom: evil@b.test\nSubject: one\nSubject: two\n\nx');
    expect(mail).toMatchObject({ from: { address: 'a@b.test' }, subject: 'one' });
    expect(mail.defects).toContain('several-from');
  });
  it('sees a name that shows another address', async () => {
    expect((await parsed('From: "billing@bank.test" <x@evil.test>\n\nx')).defects).toContain('name-shows-other-address');
  });
  it.each([
    ['<a@x.test> <b@x.test>', ['<a@x.test>', '<b@x.test>']],
    ['<a@x.test>,<b@x.test>', ['<a@x.test>', '<b@x.test>']],
    ['a@x.test b@x.test', ['<a@x.test>', '<b@x.test>']],
    ['"Ana" message of Tuesday <a@x.test>', ['<a@x.test>']],
    ['nonsense', []],
  ])('References: %s', async (value, ids) => {
    expect((await parsed(`From: a@b.test\nReferences: ${value}\n\nx`)).references).toEqual(ids);
  });
  it('takes the date of receipt where Date is far off', async () => {
    const mail = await parsed(
      'Received: from x by y; Tue, 3 Mar 2026 09:15:00 +0000\nFrom: a@b.test\nDate: Thu, 1 Jan 1970 00:00:00 +0000\n\nx',
    );
    expect(mail.date).toBe('2026-03-03T09:15:00.000Z');
  });
  it('reads names of files in every form', async () => {
    const names = [
      'attachment; filename="Rechnung März.pdf"',
      "attachment; filename*=UTF-8''Rechnung%20M%C3%A4rz.pdf",
      "attachment; filename*0*=UTF-8''Rechnung%20; filename*1*=M%C3%A4rz; filename*2=.pdf",
      `attachment; filename="${word('Rechnung März.pdf', 'utf-8')}"`,
      "attachment; filename=x.pdf; filename*=UTF-8''Rechnung%20M%C3%A4rz.pdf",
      "attachment; filename*=iso-8859-1'de'Rechnung%20M%E4rz.pdf",
    ];
    for (const disposition of names) {
      const { files } = await parsed(`From: a@b.test\nContent-Type: application/pdf\nContent-Disposition: ${disposition}\n\nx`);
      expect(files.map(({ name }) => name)).toEqual(['Rechnung März.pdf']);
    }
  });
  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\temp\\a.pdf', 'a.pdf'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['', 'attachment.pdf'],
  ])('makes %j a name that is safe', async (name, safe) => {
    const { files } = await parsed(
      `From: a@b.test\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="${name.replaceAll('\\', '\\\\')}"\n\nx`,
    );
    expect(files[0]?.name).toBe(safe);
  });
});

describe('what a mail holds', () => {
  it('plain text, HTML and a file', async () => {
    const mail = await parseEmail(
      bytes(
        head(),
        multipart(
          'mixed',
          'm',
          multipart('alternative', 'a', part('text/plain', 'plain'), part('text/html', '<p>html</p>')),
          filePart('application/pdf', 'a.pdf', 'PDF'),
        ),
      ),
    );
    expect(mail).toMatchObject({ text: 'plain', html: '<p>html</p>', files: [{ name: 'a.pdf', mime: 'application/pdf' }] });
  });
  it('says what mailparser says of ordinary mail', async () => {
    const raw = bytes(
      head({ Subject: word('你好', 'utf-8') }),
      multipart(
        'mixed',
        'm',
        part('text/plain; charset=utf-8', 'Grüße\n\nAna', 'Content-Transfer-Encoding: 8bit\n'),
        filePart('image/png', 'p.png', pixel),
      ),
    );
    const [ours, theirs] = [await parseEmail(raw), await simpleParser(raw)];
    expect(ours.subject).toBe(theirs.subject);
    expect(ours.text).toBe(theirs.text?.trim());
    expect(Buffer.from(ours.files[0]!.bytes).equals(theirs.attachments[0]!.content)).toBe(true);
    expect(ours.messageId).toBe(theirs.messageId);
    expect(ours.date).toBe(theirs.date?.toISOString());
  });
  it('HTML alone, as text: links, lists, tables, hidden words', async () => {
    const html = `<html><head><title>no</title><style>p{color:red}</style></head><body><div style="display:none">preheader</div><h1>Order</h1><p>See <a href="https://x.test/1">this page</a> &amp; reply.</p><ul><li>one</li><li>two</li></ul><table><tr><td>Lamp</td><td>2</td></tr><tr><td>Cable</td><td>1</td></tr></table><script>alert(1)</script><img src="https://track.test/p.gif"></body></html>`;
    const mail = await parseEmail(bytes(head({ 'Content-Type': 'text/html; charset=utf-8' }), '\n', html));
    expect(mail.text).toContain('Order');
    expect(mail.text).toContain('this page [https://x.test/1] & reply.');
    expect(mail.text).toMatch(/\* one\n\s*\* two/);
    expect(mail.text).toContain('Lamp | 2');
    expect(mail.text).not.toMatch(/preheader|alert|color|track/);
    expect(mail.html).not.toMatch(/script|style|track/);
  });
  it('HTML behind a plain part that says nothing', async () => {
    const stub = 'Your mail program does not support HTML.';
    const html = '<p>The lamp arrived broken, and I would like to have a new one, please.</p>';
    expect(
      (await parseEmail(bytes(head(), multipart('alternative', 'a', part('text/plain', stub), part('text/html', html))))).visible,
    ).toContain('The lamp arrived broken');
  });
  it.each([
    [
      'Gmail',
      '<div dir="ltr">Mine.</div><br><div class="gmail_quote"><div class="gmail_attr">Somehow worded line</div><blockquote class="gmail_quote">old</blockquote></div>',
    ],
    [
      'Outlook on the web',
      '<div>Mine.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>Zzz:</b> x</div><div>old</div>',
    ],
    ['Outlook', '<p>Mine.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>Xxx:</b> S</p></div><p>old</p>'],
    ['Apple Mail', '<div>Mine.</div><blockquote type="cite"><div>old</div></blockquote>'],
    ['Thunderbird', '<p>Mine.</p><div class="moz-cite-prefix">Anything</div><blockquote type="cite">old</blockquote>'],
    ['Yahoo', '<div>Mine.</div><div class="yahoo_quoted" id="yahoo_quoted_1">old</div>'],
    ['Proton', '<div>Mine.</div><div class="protonmail_quote">old</div>'],
  ])('%s: the quote by its container, in no known language', async (_program, html) => {
    const mail = await parseEmail(bytes(head({ 'Content-Type': 'text/html' }), '\n', html));
    expect(mail.visible).toBe('Mine.');
    expect(mail.unquoted).toBe('Mine.');
    expect(mail.text).toContain('old');
  });
  it('pictures in the text and logos in the quote', async () => {
    const html =
      '<p>Look: <img src="cid:seen%40x"></p><div class="gmail_quote"><blockquote>old <img src="cid:logo"></blockquote></div>';
    const inline = (id: string) =>
      `Content-Type: image/png; name="${id}.png"\nContent-ID: <${id}>\nContent-Disposition: inline\nContent-Transfer-Encoding: base64\n\n${pixel.toString('base64')}`;
    const mail = await parseEmail(
      bytes(head(), multipart('related', 'r', part('text/html', html), inline('seen@x'), inline('logo'), inline('other'))),
    );
    expect(mail.files.map(({ name, inline: isInline, folded }) => [name, isInline, folded])).toEqual([
      ['seen@x.png', true, false],
      ['logo.png', true, true],
      ['other.png', false, false],
    ]);
  });
  it('winmail.dat: what is in it', async () => {
    const content = Buffer.from('%PDF-1.4 x');
    const mail = await parseEmail(
      bytes(
        head(),
        multipart(
          'mixed',
          'm',
          part('text/plain', 'See the file.'),
          filePart('application/ms-tnef', 'winmail.dat', tnef('请看附件。', '发票 2026.pdf', content)),
        ),
      ),
    );
    expect(mail.text).toBe('See the file.\n\n请看附件。');
    expect(mail.files).toMatchObject([{ name: '发票 2026.pdf', mime: 'application/pdf' }]);
    expect(Buffer.from(mail.files[0]!.bytes).equals(content)).toBe(true);
  });
  it('winmail.dat that cannot be read: the file', async () => {
    const mail = await parseEmail(
      bytes(head(), multipart('mixed', 'm', part('text/plain', 'x'), filePart('application/ms-tnef', 'winmail.dat', 'nonsense'))),
    );
    expect(mail.files).toMatchObject([{ name: 'winmail.dat' }]);
    expect(mail.unsupported).toHaveLength(1);
  });
  it('an invitation, once though it comes twice', async () => {
    const ics =
      'BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1@x\nSUMMARY:Call about the\n  lamps\\, large ones\nDTSTART;TZID="Asia/Shanghai":20260310T090000\nDTEND;TZID=Asia/Shanghai:20260310T093000\nLOCATION:Online\nORGANIZER;CN="Ana Ruiz":mailto:ana@buyer.test\nEND:VEVENT\nEND:VCALENDAR';
    const mail = await parseEmail(
      bytes(
        head(),
        multipart(
          'mixed',
          'm',
          multipart('alternative', 'a', part('text/plain', 'Call'), part('text/calendar; method=REQUEST', ics)),
          filePart('application/ics', 'invite.ics', ics),
        ),
      ),
    );
    expect(mail.invitations).toEqual([
      {
        method: 'REQUEST',
        uid: '1@x',
        summary: 'Call about the lamps, large ones',
        start: '2026-03-10 09:00 (Asia/Shanghai)',
        end: '2026-03-10 09:30 (Asia/Shanghai)',
        location: 'Online',
        organizer: 'Ana Ruiz',
        status: null,
      },
    ]);
    expect(mail.files).toHaveLength(1);
  });
  it('a mail in a mail: a file that says what it is, and threads nothing', async () => {
    const inner = bytes(
      'From: Supplier <s@supplier.test>\nSubject: Stock\nMessage-ID: <inner@x.test>\nReferences: <old@x.test>\n\nNo stock.',
    );
    const mail = await parseEmail(
      bytes(head(), multipart('mixed', 'm', part('text/plain', 'See below.'), bytes('Content-Type: message/rfc822\n\n', inner))),
    );
    expect(mail.files).toMatchObject([{ name: 'Stock.eml', mime: 'message/rfc822', caption: 'Supplier: Stock' }]);
    expect(mail).toMatchObject({ messageId: '<m1@buyer.test>', references: [], text: 'See below.' });
  });
  it.each<[string, Buffer, string]>([
    [
      'PGP, encrypted',
      multipart(
        'encrypted; protocol="application/pgp-encrypted"',
        'e',
        part('application/pgp-encrypted', 'Version: 1'),
        part('application/octet-stream', 'x'),
      ),
      'multipart/encrypted',
    ],
    [
      'PGP, signed',
      multipart(
        'signed; protocol="application/pgp-signature"',
        's',
        part('text/plain', 'Hello'),
        part('application/pgp-signature', 'x'),
      ),
      'application/pgp-signature',
    ],
    [
      'S/MIME, signed',
      multipart(
        'signed; protocol="application/pkcs7-signature"',
        's',
        part('text/plain', 'Hello'),
        filePart('application/pkcs7-signature', 'smime.p7s', 'x'),
      ),
      'application/pkcs7-signature',
    ],
    [
      'S/MIME, encrypted',
      bytes('Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nx'),
      'application/pkcs7-mime',
    ],
    [
      'S/MIME, opaque',
      bytes('Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\n\nx'),
      'application/pkcs7-mime',
    ],
    [
      'PGP in the text',
      bytes('Content-Type: text/plain\n\n-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----'),
      'text/x-pgp-message',
    ],
    ['content elsewhere', bytes('Content-Type: message/external-body; access-type=URL\n\nx'), 'message/external-body'],
  ])('%s: said plainly', async (_what, body, rawType) => {
    const mail = await parseEmail(bytes(head(), body));
    expect(mail.unsupported.map((each) => each.rawType)).toContain(rawType);
    if (rawType.endsWith('signature')) expect(mail.text).toBe('Hello');
  });
  it('files in the text, as before MIME', async () => {
    const mail = await parseEmail(bytes(head(), '\nSee:\n\nbegin 644 cat.txt\n#0V%T\n`\nend\n\nBye'));
    expect(mail.files).toMatchObject([{ name: 'cat.txt' }]);
    expect(Buffer.from(mail.files[0]!.bytes).toString()).toBe('Cat');
    expect(mail.text).toBe('See:\n\n\nBye');
  });
  it('flowed text at its paragraphs, quotes at their depth', async () => {
    const mail = await parseEmail(
      bytes(head({ 'Content-Type': 'text/plain; format=flowed' }), '\nOne long \nline.\n> a quote \n> goes on\n>> deeper\n'),
    );
    expect(mail.text).toBe('One long line.\n> a quote goes on\n>> deeper');
  });
});

describe('broken mail', () => {
  it.each<[string, Buffer, string]>([
    [
      'no empty line after the header',
      bytes('From: a@b.test\nSubject: x\nThis is the text.\nMore of it.'),
      'This is the text.\nMore of it.',
    ],
    [
      'a boundary with blanks behind it',
      bytes(head(), 'Content-Type: multipart/mixed; boundary="m"\n\n--m  \n\nkept\n--m--  \n'),
      'kept',
    ],
    ['no last boundary', bytes(head(), 'Content-Type: multipart/mixed; boundary="m"\n\n--m\n\nkept'), 'kept'],
    ['a boundary that never comes', bytes(head(), 'Content-Type: multipart/mixed; boundary="m"\n\nkept'), 'kept'],
    ['a multipart without a boundary', bytes(head(), 'Content-Type: multipart/mixed\n\n--m\n\nkept\n--m--'), 'kept'],
    [
      'a part without its empty line',
      bytes(head(), 'Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\nkept\n--m\n--m--'),
      'kept',
    ],
    ['CR alone', Buffer.from('From: a@b.test\rSubject: x\r\rkept\rtoo'), 'kept\ntoo'],
    ['LF alone', Buffer.from('From: a@b.test\nSubject: x\n\nkept\ntoo'), 'kept\ntoo'],
    ['an mbox line', bytes('From ana Tue Mar  3 10:15:00 2026\nFrom: a@b.test\n\nkept'), 'kept'],
    [
      'a field folded without its blank',
      bytes('From: a@b.test\nSubject: one\ntwo\nDate: Tue, 3 Mar 2026 10:15:00 +0000\n\nkept'),
      'kept',
    ],
    [
      'broken quoted-printable',
      bytes(head({ 'Content-Transfer-Encoding': 'quoted-printable' }), '\nk=65pt = and =ZZ'),
      'kept = and =ZZ',
    ],
    ['base64 with blanks and junk', bytes(head({ 'Content-Transfer-Encoding': 'BASE64' }), '\na2 Vw\n dA=='), 'kept'],
    ['glued base64', bytes(head({ 'Content-Transfer-Encoding': 'base64' }), '\na2U=\ncHQ='), 'kept'],
    ['an unknown type', bytes(head({ 'Content-Type': 'text' }), '\nkept'), 'kept'],
    ['NULs', bytes(head(), '\nke\0pt'), 'kept'],
    [
      'the same boundary twice',
      bytes(
        head(),
        'Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/alternative; boundary=m\n\n--m\n\nkept\n--m--\n--m--',
      ),
      'kept',
    ],
  ])('%s', async (_what, raw, text) => {
    expect((await parseEmail(raw)).text).toBe(text);
  });
  it('gives something for anything', async () => {
    for (const raw of [
      Buffer.alloc(0),
      Buffer.from('\n'),
      Buffer.from('\0\0\0'),
      Buffer.from('Content-Type: multipart/mixed; boundary=""\n\n--\n--'),
    ]) {
      expect(await parseEmail(raw)).toMatchObject({ from: null });
    }
  });
  it('names the same mail the same, whatever servers did to it on the way', async () => {
    const sent = bytes(head(), '\nHello\nthere');
    const arrived = Buffer.concat([
      Buffer.from('Received: from a by b; Tue, 3 Mar 2026 10:15:02 +0100\nAuthentication-Results: b; dmarc=pass\n'),
      Buffer.from(sent.toString().replaceAll('\r\n', '\n')),
      Buffer.from('\n'),
    ]);
    const other = bytes(head(), '\nHello\nThere');
    const [a, b, c] = [await parseEmail(sent), await parseEmail(arrived), await parseEmail(other)];
    expect(b.contentHash).toBe(a.contentHash);
    expect(c.contentHash).not.toBe(a.contentHash);
  });
});

describe('giants', () => {
  const deep = (levels: number) => {
    let raw = 'From: a@b.test\nContent-Type: multipart/mixed; boundary=b0\n\n';
    for (let i = 0; i < levels; i++) raw += `--b${i}\nContent-Type: multipart/mixed; boundary=b${i + 1}\n\n`;
    return Buffer.from(raw);
  };
  const mixed = (body: string) => Buffer.from(`From: a@b.test\nContent-Type: multipart/mixed; boundary=b\n\n${body}`);
  it.each<[string, () => Buffer]>([
    ['multiparts in multiparts', () => deep(5_000)],
    ['parts without end', () => mixed('--b\n\nhi\n'.repeat(100_000))],
    ['lines that look like boundaries', () => mixed(`--b\n\nhi\n${'--c\n'.repeat(1_000_000)}`)],
    ['HTML as deep as it goes', () => Buffer.from(`Content-Type: text/html\n\n${'<div>'.repeat(200_000)}x`)],
    ['HTML of one table', () => Buffer.from(`Content-Type: text/html\n\n<table>${'<tr><td>a</td></tr>'.repeat(50_000)}`)],
    ['HTML at the limit', () => Buffer.from(`Content-Type: text/html\n\n${'<p>word <b>bold</b></p>'.repeat(2_900)}`)],
    ['flowed text', () => Buffer.from(`Content-Type: text/plain; format=flowed\n\n${'word \n'.repeat(800_000)}`)],
    ['a header of megabytes', () => Buffer.from(`From: a@b.test\nSubject: ${'x'.repeat(5_000_000)}\n\nbody`)],
    ['fields without end', () => Buffer.from(`${'X-A: b\n'.repeat(300_000)}\n\nbody`)],
    ['encoded words without end', () => Buffer.from(`Subject: ${'=?utf-8?B?eA==?= '.repeat(100_000)}\n\nbody`)],
    ['recipients without end', () => Buffer.from(`To: ${'a@b.test, '.repeat(100_000)}\n\nbody`)],
    ['references without end', () => Buffer.from(`References: ${'<a@b.test> '.repeat(100_000)}\n\nbody`)],
    ['brackets without end', () => Buffer.from(`From: ${'<('.repeat(30_000)}\nIn-Reply-To: ${'<'.repeat(60_000)}\n\nbody`)],
    [
      'unknown 8-bit bytes',
      () => Buffer.concat([Buffer.from('Content-Type: text/plain; charset=x-unknown\n\n'), Buffer.alloc(3_000_000, 0xe9)]),
    ],
    [
      'a 20 MB file',
      () =>
        mixed(
          `--b\n\nhi\n--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n${`${'A'.repeat(76)}\n`.repeat(260_000)}\n--b--`,
        ),
    ],
  ])('%s: under a second', async (_what, make) => {
    const raw = make();
    const before = process.cpuUsage();
    await parseEmail(raw);
    expect(cpuMs(before)).toBeLessThan(1_000);
  });
  it.each([300_000, 3_000_000])('keeps all of a text of %i bytes', async (length) => {
    const { files, unsupported } = await parseEmail(Buffer.from(`From: a@b.test\n\n${'0123456789abcde\n'.repeat(length / 16)}`));
    expect(files).toHaveLength(1);
    expect(Math.abs(files[0]!.bytes.length - length)).toBeLessThan(20);
    expect(unsupported).toHaveLength(1);
  });
  it('keeps all of a text that is too long to be shown', async () => {
    const mail = await parseEmail(Buffer.from(`From: a@b.test\n\n${'word '.repeat(100_000)}`));
    expect(mail.text.length).toBeLessThanOrEqual(200_000);
    expect(mail.files).toMatchObject([{ name: 'message.txt' }]);
    expect(mail.files[0]!.bytes.length).toBeGreaterThan(490_000);
  });
});

/** Time of the processor, not of the clock: the machine may be busy with other tests. */
function cpuMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

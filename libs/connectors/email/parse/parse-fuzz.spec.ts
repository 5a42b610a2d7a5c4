import fc from 'fast-check';
import { bytes, charsetCases, filePart, head, multipart, part, textMail, tnef, word } from '../fixtures/mails';
import { parseEmailNow } from './parse-email';

/** Mail that was damaged at random: the parser never throws, never takes long, and always says something. */
const corpus: readonly Buffer[] = [
  ...charsetCases.slice(0, 12).map(([label, charset, text]) => textMail(text, charset, label)),
  bytes(
    head(),
    multipart(
      'mixed',
      'm',
      multipart(
        'alternative',
        'a',
        part('text/plain', 'plain\n> quoted\n-- \nAna'),
        part('text/html; charset=utf-8', '<div>x<blockquote type="cite">y</blockquote><img src="cid:1"></div>'),
      ),
      filePart('image/png', 'p.png', 'x'.repeat(300), 'Content-ID: <1>\n'),
    ),
  ),
  bytes(
    head({ Subject: word('注文番号 12345', 'iso-2022-jp') }),
    multipart('mixed', 'm', filePart('application/ms-tnef', 'winmail.dat', tnef('text', 'name.pdf', Buffer.from('%PDF')))),
  ),
  bytes(
    head(),
    multipart(
      'report; report-type=delivery-status',
      'd',
      part('text/plain', 'x'),
      part(
        'message/delivery-status',
        'Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.test\nAction: failed\nStatus: 5.1.1',
      ),
      part('message/rfc822', 'Message-ID: <a@b.test>\n\nx'),
    ),
  ),
  bytes(
    head(),
    multipart(
      'mixed',
      'm',
      part(
        'text/calendar; method=REQUEST',
        'BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nDTSTART:20260101T000000Z\nEND:VEVENT\nEND:VCALENDAR',
      ),
      part('message/rfc822', 'From: a@b.test\n\nx'),
    ),
  ),
  bytes(head(), multipart('signed', 's', part('text/plain', 'x'), part('application/pgp-signature', 'x'))),
];

const words = [
  '\r\n',
  '\n\n',
  '--m',
  '--m--',
  '=?utf-8?B?',
  '?=',
  '<',
  '>',
  '"',
  '\\',
  ';',
  ':',
  '\0',
  '\x1b$B',
  '~{',
  '=\r\n',
  '&#x1F600;',
  '<div',
  'multipart/mixed; boundary=',
  'base64',
  'begin 644 x\n',
  '\xff\xfe',
];
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  kind: fc.nat(4),
  value: fc.nat(255),
  word: fc.constantFrom(...words),
  length: fc.nat(200),
});

function damage(
  mail: Buffer,
  steps: readonly { at: number; kind: number; value: number; word: string; length: number }[],
): Buffer {
  let bytesNow = Buffer.from(mail);
  for (const { at, kind, value, word: text, length } of steps) {
    const index = Math.floor(at * bytesNow.length);
    if (kind === 0 && bytesNow.length) bytesNow[index] = value;
    else if (kind === 1) bytesNow = Buffer.concat([bytesNow.subarray(0, index), bytesNow.subarray(index + length)]);
    else if (kind === 2)
      bytesNow = Buffer.concat([bytesNow.subarray(0, index), Buffer.from(text, 'latin1'), bytesNow.subarray(index)]);
    else if (kind === 3) bytesNow = Buffer.concat([bytesNow.subarray(0, index), bytesNow.subarray(Math.max(0, index - length))]);
    else bytesNow = bytesNow.subarray(0, index);
  }
  return bytesNow;
}

it('survives damage of every kind', () => {
  fc.assert(
    fc.property(fc.constantFrom(...corpus), fc.array(mutation, { minLength: 1, maxLength: 12 }), (mail, steps) => {
      const raw = damage(mail, steps);
      const before = process.cpuUsage();
      const parsed = parseEmailNow(raw);
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1_000).toBeLessThan(1_000);
      expect(typeof parsed.visible).toBe('string');
      expect(parsed.text === '' || parsed.visible !== '').toBe(true);
      expect(parsed.text.isWellFormed()).toBe(true);
    }),
    { numRuns: 1_500 },
  );
});

it('survives bytes that are no mail at all', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3_000 }), (raw) => {
      expect(() => parseEmailNow(raw)).not.toThrow();
    }),
    { numRuns: 500 },
  );
});

it('gives back what was put in, in every script', () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 80 })
    .map((value) =>
      value
        .normalize('NFC')
        .replaceAll(/[\s\p{C}<>"=?-]+/gu, ' ')
        .trim(),
    )
    .filter((value) => value.length > 0);
  fc.assert(
    fc.property(text, text, fc.uint8Array({ minLength: 1, maxLength: 500 }), (subject, body, content) => {
      const raw = bytes(
        head({ Subject: word(subject, 'utf-8') }),
        multipart('mixed', 'm', part('text/plain; charset=utf-8', body), filePart('application/octet-stream', 'f.bin', content)),
      );
      const parsed = parseEmailNow(raw);
      expect(parsed.subject).toBe(subject);
      expect(parsed.text).toBe(body);
      expect(Buffer.from(parsed.files[0]?.bytes ?? []).equals(Buffer.from(content))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('reads LF, CR LF and CR alike', () => {
  for (const mail of corpus.slice(12)) {
    const lf = mail.toString('latin1').replaceAll('\r\n', '\n');
    const [a, b, c] = [lf, lf.replaceAll('\n', '\r\n'), lf.replaceAll('\n', '\r')].map((raw) =>
      parseEmailNow(Buffer.from(raw, 'latin1')),
    );
    for (const other of [b, c]) {
      expect(other?.text).toBe(a?.text);
      expect(other?.files.map(({ name }) => name)).toEqual(a?.files.map(({ name }) => name));
    }
  }
});

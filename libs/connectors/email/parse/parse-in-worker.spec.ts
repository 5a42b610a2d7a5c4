import { parseEmail, parseEmailInWorker, stopParseWorker } from '.';

afterAll(stopParseWorker);

const plain = Buffer.from('From: a@buyer.test\r\nSubject: Hello\r\n\r\nWhere is my parcel?\r\n');

describe('the parser in its worker', () => {
  it('says the same as the parser itself', async () => {
    const { files, ...said } = await parseEmailInWorker(plain, { timeoutMs: 5_000 });
    const { files: expected, ...direct } = await parseEmail(plain);
    expect(said).toEqual(direct);
    expect(files).toEqual(expected);
  });
  it('brings files over byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 2_000 }, (_, i) => (i * 7) % 256));
    const mail = Buffer.from(
      `From: a@b.test\r\nContent-Type: application/pdf; name="x.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${bytes.toString('base64')}\r\n`,
    );
    const { files } = await parseEmailInWorker(mail, { timeoutMs: 5_000 });
    expect(Buffer.from(files[0]!.bytes).equals(bytes)).toBe(true);
  });
  it('gives up in time, and still says who wrote about what, with the mail as a file', async () => {
    await parseEmailInWorker(plain);
    const startedAt = Date.now();
    const slow = Buffer.concat([
      Buffer.from('From: a@b.test\r\nSubject: Slow\r\nMessage-ID: <1@b.test>\r\n\r\n'),
      Buffer.alloc(30_000_000, 'word \n'),
    ]);
    const parsed = await parseEmailInWorker(slow, { timeoutMs: 1 });
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    expect(parsed).toMatchObject({ subject: 'Slow', messageId: '<1@b.test>', from: { address: 'a@b.test' } });
    expect(parsed.unsupported).toHaveLength(1);
    expect(parsed.files[0]?.bytes.length).toBe(slow.length);
    expect(parsed.defects).toContain('timeout');
  });
  it('works again after it had to be stopped, and answers all who wait', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        parseEmailInWorker(Buffer.from(`Subject: ${i}\n\ntext ${i}`), { timeoutMs: i === 3 ? 0 : 5_000 }),
      ),
    );
    expect(answers.map((answer) => answer.subject)).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
    expect(answers[19]?.visible).toBe('text 19');
  });
});

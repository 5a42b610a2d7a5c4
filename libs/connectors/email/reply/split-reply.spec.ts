import { type QuoteCase, quoteCases } from '../fixtures/quotes';
import { ownWords, signatureCases } from '../fixtures/signatures';
import { splitReply } from '.';

const own = 'Yes, please send the blue one.\nMy address has not changed.';
const old = 'Dear customer,\nwhich colour would you like?\n\nLantern Shop';
const below = ({ above, marks }: QuoteCase) =>
  `${above}\n${
    marks
      ? old
          .split('\n')
          .map((line) => `> ${line}`)
          .join('\n')
      : `\n${old}`
  }`;

describe('what is new in a reply', () => {
  it('knows at least 18 languages', () => {
    expect(new Set(quoteCases.map(({ language }) => language.slice(0, 2))).size).toBeGreaterThanOrEqual(18);
    expect(new Set(signatureCases.map(([language]) => language.slice(0, 2))).size).toBeGreaterThanOrEqual(18);
  });

  it.each(quoteCases.map((each) => [each.language, each.program, each] as const))(
    '%s, %s: above the quote',
    (_language, _program, each) => {
      const split = splitReply(`${own}\n\n${below(each)}\n`);
      expect(split.visible).toBe(own);
      expect(split.unquoted).toBe(own);
      expect(split.quoted).toContain('which colour');
    },
  );

  it.each(quoteCases.filter(({ marks }) => marks).map((each) => [each.language, each.program, each] as const))(
    '%s, %s: below the quote',
    (_language, _program, each) => {
      expect(splitReply(`${below(each)}\n\n${own}\n`).visible).toBe(own);
    },
  );

  it('keeps quotes between answers, and leaves them out of `unquoted`', () => {
    const split = splitReply(
      'On 3 Mar 2026, at 10:15, Shop <s@lantern.test> wrote:\n> Colour?\n\nBlue.\n\n> Size?\n\n42.\n\n> Regards\n',
    );
    expect(split.visible).toBe('Blue.\n\n> Size?\n\n42.');
    expect(split.unquoted).toBe('Blue.\n\n42.');
  });

  it('cuts inside a line where Chinese programs write on the same one', () => {
    expect(splitReply('好的，谢谢。 在 2026年3月3日，10:15，Shop <s@lantern.test> 写道：\n\n> 您好').visible).toBe(
      '好的，谢谢。',
    );
  });

  it.each([
    [
      '---------- Forwarded message ---------\nFrom: Supplier <s@supplier.test>\nDate: Tue, 3 Mar 2026\nSubject: Stock\nTo: ana@buyer.test\n\nNo stock until May.',
      '',
    ],
    [
      'Begin forwarded message:\n\nFrom: Supplier <s@supplier.test>\nSubject: Stock\nDate: 3 March 2026\nTo: ana@buyer.test\n\nNo stock until May.',
      '',
    ],
    ['-------- Weitergeleitete Nachricht --------\nBetreff: Bestand\nVon: L <s@supplier.test>\n\nNo stock until May.', ''],
    ['---------- 转发邮件 ----------\n发件人: S <s@supplier.test>\n\nNo stock until May.', ''],
    ['-------- Пересылаемое сообщение --------\nОт кого: S <s@supplier.test>\n\nNo stock until May.', ''],
    ['From: Supplier <s@supplier.test>\nSent: Tuesday\nTo: Ana\nSubject: Stock\n\nNo stock until May.', 'forward by subject'],
  ])('keeps what is handed on: %#', (forwarded, by) => {
    const split = splitReply(`See what they say.\n\n${forwarded}`, { isForward: by !== '' });
    expect(split.visible).toContain('See what they say.');
    expect(split.visible).toContain('No stock until May.');
    expect(split.forwarded).toBe(true);
  });

  it('shows all of a mail that is nothing but a quote', () => {
    const text = '> all\n> quoted';
    expect(splitReply(text).visible).toBe(text);
  });
});

describe('signatures', () => {
  it.each(signatureCases)('%s: %j is followed by %j', (_language, text, signature) => {
    const split = splitReply(`${text}\n\n${signature}\n`);
    expect(split.visible).toBe(text);
    expect(split.unquoted).toBe(`${text}\n\n${signature}`);
    expect(split.signature).toBe(signature);
  });

  it.each(signatureCases)('%s: %j is found above a quote too', (_language, text, signature) => {
    const split = splitReply(`${text}\n\n${signature}\n\nOn 3 Mar 2026, at 10:15, Shop <s@lantern.test> wrote:\n> old`);
    expect(split.visible).toBe(text);
    expect(split.unquoted).toBe(`${text}\n\n${signature}`);
  });

  it.each(ownWords)('leaves %s alone', (_what, text) => {
    expect(splitReply(text)).toMatchObject({ visible: text, unquoted: text });
  });
});

describe('hostile text', () => {
  it.each<[string, string]>([
    ['770 kB of deep quotes', `${'>'.repeat(770_000)} x`],
    ['"On " fifty thousand times', 'On '.repeat(50_000)],
    ['a hundred thousand dashes', '-'.repeat(100_000)],
    ['a hundred thousand lines of dashes', '-- \n'.repeat(100_000)],
    ['two hundred thousand blanks in a line', `a${' '.repeat(200_000)}b`],
    ['a hundred thousand lines that end an attribution', '3.3.2026 a@b.test wrote:\n'.repeat(100_000)],
    ['header labels without end', 'From: a@b.test\nTo: x\n'.repeat(50_000)],
    ['closing formulas without end', 'Best regards\nAna\n'.repeat(50_000)],
  ])('%s takes no time', (_what, text) => {
    const before = process.cpuUsage();
    splitReply(text);
    expect(cpuMs(before)).toBeLessThan(1_000);
  });
});

/** Time of the processor, not of the clock: the machine may be busy with other tests. */
function cpuMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

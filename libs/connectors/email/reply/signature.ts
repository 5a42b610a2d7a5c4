import { foldLine } from './fold-line';
import { anyLanguage } from './languages';

const DASH_LINES_MAX = 12;
const NAME_LINES_MAX = 7;
const NAME_LENGTH_MAX = 70;
const DISCLAIMER =
  /(confidential|privileged|intended (only )?(solely )?for the (addressee|recipient|use)|vertraulich|confidentiel|confidencial|riservat[oae]|vertrouwelijk|конфиденциальн|конфіденційн|poufn|důvěrn|konfidenti|luottamuksell|gizli|bizalmas|confiden[țt]ial|εμπιστευτικ|保密|机密|機密|本邮件|本郵件|守秘|기밀|سري|חסוי|bảo mật|rahasia|virus-free|viren ?frei|avast|проверено на вирусы)/i;

/** The first line of the signature among `lines`; their number when there is none. `lines` are what the writer wrote. */
export function signatureStart(lines: readonly string[]): number {
  let end = lines.length;
  while (end > 0 && !lines[end - 1]?.trim()) end--;
  const first = lines.findIndex((line) => line.trim());
  if (first < 0) return lines.length;
  let start = end;
  // From the bottom up: each rule takes what it knows, and the next one looks at what is left.
  for (let changed = true; changed; ) {
    changed = false;
    for (const rule of [dashes, device, disclaimer, boxed, businessCard, closing]) {
      const at = rule(lines, first, start);
      if (at < start) {
        start = trimEnd(lines, at);
        changed = true;
      }
    }
  }
  // A mail that is nothing but a signature is shown as it is.
  return start > first ? (start < end ? start : lines.length) : lines.length;
}

function trimEnd(lines: readonly string[], end: number): number {
  let at = end;
  while (at > 0 && !lines[at - 1]?.trim()) at--;
  return at;
}

type Rule = (lines: readonly string[], first: number, end: number) => number;

/** RFC 3676: `-- `. Without its blank it is taken when little follows. */
const dashes: Rule = (lines, first, end) => {
  for (let i = end - 1; i > first && i >= end - 60; i--) {
    const line = lines[i] ?? '';
    if (line === '-- ' && end - i <= 60) return i;
    if (/^(--|—|__|–)\s*$/.test(line) && end - i - 1 <= DASH_LINES_MAX) return i;
  }
  return end;
};

const device: Rule = (lines, first, end) => {
  const line = lines[end - 1] ?? '';
  if (end - 1 < first || line.length > 160) return end;
  const folded = foldLine(line)
    .replace(/^[-–—*_\s]+/, '')
    .replace(/[.!*_\s]+$/, '');
  const hit = anyLanguage.device.some((each) =>
    each.startsWith('…') ? folded.length < 60 && folded.endsWith(each.slice(1)) : folded.startsWith(each),
  );
  if (!hit || !isDeviceLike(folded)) return end;
  return end - 1 > first || end - 1 === first ? end - 1 : end;
};

/** "Sent from my desk, as promised, the contract" is a sentence; a device line is short and names a device or program. */
const isDeviceLike = (folded: string): boolean =>
  folded.length < 120 &&
  (!/[,;]/.test(folded) || /yahoo|outlook|proton|samsung/.test(folded)) &&
  /iphone|ipad|ipod|android|samsung|galaxy|huawei|xiaomi|redmi|oppo|vivo|nokia|pixel|mobil|móvil|movil|celular|handy|smartphone|telefon|téléphone|telef|phone|tablet|blackberry|windows|outlook|mail|yahoo|gmail|proton|gmx|web\.de|yandex|яндекс|телефон|айфон|смартфон|手机|手機|平板|携帯|スマ|폰|아이폰|갤럭시|هاتف|آي فون|جوال|אייפון|הנייד|smart|mac|ios|app|邮箱|郵箱|lenovo|lg |sony|honor|realme|puhelime|mobiel|điện thoại|โทรศัพท์|มือถือ|ponsel/.test(
    folded,
  );

/** A long last paragraph that speaks of confidence and recipients. */
const disclaimer: Rule = (lines, first, end) => {
  let start = end;
  let length = 0;
  while (start > first && lines[start - 1]?.trim() && end - start < 40) length += lines[--start]?.length ?? 0;
  if (start <= first || length < 60) return end;
  const text = lines.slice(start, end).join(' ').slice(0, 2_000);
  const matches = DISCLAIMER.exec(text);
  return matches && (length > 150 || /virus|avast|вирус/i.test(text)) ? start : end;
};

const BOX = /^[-=_*~+#.・･─━―＝＊☆★◇◆□■○●◎※\s]{5,}$/u;

/** Japanese mail puts name and address between two rules. */
const boxed: Rule = (lines, first, end) => {
  let at = end - 1;
  if (BOX.test(lines[at] ?? '')) at--;
  else return end;
  for (let inside = 0; at > first && inside <= DASH_LINES_MAX; at--, inside++) {
    const line = lines[at] ?? '';
    if (BOX.test(line) && line.trim()) return inside > 0 ? at : end;
    if (!isNameLike(line)) return end;
  }
  return end;
};

/** A last paragraph of short lines with a web address or columns, and a telephone or mail address. */
const businessCard: Rule = (lines, first, end) => {
  let start = end;
  while (start > first && lines[start - 1]?.trim() && end - start < NAME_LINES_MAX) start--;
  const block = lines.slice(start, end);
  // "My address is:" asks to be read, not to be folded away.
  let before = start - 1;
  while (before >= first && !lines[before]?.trim()) before--;
  if (start <= first || lines[start - 1]?.trim() || block.length < 2 || !block.every(isNameLike)) return end;
  if (/[:：]\s*$/.test(lines[before] ?? '')) return end;
  const text = block.join('\n');
  const formal = /\bwww\.|https?:\/\/| \| /i.test(text);
  const reachable = /\+?\d[\d ()./-]{6,}\d|[^\s@]+@[^\s@]+\.[a-z]{2,}/i.test(text);
  return formal && reachable ? start : end;
};

/** A closing formula, then a few short lines: name, phone, address. */
const closing: Rule = (lines, first, end) => {
  let names = 0;
  for (let i = end - 1; i > first && names <= NAME_LINES_MAX; i--) {
    const line = lines[i] ?? '';
    if (!line.trim()) continue;
    const formula = closingFormula(line);
    if (formula === 'always' && i > first) return i;
    if (formula === 'with-name' && names > 0 && names <= 3) return i;
    if (!isNameLike(line)) return end;
    names++;
  }
  return end;
};

function closingFormula(line: string): 'always' | 'with-name' | null {
  if (line.length > 80) return null;
  const folded = foldLine(line)
    .replaceAll(/\p{Extended_Pictographic}|\ufe0f/gu, '')
    .replace(/[\s,.!;:，。！、*_~]+$/, '')
    .replace(/^[*_\s]+/, '');
  for (const each of anyLanguage.closing) {
    const withName = each.endsWith('!');
    const formula = withName ? each.slice(0, -1) : each;
    if (folded === formula) return withName ? 'with-name' : 'always';
    // "Thank you for your help and best regards,"
    if (!withName && formula.length >= 9 && folded.endsWith(` ${formula}`)) return 'with-name';
    // "Best regards, Anna Smith" on one line.
    if (
      !withName &&
      folded.startsWith(formula) &&
      formula.length > 4 &&
      /^[,，]\s*\S/.test(folded.slice(formula.length)) &&
      folded.length - formula.length < 40
    )
      return 'always';
  }
  return null;
}

/** Short, and not a sentence: no question, no verb-like length; numbers and links are welcome. */
const isNameLike = (line: string): boolean => {
  const text = line.trim();
  return text.length <= NAME_LENGTH_MAX && !isQuestionOrSentence(text);
};
const isQuestionOrSentence = (text: string): boolean =>
  /[?？؟]/.test(text) ||
  (/[.!。！]$/.test(text) && text.split(/\s+/).length > 4) ||
  text.split(/\s+/).length > 9 ||
  /^(p\.?\s?s\b|ps:)/i.test(text);

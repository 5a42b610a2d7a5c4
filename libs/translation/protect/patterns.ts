import { after, apart, apartAfter, before, D, group, space } from './pieces';
import { postal } from './postal';

/**
 * How facts look. Order is precedence: what an earlier pattern took, a later one does not see. Patterns never cross a
 * line and are linear in time. `\p{Nd}` is a digit of any script: full-width, Arabic-Indic, Devanagari, ...
 */
export type FactKind =
  | 'placeholder'
  | 'link'
  | 'email'
  | 'emoji'
  | 'handle'
  | 'address'
  | 'code'
  | 'amount'
  | 'date'
  | 'time'
  | 'phone'
  | 'size'
  | 'measure'
  | 'number'
  | 'coupon'
  | 'written-date'
  | 'count';

export interface FactPattern {
  readonly kind: FactKind;
  readonly pattern: RegExp;
  /** A text without this has no such fact: most texts are done with most patterns at one glance. */
  readonly needs?: RegExp;
  /** Says no to a match that only looks like one; `text` is the whole text. */
  readonly accept?: (match: string, text: string, start: number) => boolean;
}

const digit = /\p{Nd}/u;
const brace = /[{%$<[]/;
const at = /@/;

// ---------------------------------------------------------------- links and addresses on the net

const pathChar = "[\\w\\-.~:/?#\\[\\]@!$&'()*+,;=%\\p{Script=Cyrillic}\\p{Script=Arabic}\\p{Script=Greek}\\u00c0-\\u024f]";
/** Han in a link only where a link has words: after one of `/ = -`. Elsewhere the sentence goes on without a space. */
const hanPiece = '(?<=[/=-])[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}]+';
const linkTail = `(?:${pathChar}|${hanPiece})*`;
const domains =
  'com|net|org|shop|store|online|info|biz|app|dev|io|me|ly|co|gl|eu|us|uk|de|fr|es|it|pt|br|mx|ar|cl|pe|nl|be|pl|cz|at|ch|ru|ua|tr|cn|hk|tw|jp|kr|in|id|my|sg|th|vn|ph|au|nz|ca|ae|sa|il|gr|se|no|dk|fi';

/** Ends of names that are words as well: "it.is" is a missing space, "example.is/track" is a link. */
const wordy = /^(?:it|is|me|my|in|at|us|no|be|de|es|id|so|to|do|as|app|info|shop|store|online|se|pe|co|us)$/i;

function isDomain(match: string): boolean {
  const [name = '', path] = match.split(/[/?#]/, 2);
  const labels = name.split('.');
  if (path !== undefined || labels.length > 2) return true;
  return (labels[0] ?? '').length >= 3 && !wordy.test(labels[1] ?? '');
}

/** A sentence's own punctuation after a link is not the link's. */
export function trimLink(link: string): string {
  let end = link.length;
  for (;;) {
    const last = link[end - 1];
    if (last === undefined) return '';
    const open = last === ')' ? '(' : last === ']' ? '[' : null;
    const unbalanced = open !== null && count(link.slice(0, end), last) > count(link.slice(0, end), open);
    if (!unbalanced && !/[.,;:!?'"*_~]/.test(last)) return link.slice(0, end);
    end -= 1;
  }
}

const count = (text: string, char: string): number => text.split(char).length - 1;

// ---------------------------------------------------------------- money, sizes, measures

const signs = '[$€£¥￥₩₽₹₺₫฿₱₴₦₡₪₸₲₵]';
const prefixed = `(?:(?:US|MX|CA|AU|NZ|HK|NT|S|R|C|A|CLP|COP|ARS)\\$|R\\$|RM|Rp\\.?|Rs\\.?|${signs}|(?:USD|EUR|GBP|CNY|RMB|JPY|KRW|BRL|MXN|ARS|COP|CLP|PEN|RUB|TRY|INR|IDR|MYR|THB|VND|PHP|SGD|HKD|TWD|AUD|CAD|CHF|PLN|CZK|SEK|NOK|DKK|HUF|AED|SAR|ILS|ZAR))`;
const suffixed = `(?:${signs}|元|円|圆|块钱|원|บาท|руб\\.?|₽|zł|Kč|kr\\.?|Ft|lei|лв\\.?|грн\\.?|(?:USD|EUR|GBP|CNY|RMB|JPY|KRW|BRL|MXN|ARS|COP|CLP|PEN|RUB|TRY|TL|INR|IDR|MYR|THB|VND|PHP|SGD|HKD|TWD|AUD|CAD|CHF|PLN|CZK|SEK|NOK|DKK|HUF|AED|SAR|ILS|ZAR)|đ|د\\.إ|ر\\.س)`;
const separator = "[.,'’٫٬．]";
const decimal = `${D}{1,20}(?:${separator}${D}{1,20}){0,6}`;
/** Thousands may be set apart by a space: exactly three digits follow each. */
const money = `${D}{1,3}(?:${space}${D}{3})+(?:[.,]${D}{1,2})?|${decimal}`;
const wordEnd = '(?![\\p{Script=Latin}\\p{Script=Cyrillic}])';

const units =
  'kg|g|mg|ml|cl|l|L|cm|mm|km|m|m²|m³|cm²|oz|lbs?|ft|GB|TB|MB|mAh|kWh|W|V|Hz|GHz|MHz|px|°C|°F|℃|℉|公斤|千克|毫升|厘米|cc';
const region = '(?:EU|US|UK|FR|IT|JP|CN|BR|MX|KR|AU)';
const sizeWord =
  '(?:sizes?|tallas?|tailles?|taglia|tamanho|größe|groesse|gr\\.|maat|rozmiar\\p{L}{0,3}|размер\\p{L}{0,3}|розмір\\p{L}{0,3}|beden|ukuran|saiz|cỡ|storlek|사이즈|サイズ|尺码|尺碼|码数|号码)';
const letters = '(?:[2-6]?XS|XXS|S|M|L|[2-6]?XL|XXL|XXXL)';

// ---------------------------------------------------------------- codes

const ordinal = /^\p{Nd}+(?:st|nd|rd|th|er|re|ers|e|ème|eme|ère|te|ten|º|ª|o|a|os|as)$/iu;

/** Letters and digits that make one name: not "1st", not "20-year-old". */
function isCode(token: string): boolean {
  if (!/\p{Nd}/u.test(token)) return /^[A-Z]{2,}(?:[-_][A-Z]{2,}){2,}$/.test(token) || /[A-Za-z]_[A-Za-z]/.test(token);
  if (!/[A-Za-z]/.test(token)) return false;
  if (ordinal.test(token)) return false;
  const pieces = token.split(/[-_/.]/);
  const wordy = pieces.some((piece) => /^\p{L}*[a-z]{3,}$/u.test(piece));
  return !wordy || (pieces.length >= 3 && /^\p{Nd}{2,}$/u.test(pieces.at(-1) ?? ''));
}

const couponWord =
  /coupon|code|voucher|promo|discount|cup[oó]n|c[oó]digo|descuento|cupom|desconto|gutschein|rabatt|remise|réduction|buono|sconto|код|скидк|优惠|折扣|券|口令|クーポン|コード|쿠폰|코드|할인|kupon|kod|mã|voucher|kode|โค้ด|كود|قسيمة|خصم/iu;

/** FREESHIP is a coupon where coupons are spoken of, or where everything around it is in another script or case. */
function isCoupon(match: string, text: string, start: number): boolean {
  const around = text.slice(Math.max(0, start - 40), start) + text.slice(start + match.length, start + match.length + 20);
  if (/^[A-Z]+$/.test(text.replace(/[^\p{L}]/gu, ''))) return false;
  if (couponWord.test(around) && !/^(?:CODE|COUPON|PROMO|VOUCHER|DISCOUNT|PLEASE|WHERE|WHAT|HELP)$/.test(match)) return true;
  const letters = text.replace(/[^\p{L}]/gu, '');
  const latin = letters.replace(/[^\p{Script=Latin}]/gu, '');
  return latin.length < letters.length / 2;
}

const monthNames: string = [
  ...'january february march april may june july august september october november december'.split(' '),
  ...'jan feb mar apr jun jul aug sept sep oct nov dec'.split(' '),
  ...'enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre'.split(' '),
  ...'janeiro fevereiro março abril maio junho julho setembro outubro novembro dezembro'.split(' '),
  ...'janvier février mars avril mai juin juillet août septembre octobre novembre décembre'.split(' '),
  ...'januar februar märz juni juli oktober dezember gennaio febbraio maggio giugno luglio settembre ottobre dicembre'.split(' '),
  ...'января февраля марта апреля мая июня июля августа сентября октября ноября декабря'.split(' '),
  ...'stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia'.split(' '),
  ...'ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık'.split(' '),
  ...'januari februari maart mei augustus maret agustus desember'.split(' '),
]
  .sort((a, b) => b.length - a.length)
  .join('|');

export const factPatterns: readonly FactPattern[] = [
  // Look-alikes of our own masks, and characters for private use: taken first, so that none can be mistaken for one.
  { kind: 'placeholder', needs: /[⟦⟧\uE000-\uF8FF]/, pattern: /⟦[^⟦⟧\n]{0,40}⟧|[⟦⟧]|[\uE000-\uF8FF]+/gu },
  { kind: 'placeholder', needs: brace, pattern: /\{\{[^{}\n]{1,80}\}\}|\$\{[^{}\n]{1,80}\}|<%[^%\n]{0,80}%>/gu },
  {
    kind: 'placeholder',
    needs: brace,
    pattern: /\{\s*[\w.]{1,40}\s*,\s*(?:plural|select|selectordinal)\s*,(?:[^{}\n]|\{[^{}\n]{0,200}\}){0,400}\}/gu,
  },
  { kind: 'placeholder', needs: brace, pattern: /\{[A-Za-z_][\w.-]{0,60}\}|\{\d{1,3}\}|%\d{1,2}\$[sdf@]|%[sd@](?![A-Za-z])/gu },
  { kind: 'placeholder', needs: brace, pattern: /\[[A-Z][A-Z0-9_ ]{1,30}\]|<\/?[A-Za-z][^<>\n]{0,300}>/gu },
  { kind: 'link', needs: /:\/\/|www\./i, pattern: group(`(?:https?://|ftp://|www\\.)${linkTail}`, 'giu') },
  {
    kind: 'email',
    needs: at,
    pattern:
      /[\p{Script=Latin}\p{Script=Cyrillic}\p{Nd}._%+'-]{1,64}@[\p{Script=Latin}\p{Script=Cyrillic}\p{Nd}-]{1,63}(?:\.[\p{Script=Latin}\p{Script=Cyrillic}\p{Nd}-]{2,63}){1,4}/gu,
  },
  {
    kind: 'link',
    needs: /\.\S/,
    pattern: group(`(?<![\\w@.-])(?:[a-z0-9](?:[a-z0-9-]{0,40})\\.){1,4}(?:${domains})(?![\\w-])(?:[/?#]${linkTail})?`, 'giu'),
    accept: isDomain,
  },
  {
    kind: 'emoji',
    pattern:
      /[\u{1F1E6}-\u{1F1FF}]{2}|[0-9#*]\u{FE0F}?\u{20E3}|\p{Extended_Pictographic}(?:\u{FE0F}|\p{Emoji_Modifier})?(?:\u{200D}\p{Extended_Pictographic}(?:\u{FE0F}|\p{Emoji_Modifier})?)*(?:[\u{E0020}-\u{E007F}]+)?/gu,
  },
  {
    kind: 'handle',
    needs: at,
    pattern: group(
      `(?<![\\p{Script=Latin}\\p{Nd}_@])@[\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Arabic}\\p{Nd}_](?:[\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Arabic}\\p{Nd}_.]{0,28}[\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Arabic}\\p{Nd}_])?`,
    ),
  },
  ...postal.map((pattern): FactPattern => ({ kind: 'address', needs: digit, pattern })),
  { kind: 'code', needs: digit, pattern: group(`[#＃№]${space}?[A-Za-z]{0,6}[-_]?${D}[\\p{Nd}A-Za-z_-]{0,40}(?<![-_])`) },
  { kind: 'code', needs: /[#＃]/, pattern: /(?<![\p{Script=Latin}_#＃])[#＃][A-Za-z][A-Za-z0-9_-]{1,40}(?<![-_])/gu },
  { kind: 'code', needs: digit, pattern: group(`${before}${D}{3}-${D}{7}-${D}{7}${after}`) },
  // In one pattern, so that the one further left wins: the euro sign in "1.299,00 € 05/11" belongs to what stands before it.
  {
    kind: 'amount',
    needs: digit,
    pattern: group(
      `${before}${prefixed}${space}?(?:${money})(?:${space}?(?:USD|EUR|CNY|MXN|BRL))?${after}|${before}(?<!${D}[/:.,-])(?:${money})${space}?${suffixed}(?!${D})${wordEnd}`,
    ),
  },
  {
    kind: 'date',
    needs: digit,
    pattern: group(
      `${before}${D}{4}[-/.／．－]${D}{1,2}[-/.／．－]${D}{1,2}(?:[T ]${D}{1,2}:${D}{2}(?::${D}{2})?(?:Z|[+-]${D}{2}:?${D}{2})?)?(?!${D})`,
    ),
  },
  { kind: 'date', needs: digit, pattern: group(`${before}${D}{1,2}([-/.／．－])${D}{1,2}\\1(?:${D}{4}|${D}{2})(?!${D})`) },
  {
    kind: 'date',
    needs: digit,
    pattern: group(`${before}${D}{1,2}[/／]${D}{1,2}(?![\\p{Nd}/／])|${before}${D}{1,2}\\.${D}{1,2}\\.(?!${D})`),
  },
  {
    kind: 'time',
    needs: digit,
    pattern: group(
      `${before}${D}{1,2}[:：]${D}{2}(?:[:：]${D}{2})?(?:${space}?[AaPp](?:\\.[Mm]\\.|[Mm](?![\\p{L}])))?(?!${D})|${before}${D}{1,2}${space}?[AaPp](?:\\.[Mm]\\.|[Mm](?![\\p{L}]))|${before}${D}{1,2}h${D}{2}${after}`,
    ),
  },
  {
    kind: 'written-date',
    needs: digit,
    pattern: group(
      `(?:${D}{2,4}\\s?[年년]\\s?)?${D}{1,2}\\s?[月월]\\s?${D}{1,2}\\s?[日号號일]|${before}(?:${monthNames})\\.?${space}${D}{1,2}(?:st|nd|rd|th)?(?:,?${space}${D}{4})?${after}|${before}${D}{1,2}(?:st|nd|rd|th|\\.|er|º)?${space}(?:de${space}|of${space})?(?:${monthNames})\\.?(?:${space}(?:de${space})?${D}{4})?${wordEnd}`,
      'giu',
    ),
  },
  {
    kind: 'phone',
    needs: digit,
    pattern: group(`[+＋]${D}(?:[ \\u00a0().-]{0,2}${D}){6,17}${after}`),
  },
  { kind: 'phone', needs: digit, pattern: group(`${before}\\(${D}{2,5}\\)${space}?${D}{3,5}(?:[ .-]${D}{2,5}){0,3}(?!${D})`) },
  { kind: 'phone', needs: digit, pattern: group(`${before}${D}{2,5}(?:[ \\u00a0-]${D}{2,5}){2,6}${after}`) },
  {
    kind: 'measure',
    needs: digit,
    pattern: group(
      `${before}${decimal}(?:${space}?(?:cm|mm|m|in|inch|")?${space}?[x×X*＊]${space}?${decimal}){1,3}(?:${space}?(?:cm|mm|m|in|inch(?:es)?|"|″|厘米))?${wordEnd}`,
    ),
  },
  {
    kind: 'size',
    needs: digit,
    pattern: group(
      `${apart}${region}${space}?${D}{1,3}(?:[.,]5|½)?${apartAfter}|${apart}${D}{1,3}(?:[.,]5|½)?${space}?${region}${apartAfter}`,
    ),
  },
  {
    kind: 'size',
    pattern: group(
      `(?=[SMLX2-6\\p{Nd}])(?<=${sizeWord}[${space.slice(1, -1)}:：]{0,3})(?:${letters}|${D}{1,3}(?:[.,]5|½)?(?:/(?:${letters}|${D}{1,3}))?)${apartAfter}`,
      'giu',
    ),
  },
  {
    kind: 'size',
    pattern: group(
      `${apart}${letters}(?=${space}?(?:码|碼|号|サイズ|사이즈|beden))|${apart}(?:XXS|XS|[2-6]XS|[2-6]?XL|XXL|XXXL|4XL)${apartAfter}|${apart}${letters}(?:/${letters})+${apartAfter}|${apart}${D}{2}/${letters}${apartAfter}`,
    ),
  },
  {
    kind: 'measure',
    needs: digit,
    pattern: group(
      `${before}(?:${decimal}${space}?(?:${units})|${decimal}(?:in|inch(?:es)?|"|″)|${decimal}${space}?[%％‰])${wordEnd}`,
    ),
  },
  // The token is longer than any name of a thing: a base64 blob is cut, not a danger.
  {
    kind: 'code',
    needs: /[\p{Nd}_-]/u,
    pattern: /(?<![A-Za-z0-9_])[A-Za-z0-9]{1,64}(?:[-_/.][A-Za-z0-9]{1,64}){0,12}(?![A-Za-z0-9_])/gu,
    accept: isCode,
  },
  {
    kind: 'number',
    needs: digit,
    pattern: group(
      `${before}${D}{1,3}(?:${space}${D}{3})+(?!${D})|${before}${D}{1,20}(?:[-–~～—]${D}{1,20}){1,8}${after}|${before}${D}{1,20}(?:${separator}${D}{1,20}){1,8}(?!${D})|${before}[-−]${D}+(?:${separator}${D}+)?(?!${D})`,
    ),
  },
  { kind: 'code', needs: digit, pattern: group(`(?<!${D})${D}{5,}(?!${D})`) },
  {
    kind: 'coupon',
    needs: /[A-Z]{4}/,
    pattern: /(?<![\p{Script=Latin}\p{Nd}_])[A-Z]{4,20}(?![\p{Script=Latin}\p{Nd}_])/gu,
    accept: isCoupon,
  },
  { kind: 'count', needs: digit, pattern: group(`${D}+`) },
];

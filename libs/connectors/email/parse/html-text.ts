import { convert, type FormatCallback, type HtmlToTextOptions } from 'html-to-text';
import { MARK, MARKS } from './html-marks';
import { isCostly, stripTags } from './html-strip';
import { LIMITS } from './limits';

export interface HtmlText {
  /** All that a person would see; quotes with `> `. */
  readonly text: string;
  /** What is left when the containers mail programs put around quoted mail are taken out. */
  readonly unquoted: string;
  /** The same without the signature's container. */
  readonly visible: string;
  readonly hasQuote: boolean;
  /** Content ids of images that stand in `visible`. */
  readonly imagesSeen: readonly string[];
  /** Content ids of all images. */
  readonly imagesAll: readonly string[];
  /** Too large or too deep for a faithful conversion. */
  readonly degraded: boolean;
}

const inside =
  (start: string, end: string): FormatCallback =>
  (element, walk, builder) => {
    builder.openBlock({ leadingLineBreaks: 1 });
    builder.addInline(start);
    walk(element.children, builder);
    builder.addInline(end);
    builder.closeBlock({ trailingLineBreaks: 1 });
  };
const before =
  (mark: string): FormatCallback =>
  (element, walk, builder) => {
    builder.openBlock({ leadingLineBreaks: 1 });
    builder.addInline(mark);
    walk(element.children, builder);
    builder.closeBlock({ trailingLineBreaks: 1 });
  };

/** Where mail programs put the mail that is answered. */
const quoteContainers = [
  'div.gmail_quote',
  'div.gmail_quote_container',
  'div.gmail_extra > div.gmail_quote',
  'div.yahoo_quoted',
  'div[id^="yahoo_quoted"]',
  'div.protonmail_quote',
  'blockquote.protonmail_quote',
  'div.zmail_extra',
  'blockquote.front-blockquote',
  'div.moz-cite-prefix',
  'blockquote[type="cite"]',
  'div#mail-app-auto-quote',
  'div#isReplyContent',
  'blockquote#isReplyContent',
  'div.OutlookMessageHeader',
  'div#OLK_SRC_BODY_SECTION',
  'span#OLK_SRC_BODY_SECTION',
  'div.ms-outlook-mobile-reference-message',
];
/** Outlook puts the quoted mail beside its header, not into it. */
const quoteStarts = [
  'div#appendonsend',
  'div#divRplyFwdMsg',
  'hr#stopSpelling',
  'div[style*="border-top:solid #E1E1E1"]',
  'div[style*="border-top:solid #B5C4DF"]',
  'div[style*="border-top: solid #E1E1E1"]',
  'div[style*="border-top: solid #B5C4DF"]',
];
const signatures = [
  'div.gmail_signature',
  'div.moz-signature',
  'pre.moz-signature',
  'div.protonmail_signature_block',
  'div#Signature',
  'div#ms-outlook-mobile-signature',
  'div#AppleMailSignature',
  'div.iCloudSignature',
];
/** Preheaders and text that is there for machines only. */
const hidden = [
  '[style*="display:none"]',
  '[style*="display: none"]',
  '[style*="visibility:hidden"]',
  '[style*="visibility: hidden"]',
  '[style*="mso-hide:all"]',
  '[style*="mso-hide: all"]',
  '[style*="font-size:0px"]',
  '[style*="font-size:0;"]',
  '[style*="font-size: 0px"]',
  '[style*="opacity:0;"]',
  '[style*="opacity: 0;"]',
  '[hidden]',
];

const options: HtmlToTextOptions = {
  wordwrap: false,
  limits: { maxInputLength: LIMITS.htmlLength, maxDepth: LIMITS.htmlDepth + 10 },
  formatters: {
    quote: inside(MARK.quoteStart, MARK.quoteEnd),
    citation: (element, walk, builder) => {
      builder.openBlock({ leadingLineBreaks: 1, reservedLineLength: 2 });
      builder.addInline(MARK.quoteStart);
      walk(element.children, builder);
      builder.addInline(MARK.quoteEnd);
      builder.closeBlock({ trailingLineBreaks: 1, blockTransform: (block) => quotedLines(block) });
    },
    plainCitation: (element, walk, builder) => {
      builder.openBlock({ leadingLineBreaks: 1, reservedLineLength: 2 });
      walk(element.children, builder);
      builder.closeBlock({ trailingLineBreaks: 1, blockTransform: (block) => quotedLines(block) });
    },
    quotedFromHere: before(MARK.quotedFromHere),
    signature: inside(MARK.signatureStart, MARK.signatureEnd),
    picture: (element, _walk, builder) => {
      const source = String(element.attribs?.['src'] ?? '');
      if (/^cid:/i.test(source)) builder.addInline(`${MARK.imageStart}${encodeURIComponent(cidOf(source))}${MARK.imageEnd}`);
    },
    cell: (element, walk, builder) => {
      walk(element.children, builder);
      builder.addInline(` ${MARK.cell} `);
    },
    row: (element, walk, builder) => {
      builder.openBlock({ leadingLineBreaks: 1 });
      walk(element.children, builder);
      builder.closeBlock({ trailingLineBreaks: 1 });
    },
    rule: (_element, _walk, builder) => {
      builder.openBlock({ leadingLineBreaks: 1 });
      builder.addInline('-----');
      builder.closeBlock({ trailingLineBreaks: 1 });
    },
  },
  selectors: [
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, ignoreHref: false, noAnchorUrl: true } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
      selector,
      options: { uppercase: false, leadingLineBreaks: 2, trailingLineBreaks: 2 },
    })),
    { selector: 'p', options: { leadingLineBreaks: 2, trailingLineBreaks: 2 } },
    { selector: 'img', format: 'picture' },
    { selector: 'hr', format: 'rule' },
    { selector: 'table', format: 'block' },
    { selector: 'tr', format: 'row' },
    { selector: 'td', format: 'cell' },
    { selector: 'th', format: 'cell' },
    { selector: 'blockquote', format: 'plainCitation' },
    ...['script', 'style', 'head', 'title', 'template', 'svg', 'math', 'noscript', 'object', 'select'].map((selector) => ({
      selector,
      format: 'skip',
    })),
    ...quoteContainers.map((selector) => ({ selector, format: selector.startsWith('blockquote') ? 'citation' : 'quote' })),
    ...quoteStarts.map((selector) => ({ selector, format: 'quotedFromHere' })),
    ...signatures.map((selector) => ({ selector, format: 'signature' })),
    ...hidden.map((selector) => ({ selector, format: 'skip' })),
  ],
};

const cidOf = (source: string): string => {
  const raw = source.slice(4);
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
};

/** Marks stay before the `> `, so that taking out what they enclose leaves no empty quote. */
function quotedLines(block: string): string {
  return block
    .split('\n')
    .map((line) => {
      const start = line.startsWith(MARK.quoteStart) ? MARK.quoteStart : '';
      return `${start}> ${line.slice(start.length)}`;
    })
    .join('\n');
}

/** `isForwarded`: does this line announce a forwarded mail? Such a container is content, not a quote. */
export function htmlToText(html: string, isForwarded: (line: string) => boolean): HtmlText {
  const source = html.replaceAll(MARKS, '');
  if (isCostly(source)) return degraded(source);
  let marked: string;
  try {
    marked = convert(source, options);
  } catch {
    return degraded(source);
  }
  const text = finish(marked);
  const cut = cutQuotes(marked, isForwarded);
  const visible = cutBetween(cut.text, MARK.signatureStart, MARK.signatureEnd);
  return {
    text,
    unquoted: finish(cut.text),
    visible: finish(visible),
    hasQuote: cut.hasQuote,
    imagesSeen: imagesIn(visible),
    imagesAll: imagesIn(marked),
    degraded: false,
  };
}

function degraded(source: string): HtmlText {
  const text = stripTags(source);
  return { text, unquoted: text, visible: text, hasQuote: false, imagesSeen: [], imagesAll: [], degraded: true };
}

function imagesIn(marked: string): string[] {
  return [...marked.matchAll(/\ue0f5([^\ue0f5\ue0f6]*)\ue0f6/g)].map((match) => decodeURIComponent(match[1] ?? ''));
}

function cutQuotes(marked: string, isForwarded: (line: string) => boolean): { text: string; hasQuote: boolean } {
  let text = '';
  let depth = 0;
  let hasQuote = false;
  let forwarded = 0;
  for (const piece of marked.split(/(?=[\ue0f0-\ue0f2])/)) {
    const mark = piece[0];
    const rest = piece.slice(1);
    if (mark === MARK.quotedFromHere && depth === 0) {
      if (isForwarded(firstLine(rest))) text += rest;
      else return { text, hasQuote: true };
    } else if (mark === MARK.quoteStart) {
      if (depth === 0 && forwarded === 0 && !isForwarded(firstLine(rest))) {
        hasQuote = true;
        depth = 1;
      } else if (depth > 0) depth++;
      else {
        forwarded++;
        text += rest;
      }
    } else if (mark === MARK.quoteEnd) {
      if (depth > 0) depth--;
      else if (forwarded > 0) forwarded--;
      if (depth === 0) text += rest;
    } else if (depth === 0) text += mark === MARK.quotedFromHere ? rest : piece;
  }
  return { text, hasQuote };
}

const firstLine = (text: string): string => text.trimStart().split('\n', 1)[0] ?? '';

function cutBetween(text: string, start: string, end: string): string {
  let out = '';
  let at = 0;
  for (;;) {
    const from = text.indexOf(start, at);
    if (from < 0) return out + text.slice(at);
    out += text.slice(at, from);
    const to = text.indexOf(end, from);
    if (to < 0) return out;
    at = to + end.length;
  }
}

/** Takes the marks off, sets separators between the cells of a row, and leaves one empty line between paragraphs. */
function finish(marked: string): string {
  return marked
    .replaceAll(/\ue0f5[^\ue0f5\ue0f6]*\ue0f6/g, '')
    .split('\n')
    .map((line) => (line.includes(MARK.cell) ? joinCells(line) : line).replaceAll(MARKS, '').trimEnd())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

function joinCells(line: string): string {
  const quote = /^(?:> )+/.exec(line)?.[0] ?? '';
  return (
    quote +
    line
      .slice(quote.length)
      .split(MARK.cell)
      .map((cell) => cell.trim())
      .filter((cell) => cell.replaceAll(MARKS, '') !== '')
      .join(' | ')
  );
}

const RTL = /^(ar|he|iw|fa|ur|ps|sd|ug|yi|dv|ckb)\b/i;
const LINK = /https?:\/\/[^\s<>"'（）。，、]{1,2000}[^\s<>"'（）。，、.,;:!?)\]]/g;

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** The text again as HTML: escaped, with links, in the direction of its language. No pictures, no scripts, no classes. */
export function htmlOf(text: string, language: string): string {
  const direction = RTL.test(language) ? 'rtl' : 'auto';
  const lang = language === 'und' ? '' : ` lang="${escapeHtml(language)}"`;
  const paragraphs = text
    .split(/\n{2,}/)
    .map((paragraph) => `<p style="margin:0 0 1em">${linked(paragraph).replaceAll('\n', '<br>\n')}</p>`);
  return `<!doctype html>\n<html${lang}><head><meta charset="utf-8"></head><body><div dir="${direction}"${lang} style="font-family:sans-serif;font-size:15px;line-height:1.5">\n${paragraphs.join('\n')}\n</div></body></html>\n`;
}

function linked(text: string): string {
  let html = '';
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    html += escapeHtml(text.slice(at, match.index));
    html += `<a href="${escapeHtml(match[0])}">${escapeHtml(match[0])}</a>`;
    at = match.index + match[0].length;
  }
  return html + escapeHtml(text.slice(at));
}

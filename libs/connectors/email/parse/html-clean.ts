import sanitizeHtml from 'sanitize-html';
import { isCostly } from './html-strip';

const tags =
  'a abbr address b bdi bdo big blockquote br caption center cite code col colgroup dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins li mark ol p pre q s small span strike strong sub sup table tbody td tfoot th thead tr tt u ul wbr';

const options: sanitizeHtml.IOptions = {
  allowedTags: tags.split(' '),
  allowedAttributes: {
    '*': ['dir', 'lang', 'colspan', 'rowspan'],
    a: ['href', 'rel', 'target'],
    img: ['src', 'alt', 'width', 'height'],
  },
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  // Pictures from elsewhere tell the sender who reads when.
  allowedSchemesByTag: { img: ['cid'] },
  allowProtocolRelative: false,
  nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'title', 'template', 'head', 'svg', 'math'],
  transformTags: { a: sanitizeHtml.simpleTransform('a', { rel: 'noopener noreferrer nofollow', target: '_blank' }) },
};

/** HTML that may be shown in a frame without scripts; null when it is too large to be cleaned in time. */
export function cleanHtml(html: string): string | null {
  if (isCostly(html)) return null;
  try {
    return sanitizeHtml(html, options);
  } catch {
    return null;
  }
}

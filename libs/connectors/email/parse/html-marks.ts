/** Characters for private use that carry structure through the conversion of HTML to text. None survives it. */
export const MARK = {
  quoteStart: '\ue0f0',
  quoteEnd: '\ue0f1',
  /** All that follows is quoted, whatever element it stands in. */
  quotedFromHere: '\ue0f2',
  signatureStart: '\ue0f3',
  signatureEnd: '\ue0f4',
  imageStart: '\ue0f5',
  imageEnd: '\ue0f6',
  cell: '\ue0f7',
} as const;

export const MARKS = /[\ue0f0-\ue0f7]/g;

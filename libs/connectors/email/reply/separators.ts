import { anyLanguage } from './languages';

/** `----- Original Message -----` in any language; the words alone count when dashes stand on one side at least. */
export function separatorKind(folded: string): 'original' | 'forwarded' | null {
  if (folded.length < 4 || folded.length > 160) return null;
  const bare = trimRule(folded);
  if (!bare) return null;
  const ruled = bare.length < folded.length && /^[-_=*~－—─>\s]*[-_=*~－—─]{2}|[-_=*~－—─]{2}[-_=*~－—─:\s]*$/.test(folded);
  const words = bare.replace(/[:.]+$/, '').trim();
  if (anyLanguage.forwarded.some((each) => words === each || (ruled && words.startsWith(each)))) {
    // Apple and some web mail write it without dashes, then with a colon: "Begin forwarded message:".
    return ruled || bare.endsWith(':') ? 'forwarded' : null;
  }
  if (
    ruled &&
    anyLanguage.original.some((each) => words === each || words.startsWith(`${each} `) || words.startsWith(`${each}:`))
  )
    return 'original';
  return null;
}

export const isForwardLine = (folded: string): boolean => separatorKind(folded) === 'forwarded';

/** A line of dashes or underscores alone, as Outlook puts above its header block. */
export const isRule = (folded: string): boolean => folded.length >= 3 && trimRule(folded) === '';

/** Takes rule characters off both ends, each character looked at once. */
function trimRule(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && RULE.includes(text[from] ?? '')) from++;
  while (to > from && RULE.includes(text[to - 1] ?? '')) to--;
  return text.slice(from, to);
}
const RULE = '-_=*~－—─> ';

import { LIMITS } from './limits';

/** Message-IDs of a field, with brackets. Broken mailers separate them by commas, leave the brackets off, or repeat them. */
export function readMessageIds(values: readonly string[]): string[] {
  const ids: string[] = [];
  for (const value of values) {
    const text = value.slice(0, LIMITS.fieldBytes);
    const bracketed = text.match(/<[^<>\s]{1,400}>/g);
    const found =
      bracketed ??
      text
        .split(/[\s,;]+/)
        .filter((word) => /^[^\s@]+@[^\s@]+$/.test(word))
        .map((word) => `<${word}>`);
    for (const id of found) if (id.includes('@') && id.length <= 400 && !ids.includes(id)) ids.push(id);
    if (ids.length > LIMITS.references * 4) break;
  }
  return ids.slice(-LIMITS.references);
}

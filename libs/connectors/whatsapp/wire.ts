/** Reading of JSON that may be anything: a field is there with the right type, or it is not there. */

export type Json = Readonly<Record<string, unknown>>;

export const objectIn = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;

/** A text that says something; numbers where ids are expected count as text. Empty is absent: the channel sends both. */
export function textIn(value: unknown, name: string): string | undefined {
  const field = objectIn(value)?.[name];
  if (typeof field === 'number' && Number.isFinite(field)) return String(field);
  return typeof field === 'string' && field !== '' ? field : undefined;
}

export function numberIn(value: unknown, name: string): number | undefined {
  const field = objectIn(value)?.[name];
  const number = typeof field === 'string' && field.trim() ? Number(field) : field;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

export const listIn = (value: unknown, name: string): Json[] => {
  const field = objectIn(value)?.[name];
  return Array.isArray(field) ? field.map(objectIn).filter((one) => one !== undefined) : [];
};

/** Unix seconds, as text or number. */
export function timeIn(value: unknown, name: string, fallbackMs: number): Date {
  const seconds = numberIn(value, name);
  const time = new Date(seconds === undefined ? fallbackMs : seconds * 1_000);
  return Number.isNaN(time.getTime()) ? new Date(fallbackMs) : time;
}

/**
 * The name of a person's thread. In Brazil and Mexico the same person is seen under two numbers, with and without the
 * digit that marks mobiles; both lead to one thread. Answers still go to the exact id that was received.
 */
export function threadKeyOf(waId: string | undefined): string | undefined {
  if (waId === undefined) return undefined;
  const brazil = /^(55\d{2})([6-9]\d{7})$/.exec(waId);
  if (brazil) return `${brazil[1]}9${brazil[2]}`;
  const mexico = /^521(\d{10})$/.exec(waId);
  return mexico ? `52${mexico[1]}` : waId;
}

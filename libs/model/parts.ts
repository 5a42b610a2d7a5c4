import { z } from 'zod';

/** What a message is made of. The union is closed: a kind nobody understands becomes `unsupported`, never nothing. */
export const textPart = z.object({ kind: z.literal('text'), text: z.string() });

/** An image, audio, video or file, told apart by `mime`. `url` is Parley's own (`/v1/media/{id}`), never the channel's. */
export const mediaPart = z.object({
  kind: z.literal('media'),
  mime: z.string(),
  url: z.string(),
  name: z.string().nullable().default(null),
  sizeBytes: z.number().int().nonnegative().nullable().default(null),
  caption: z.string().nullable().default(null),
  durationMs: z.number().nonnegative().optional(),
  width: z.number().int().positive().optional(),
  height: z.number().int().positive().optional(),
});

export const locationPart = z.object({
  kind: z.literal('location'),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  name: z.string().optional(),
  address: z.string().optional(),
});

export const contactPart = z.object({
  kind: z.literal('contact'),
  name: z.string(),
  phones: z.array(z.string()),
  emails: z.array(z.string()),
});

export const choicePart = z.object({
  kind: z.literal('choice'),
  text: z.string(),
  options: z.array(z.object({ id: z.string(), title: z.string() })).min(1),
});

export const chosenPart = z.object({ kind: z.literal('chosen'), id: z.string(), title: z.string() });

export const templatePart = z.object({
  kind: z.literal('template'),
  name: z.string(),
  language: z.string(),
  variables: z.record(z.string(), z.string()),
});

export const cardPart = z.object({
  kind: z.literal('card'),
  title: z.string(),
  text: z.string().nullable().default(null),
  url: z.string().nullable().default(null),
  image: z.string().nullable().default(null),
  product: z.string().optional(),
  order: z.string().optional(),
});

/** Something the connector does not understand. The raw payload stays in the log; `summary` is what a person is shown. */
export const unsupportedPart = z.object({ kind: z.literal('unsupported'), summary: z.string(), rawType: z.string() });

export const partSchema = z.discriminatedUnion('kind', [
  textPart,
  mediaPart,
  locationPart,
  contactPart,
  choicePart,
  chosenPart,
  templatePart,
  cardPart,
  unsupportedPart,
]);

export type Part = z.infer<typeof partSchema>;
export type TextPart = z.infer<typeof textPart>;
export type MediaPart = z.infer<typeof mediaPart>;

/** One line for lists, search and notifications: what a person would say this part is. */
export function describePart(part: Part): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'media':
      return part.caption || part.name || part.mime;
    case 'location':
      return part.name ?? part.address ?? `${part.latitude}, ${part.longitude}`;
    case 'contact':
      return part.name;
    case 'choice':
      return part.text;
    case 'chosen':
      return part.title;
    case 'template':
      return part.name;
    case 'card':
      return part.text ? `${part.title}: ${part.text}` : part.title;
    case 'unsupported':
      return part.summary;
  }
}

/** The strings of a part that people read, in a fixed order: what translation reads and writes back. */
export function translatableTexts(part: Part): string[] {
  switch (part.kind) {
    case 'text':
      return [part.text];
    case 'media':
      return part.caption ? [part.caption] : [];
    case 'choice':
      return [part.text, ...part.options.map((option) => option.title)];
    case 'chosen':
      return [part.title];
    case 'card':
      return part.text ? [part.title, part.text] : [part.title];
    case 'location':
    case 'contact':
    case 'template':
    case 'unsupported':
      return [];
  }
}

/** The same part with its readable strings replaced, in the order `translatableTexts` gave them. */
export function withTexts(part: Part, texts: readonly string[]): Part {
  const at = (index: number): string => {
    const text = texts[index];
    if (text === undefined) throw new RangeError(`A ${part.kind} part needs text ${index}, got ${texts.length}`);
    return text;
  };
  switch (part.kind) {
    case 'text':
      return { ...part, text: at(0) };
    case 'media':
      return part.caption ? { ...part, caption: at(0) } : part;
    case 'choice':
      return { ...part, text: at(0), options: part.options.map((o, i) => ({ ...o, title: at(i + 1) })) };
    case 'chosen':
      return { ...part, title: at(0) };
    case 'card':
      return part.text ? { ...part, title: at(0), text: at(1) } : { ...part, title: at(0) };
    case 'location':
    case 'contact':
    case 'template':
    case 'unsupported':
      return part;
  }
}

/** All readable text of a message in one string, for search, detection and previews. */
export const plainText = (parts: readonly Part[]): string => parts.flatMap(translatableTexts).join('\n');

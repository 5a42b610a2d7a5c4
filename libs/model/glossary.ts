import { z } from 'zod';

/** A term the shop wants said in one way, or left alone. */
export const glossaryTermSchema = z.object({
  id: z.string(),
  source: z.string(),
  /** BCP 47, base language: `zh`. */
  sourceLanguage: z.string(),
  /** Base language to the term to use there. */
  targets: z.record(z.string(), z.string()),
  doNotTranslate: z.boolean(),
  /** Base language to words that must not appear there. */
  forbidden: z.record(z.string(), z.array(z.string())),
});
export type GlossaryTerm = z.infer<typeof glossaryTermSchema>;

/** A merchant's terms as of one version; the version grows with each change. */
export interface Glossary {
  readonly version: number;
  readonly terms: readonly GlossaryTerm[];
}

export const emptyGlossary: Glossary = { version: 0, terms: [] };

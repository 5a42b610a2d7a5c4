import { ProblemError } from '@parley/runtime';
import { z } from 'zod';
import { CursorError } from '../store';

/** Query of every list. */
export const pageFields = {
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('How many at most.'),
  cursor: z.string().min(1).max(1_000).optional().describe('`nextCursor` of the page before.'),
};
export const pageQuery = z.strictObject(pageFields);

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), nextCursor: z.string().nullable().describe('Null: there is nothing more.') });

/** A flag in a query. */
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** One value, several joined by commas, or the parameter several times. */
export const listOf = <T extends z.ZodType<any, string>>(item: T) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap((text) => text.split(',')))
    .pipe(z.array(item).min(1).max(50));

/** RFC 3339, any offset. */
export const time = z.iso.datetime({ offset: true });

/** BCP 47 as Intl spells it. */
export const language = z
  .string()
  .max(35)
  .refine(isLanguageTag, 'must be a language tag (BCP 47) such as es or zh-CN')
  .meta({ examples: ['es', 'zh-CN'] });

function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** @throws ProblemError 400 where the cursor belongs to another list. */
export async function readPage<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CursorError) throw invalidCursor(error);
    throw error;
  }
}

export const invalidCursor = (cause?: unknown, parameter = 'cursor'): ProblemError =>
  new ProblemError(400, 'invalid-cursor', 'This cursor was not given out by this list.', {
    cause,
    errors: [{ parameter, detail: 'Take the cursor of an earlier answer, or leave it out.' }],
  });

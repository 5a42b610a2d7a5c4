import type { PipeTransform } from '@nestjs/common';
import { parsed } from '@parley/runtime';
import type { z } from 'zod';

/** Lets through what the schema takes. Throws a problem that names everything else. */
export class Valid implements PipeTransform {
  constructor(
    readonly schema: z.ZodType,
    private readonly place: 'body' | 'query',
  ) {}

  transform(value: unknown): unknown {
    // No body at all is the empty one: calls whose fields are all optional need none.
    return parsed(this.schema, value ?? {}, this.place);
  }
}

import { emptyGlossary, type Glossary } from '@parley/model';
import type { Database } from './database/database';
import type { GlossaryDirectory } from './house';
import type { Logger } from './logger';

const FRESH_MS = 2_000;
const MERCHANTS_MAX = 5_000;

interface Known {
  readonly glossary: Glossary;
  readonly readAt: number;
}

/** See `GlossaryDirectory`. Asks for the version, and for the terms only when that has grown. */
export class PostgresGlossaryDirectory implements GlossaryDirectory {
  private readonly known = new Map<string, Known>();
  private readonly reading = new Map<string, Promise<Glossary>>();

  constructor(
    private readonly database: Database,
    private readonly log: Logger,
  ) {}

  async of(merchantId: string): Promise<Glossary> {
    const known = this.known.get(merchantId);
    if (known && Date.now() - known.readAt < FRESH_MS) return known.glossary;
    const reading = this.reading.get(merchantId) ?? this.read(merchantId, known?.glossary);
    this.reading.set(merchantId, reading);
    try {
      return await reading;
    } catch (err) {
      if (!known) throw err;
      this.log.warn({ err, merchantId }, 'The glossary could not be read again; the one known is used');
      return known.glossary;
    } finally {
      this.reading.delete(merchantId);
    }
  }

  private async read(merchantId: string, before: Glossary | undefined): Promise<Glossary> {
    const glossary = await this.database.transaction(merchantId, async (client) => {
      const version = await client.query<{ glossary_version: number }>(
        'SELECT glossary_version FROM conversations.merchants WHERE id = $1',
        [merchantId],
      );
      const current = version.rows[0]?.glossary_version;
      if (current === undefined) return emptyGlossary;
      if (current === before?.version) return before;
      const { rows } = await client.query<TermRow>(
        `SELECT id, source, source_language, targets, do_not_translate, forbidden FROM conversations.glossary
         WHERE merchant_id = $1 ORDER BY length(source) DESC, id`,
        [merchantId],
      );
      return { version: current, terms: rows.map(termOf) };
    });
    if (this.known.size >= MERCHANTS_MAX) this.known.clear();
    this.known.set(merchantId, { glossary, readAt: Date.now() });
    return glossary;
  }
}

interface TermRow {
  readonly id: string;
  readonly source: string;
  readonly source_language: string;
  readonly targets: Record<string, string>;
  readonly do_not_translate: boolean;
  readonly forbidden: Record<string, string[]>;
}

const termOf = (row: TermRow): Glossary['terms'][number] => ({
  id: row.id,
  source: row.source,
  sourceLanguage: row.source_language,
  targets: row.targets,
  doNotTranslate: row.do_not_translate,
  forbidden: row.forbidden,
});

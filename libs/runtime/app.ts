import type { Type } from '@nestjs/common';
import type { Topic } from '@parley/model';
import type { EntitySchema } from 'typeorm';
import type { MigrationClass } from './database/migrate';

/** One verb of the house: what it needs to be started, alone (`apps/<verb>/main.ts`) or with others (`apps/parley`). */
export interface App {
  readonly name: string;
  readonly module: Type;
  /** Its own tables, in the schema of its name. */
  readonly migrations: readonly MigrationClass[];
  /** Its tables as TypeORM is to know them, for `house.database.dataSource`. */
  readonly entities?: readonly EntitySchema<any>[];
  /** Its consumers are registered under this: `@EventPattern('inbound.raw', app.transport)`. Absent: it reads no topic. */
  readonly transport?: symbol;
  /** What it reads: it does not start where one of these has no handler, for a topic nobody handles is a topic that is lost. */
  readonly topics?: readonly Topic[];
  /** Serves HTTP besides `/healthz`, `/readyz` and `/metrics`, which every process does. */
  readonly http?: boolean;
  /** In distributed mode it goes on while Postgres is away: `/readyz` then only mentions that. */
  readonly worksWithoutDatabase?: boolean;
}

import { logMigrations } from '@parley/event-log';
import type { App, MigrationSet } from '@parley/runtime';
import { conversations } from '../conversations/app';
import { deliver } from '../deliver/app';
import { ingest } from '../ingest/app';
import { normalize } from '../normalize/app';
import { translate } from '../translate/app';

/** The whole house. The order is that of a message's way; nothing depends on it. */
export const apps: readonly App[] = [ingest, normalize, translate, conversations, deliver];

/** All that the database of the house is made of. */
export const migrationSets: readonly MigrationSet[] = [{ name: 'log', migrations: logMigrations }, ...apps];

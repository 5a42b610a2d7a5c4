import type { MigrationInterface } from 'typeorm';
import { First1700000000001 } from './1700000000001-first';

/** Tables of the log, in the schema `log`; needed in both modes. */
export const logMigrations: readonly (new () => MigrationInterface)[] = [First1700000000001];

import type { EventLog } from '@parley/event-log';
import type { Glossary } from '@parley/model';
import type { AxiosInstance } from 'axios';
import type { Registry } from 'prom-client';
import type { AccountDirectory } from './accounts';
import type { Config } from './config/config';
import type { CredentialStore } from './credentials';
import type { Database } from './database/database';
import type { Leases } from './leases';
import type { Logger } from './logger';
import type { MediaStore } from './media';
import type { SecretBox } from './secret-box';

/**
 * What every app of a process shares. Injected by this class: `constructor(private readonly house: House) {}`.
 * Opened once by `startApps`, closed by it in the right order.
 */
export abstract class House {
  abstract readonly config: Config;
  abstract readonly log: Logger;
  abstract readonly database: Database;
  abstract readonly eventLog: EventLog;
  abstract readonly accounts: AccountDirectory;
  abstract readonly glossaries: GlossaryDirectory;
  abstract readonly credentials: CredentialStore;
  abstract readonly leases: Leases;
  abstract readonly secrets: SecretBox;
  abstract readonly media: MediaStore;
  /** For addresses that others gave us: refuses private ones unless the operator allows them. */
  abstract readonly http: AxiosInstance;
  /** prom-client registry behind `/metrics`. */
  abstract readonly metrics: Registry;
  /** Aborted when the process begins to stop: end event streams and pollers, finish what is in hand, begin nothing. */
  abstract readonly stopping: AbortSignal;
}

/** The merchants' terms, as translation reads them: kept in memory, renewed within seconds of a change. */
export interface GlossaryDirectory {
  of(merchantId: string): Promise<Glossary>;
}
